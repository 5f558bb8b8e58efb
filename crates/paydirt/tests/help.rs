//! What the front of the program answers by itself: help, schemas, completions and wrong usage, without
//! the engine and its GDAL.

use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The front alone in a folder, without the engine beside it or on the path.
struct Front(TempDir);

#[cfg(test)]
impl Front {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs_err::copy(env!("CARGO_BIN_EXE_paydirt"), folder.path().join("paydirt")).unwrap();
        Self(folder)
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        Command::new(self.0.path().join("paydirt"))
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What it answers, if all is well.
    fn answer(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The commands that the help lists.
fn commands(help: &str) -> Vec<&str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let own = list.take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let named = own.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    named.filter(|command| *command != "help").collect()
}

#[test]
fn help_of_every_command() {
    let front = Front::new();
    let help = front.answer(&["--help"]);
    insta::assert_snapshot!("paydirt", help);
    let commands = commands(&help);
    assert!(["run", "bench", "infill"].iter().all(|one| commands.contains(one)), "{commands:?}");
    for command in commands {
        insta::assert_snapshot!(command, front.answer(&[command, "--help"]));
    }
}

#[test]
fn schemas_completions_and_the_version() {
    let front = Front::new();
    for file in ["project", "report", "receipt", "infill"] {
        let schema: serde_json::Value =
            serde_json::from_str(&front.answer(&["schema", file])).unwrap();
        assert_eq!(schema["type"], "object", "{file}");
        assert!(schema["properties"].as_object().unwrap().len() > 3, "{file}");
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = front.answer(&["completions", shell]);
        let help = front.answer(&["--help"]);
        assert!(commands(&help).iter().all(|command| script.contains(command)), "{shell}");
    }
    let version = format!("paydirt {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(front.answer(&["--version"]), version);
}

#[test]
fn without_the_engine_it_says_what_is_missing() {
    let output = Front::new().ask(&["run"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: cannot start `paydirt-engine`: "), "{said}");
    assert!(said.ends_with("hint: it belongs beside `paydirt`; install both again\n"), "{said}");
}

/// Loading GDAL alone would take longer than help may.
#[cfg(target_os = "linux")]
#[test]
fn the_front_does_not_load_gdal() {
    let mentions = |path: &str, name: &[u8]| {
        let bytes = fs_err::read(path).unwrap();
        bytes.windows(name.len()).any(|window| window == name)
    };
    assert!(!mentions(env!("CARGO_BIN_EXE_paydirt"), b"libgdal.so"));
    assert!(!mentions(env!("CARGO_BIN_EXE_paydirt"), b"GDALOpenEx"));
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let Ok(full) = fs_err::OpenOptions::new().write(true).open("/dev/full") else { return };
    let command = ["schema"];
    let output = Command::new(env!("CARGO_BIN_EXE_paydirt"))
        .args(command)
        .stdout(full.into_file())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: cannot write the answer: No space left"), "{said}");
}
