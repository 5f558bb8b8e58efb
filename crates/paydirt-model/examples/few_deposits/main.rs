//! The deviation network under the protocol of its authors, and under one that holds out what it judges:
//! `cargo run --release -p paydirt-model --example few_deposits -- ../shared/data`, or the same with one of
//! `published`, `eight`, `fair`, `validation`, `imbalance`, `blocks` behind it.
#![expect(clippy::print_stdout, reason = "it prints its tables")]

mod blocks;
mod fair;
mod published;
mod table;
mod yukon;

use std::io::{Error, Result};
use std::path::PathBuf;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().ok_or_else(|| Error::other("which folder of data?"))?;
    let only = arguments.next();
    let asked = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let [curnamona, yukon] = ["curnamona", "yukon"].map(|name| PathBuf::from(&folder).join(name));
    if asked("published") {
        println!("## The published split\n\n{}", published::deep_seam(&curnamona)?);
    }
    if asked("eight") {
        println!("## Eight components\n\n{}", published::eight(&curnamona)?);
    }
    if asked("fair") {
        println!("## Each deposit left out\n");
        fair::print(&curnamona)?;
    }
    if asked("validation") {
        println!("## The authors' validation set\n\n{}", yukon::validation(&yukon)?);
    }
    if asked("imbalance") {
        println!("## Fewer and fewer deposits\n\n{}", yukon::imbalance(&yukon)?);
    }
    if asked("blocks") {
        println!("## Blocks\n\n{}", blocks::blocks(&yukon)?);
    }
    Ok(())
}
