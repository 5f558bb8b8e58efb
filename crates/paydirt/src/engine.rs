//! The engine behind `paydirt`: everything that reads or writes data.

use std::process::ExitCode;

use clap::Parser;
use paydirt::cli::Arguments;
use paydirt::console;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match paydirt::command::dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::report_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
