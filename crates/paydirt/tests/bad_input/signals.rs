//! Runs that are stopped half-way.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::{District, Project, snapshot};

/// A run that would take minutes, once it has begun to judge. Returns it with what it says next.
fn long_run(project: &Project) -> (Child, BufReader<std::process::ChildStderr>) {
    begun(project, &["run", "--set", "split.blocks.repeats=2000"])
}

fn begun(project: &Project, long: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child =
        project.command(long).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("labels: ") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "the run ended");
    }
    (child, told)
}

fn left(project: &Project) -> Vec<String> {
    let names = snapshot(&project.root).into_keys();
    names.filter(|name| name.contains("district.run") && !name.contains('/')).collect()
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let project = District::new().project();
    let before = snapshot(&project.root);
    for signal in ["-INT", "-TERM"] {
        let (mut child, told) = long_run(&project);
        assert_eq!(left(&project).len(), 1, "it is under construction");
        // The shell's own `kill`: a bare system has no other.
        let kill = format!("kill {signal} {}", child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let said: Vec<String> = told.lines().map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(4), "{said:?}");
        assert!(said.iter().any(|line| line.starts_with("error: interrupted")), "{said:?}");
        assert_eq!(snapshot(&project.root), before);
    }
}

#[test]
fn an_interrupted_search_leaves_nothing() {
    let project = District::new().project();
    let before = snapshot(&project.root);
    // In the search over all ground, and in those inside the folds.
    for waits_for in [None, Some("search over all ground: ")] {
        let trials = if waits_for.is_none() { 10_000 } else { 40 };
        let search = format!("search={{random={{trials={trials},prune=false}}}}");
        let long = ["run", "--set", &search, "--set", "split.blocks.repeats=2000"];
        let (mut child, told) = begun(&project, &long);
        let mut said = told.lines().map(Result::unwrap);
        if let Some(words) = waits_for {
            said.find(|line| line.starts_with(words)).unwrap();
        }
        let kill = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let said: Vec<String> = said.collect();
        assert_eq!(child.wait().unwrap().code(), Some(4), "{said:?}");
        assert_eq!(snapshot(&project.root), before);
    }
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let project = District::new().project();
    let before = snapshot(&project.root);
    let (mut child, _) = long_run(&project);
    // Another run is under way: its folder is not taken for one that was left.
    project.command(&["run", "--max-memory", "1MiB"]).output().unwrap();
    assert_eq!(left(&project).len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left(&project).len(), 1);
    let next = project.command(&["run", "--max-memory", "1MiB"]).output().unwrap();
    assert_eq!(next.status.code(), Some(1));
    assert_eq!(snapshot(&project.root), before);
}

/// A run killed between putting the old folder aside and the new one in its place.
#[test]
fn a_folder_put_aside_by_a_killed_run_comes_back() {
    let project = District::new().project();
    project.write(".district.run.old-999999999/.paydirt", "");
    project.write(".district.run.old-999999999/report.html", "the last good one");
    let next = project.command(&["run"]).output().unwrap();
    assert_eq!(next.status.code(), Some(2), "it is there already");
    assert_eq!(project.read("district.run/report.html"), b"the last good one");
    assert_eq!(left(&project), ["district.run"]);
}
