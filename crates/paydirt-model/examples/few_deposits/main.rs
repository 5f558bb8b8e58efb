//! The deviation network under the protocol of its authors, and under one that holds out what it judges:
//! `cargo run --release -p paydirt-model --example few_deposits -- ../shared/data`.
#![expect(clippy::print_stdout, reason = "it prints its tables")]

mod fair;
mod published;
mod table;

use std::io::{Error, Result};
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| Error::other("which folder of data?"))?;
    let curnamona = PathBuf::from(folder).join("curnamona");
    println!("## The published split\n\n{}", published::deep_seam(&curnamona)?);
    println!("## Eight components\n\n{}", published::eight(&curnamona)?);
    println!("## Each deposit left out\n\n{}", fair::table(&curnamona)?);
    Ok(())
}
