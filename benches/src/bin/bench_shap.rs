//! Our side of `benches/shap_peer.py`: the shares of every column in every row's score.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};
use std::path::PathBuf;

use fs_err::File;
use paydirt_bench::{read_f32, table, write_f32};
use paydirt_model::FittedModel;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or(Error::other("which folder?"))?);
    let text = fs_err::read_to_string(folder.join("forest.json"))?;
    let model: FittedModel = serde_json::from_str(&text)?;
    let shape = fs_err::read_to_string(folder.join("shape.json"))?;
    let [rows, columns]: [usize; 2] = serde_json::from_str(&shape)?;
    let file = folder.join("rows.f32");
    let columns = (0..columns)
        .map(|column| read_f32(&file, column * rows..(column + 1) * rows))
        .collect::<Result<_>>()?;
    let found = model.explain(&table(columns)?).map_err(Error::other)?;
    let mut out = File::create(folder.join("shares-paydirt.f32"))?;
    found.shares.iter().try_for_each(|shares| write_f32(&mut out, shares))?;
    println!("{{\"base\": {}}}", found.base);
    Ok(())
}
