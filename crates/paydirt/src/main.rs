//! The command that users type. It answers help, schemas, completions and wrong usage itself, in
//! milliseconds; for everything else it becomes `paydirt-engine`, which links GDAL and its hundred
//! libraries (loading them alone takes longer than the help may).

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use paydirt::cli::{Arguments, Command, SchemaOf};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    let written = match arguments.command {
        Command::Schema { of } => {
            let schema = match of {
                SchemaOf::Project => paydirt::project::schema(),
                SchemaOf::Report => paydirt::report::schema(),
                SchemaOf::Receipt => paydirt::receipt::schema(),
                SchemaOf::Infill => paydirt::infill::project::schema(),
            };
            writeln!(out, "{schema:#}")
        }
        Command::Indices { sensor } => {
            let indices = paydirt::indices::of(sensor.as_deref());
            if indices.is_empty() {
                let known = paydirt::indices::sensors().join(", ");
                let _ = writeln!(std::io::stderr(), "error: no such sensor (there are: {known})");
                return ExitCode::from(2);
            }
            match arguments.common.json {
                true => writeln!(out, "{:#}", paydirt::indices::json(&indices)),
                false => write!(out, "{}", paydirt::indices::text(&indices)),
            }
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "paydirt", &mut script);
            out.write_all(&script)
        }
        _ => return become_engine(),
    };
    // A reader that has seen enough (`paydirt schema | head`) is no failure.
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(std::io::stderr(), "error: cannot write the answer: {error}");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn become_engine() -> ExitCode {
    let name = format!("paydirt-engine{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .map(|path| path.with_file_name(&name));
    let mut command = std::process::Command::new(beside.unwrap_or_else(|_| name.clone().into()));
    command.args(std::env::args_os().skip(1));
    let error = start(&mut command);
    let _ = writeln!(std::io::stderr(), "error: cannot start `{name}`: {error}");
    let _ = writeln!(std::io::stderr(), "hint: it belongs beside `paydirt`; install both again");
    ExitCode::from(1)
}

#[cfg(unix)]
fn start(command: &mut std::process::Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn start(command: &mut std::process::Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
