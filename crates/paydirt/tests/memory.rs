//! `--max-memory` is a promise, and `check` foretells the peak.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test")]

use paydirt_core::district::Settings;

/// Runs the engine; what it printed, and the most memory that it held at a time, in MiB.
fn engine(arguments: &[&str]) -> (serde_json::Value, f64) {
    let out = tempfile::NamedTempFile::new().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_paydirt-engine"))
        .args(arguments)
        .args(["--quiet", "--json"])
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

/// A district of so many cells along a side, run with so much memory or as it is, in one repeat: the plan, what
/// was held in MiB, and the cells of the map.
fn run(
    side: usize,
    allowed: Option<&str>,
    changes: [(&str, &str); 2],
) -> (serde_json::Value, f64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let settings = Settings { rows: side, cols: side, ..Settings::default() };
    paydirt::demo::write(&data, &settings).unwrap();
    let project = data.join("project.toml");
    let text = fs_err::read_to_string(&project).unwrap().replace("repeats = 3", "repeats = 1");
    let text = changes.iter().fold(text, |text, (from, to)| text.replace(from, to));
    fs_err::write(&project, text).unwrap();
    let (project, out) = (project.to_str().unwrap(), folder.path().join("run"));
    let limit: Vec<&str> = allowed.iter().flat_map(|size| ["--max-memory", size]).collect();
    let (checked, _) = engine(&[&["check", project][..], &limit].concat());
    let run = ["run", project, "--out", out.to_str().unwrap()];
    let (report, held_mib) = engine(&[&run[..], &limit].concat());
    (checked["plan"].clone(), held_mib, report["map"]["cells"].as_u64().unwrap())
}

#[test]
fn a_run_keeps_to_the_memory_that_it_was_given_and_that_check_foretold() {
    let few = [("trees = 200", "trees = 10\n[uncertainty.ensemble]\nmembers = 2"), ("", "")];
    let (plan, held_mib, cells) = run(1500, Some("420MiB"), few);
    let foretold_mib = plan["peak_memory_mib"].as_f64().unwrap();
    println!("1500: foretold {foretold_mib} MiB, held {held_mib:.0} MiB");
    // In memory, evidence and maps alone would take 197 MiB.
    assert!(plan["spooled"] == true && cells > 1_500_000);
    assert!(held_mib <= foretold_mib && foretold_mib <= 420.0, "{held_mib} of {foretold_mib}");
    assert!(foretold_mib <= 1.25 * held_mib, "{held_mib} of {foretold_mib}");
}

#[test]
fn what_check_foretells_of_smaller_ground_is_held_within_a_quarter() {
    for (side, model) in [(60, "forest"), (300, "logistic"), (600, "boosting")] {
        let changes = [("trees = 200", ""), ("[model.forest]", &*format!("[model.{model}]"))];
        let (plan, held_mib, _) = run(side, None, changes);
        let foretold_mib = plan["peak_memory_mib"].as_f64().unwrap();
        println!("{side} {model}: foretold {foretold_mib} MiB, held {held_mib:.0} MiB");
        assert!(held_mib <= foretold_mib, "{side} {model}: {held_mib} of {foretold_mib}");
        assert!(foretold_mib <= 1.25 * held_mib, "{side} {model}: {held_mib} of {foretold_mib}");
    }
}
