//! What users do and have on their disks. Each is a clear error or a warning with a right result, with
//! the right exit code; never a panic, a half-written output or a silently wrong map.

#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;

#[cfg(test)]
mod evidence;
mod features;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod models;
#[cfg(test)]
mod places;
#[cfg(test)]
mod project_file;
#[cfg(test)]
mod rasters;
#[cfg(test)]
mod search;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod tables;

use support::{District, Project};

/// One row of the table.
struct Case {
    name: &'static str,
    /// What is done to a good project.
    breaks: fn(&Project),
    /// What is asked of it.
    arguments: &'static [&'static str],
    code: i32,
    /// Words on standard error: both values and the hint.
    says: &'static [&'static str],
    /// Words on standard output.
    shows: &'static [&'static str],
}

impl Case {
    /// A run that ends with a code and these words.
    const fn new(
        name: &'static str,
        breaks: fn(&Project),
        code: i32,
        says: &'static [&'static str],
    ) -> Self {
        Self { name, breaks, arguments: &["run"], code, says, shows: &[] }
    }

    /// Other arguments than `run`.
    const fn ask(self, arguments: &'static [&'static str]) -> Self {
        Self { arguments, ..self }
    }

    /// Read only, and say so on standard output.
    const fn check(self, shows: &'static [&'static str]) -> Self {
        Self { arguments: &["check"], shows, ..self }
    }

    fn faults(&self, district: &District) -> Vec<String> {
        let project = district.project();
        (self.breaks)(&project);
        let outcome = project.paydirt(self.arguments);
        let mut faults = outcome.faults(self.code, self.says);
        let missing = self.shows.iter().filter(|words| !outcome.stdout.contains(**words));
        faults.extend(missing.map(|words| format!("does not show `{words}`")));
        if self.arguments[0] == "check" && !outcome.changed.is_empty() {
            faults.push(format!("changed {:?}", outcome.changed));
        }
        if faults.is_empty() {
            return faults;
        }
        vec![format!("{}: {faults:#?}\n{}\n{}", self.name, outcome.stderr, outcome.stdout)]
    }
}

/// Goes through all rows, and tells all that is wrong.
fn table(cases: &[Case]) {
    let district = District::new();
    let faults: Vec<String> = cases.iter().flat_map(|case| case.faults(&district)).collect();
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
