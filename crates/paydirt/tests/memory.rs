//! `--max-memory` is a promise, and `check` foretells the peak.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test")]

use paydirt_core::district::Settings;

/// Runs the engine; what it printed, and the most memory that it held at a time, in MiB.
fn engine(arguments: &[&std::ffi::OsStr]) -> (serde_json::Value, f64) {
    let out = tempfile::NamedTempFile::new().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_paydirt-engine"))
        .args(arguments)
        .args(["--quiet", "--json", "--max-memory", "400MiB"])
        .stdout(out.reopen().unwrap())
        .spawn()
        .unwrap();
    let mut peak_kib = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        // The high-water mark only rises, so the last one read is that of the whole run.
        let status = fs_err::read_to_string(format!("/proc/{}/status", child.id()));
        let line = status.iter().flat_map(|text| text.lines()).find(|l| l.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        peak_kib = kib.unwrap_or(peak_kib).max(peak_kib);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    (serde_json::from_str(&fs_err::read_to_string(out.path()).unwrap()).unwrap(), peak_kib / 1024.0)
}

#[test]
fn a_run_keeps_to_the_memory_that_it_was_given_and_that_check_foretold() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let settings = Settings { rows: 1500, cols: 1500, ..Settings::default() };
    paydirt::demo::write(&data, &settings).unwrap();
    let project = data.join("project.toml");
    let text = fs_err::read_to_string(&project).unwrap();
    let text = text.replace("trees = 200", "trees = 10\n[uncertainty.ensemble]\nmembers = 2");
    fs_err::write(&project, text.replace("repeats = 3", "repeats = 1")).unwrap();
    let out = folder.path().join("run");
    let (checked, _) = engine(&["check".as_ref(), project.as_os_str()]);
    let (report, peak_mib) =
        engine(&["run".as_ref(), project.as_os_str(), "--out".as_ref(), out.as_os_str()]);
    let plan = &checked["plan"];
    let foretold_mib = plan["peak_memory_mib"].as_f64().unwrap();
    println!("foretold {foretold_mib} MiB, held {peak_mib:.0} MiB");
    // In memory, evidence and maps alone would take 197 MiB.
    assert_eq!(plan["spooled"], true);
    assert!(report["map"]["cells"].as_u64().unwrap() > 1_500_000);
    assert!(peak_mib <= foretold_mib && foretold_mib <= 400.0, "{peak_mib} of {foretold_mib}");
    assert!(foretold_mib <= 1.5 * peak_mib, "{peak_mib} of {foretold_mib}");
}
