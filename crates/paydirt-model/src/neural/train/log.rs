//! The log of a fit: a table, and the same for TensorBoard.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fs_err as fs;
use paydirt_core::Error as CoreError;

use crate::Result;

const HEAD: &str = "step,epoch,loss,learning_rate,gradient_norm,held_out_loss\n";

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Number of the step, from 1.
    pub step: usize,
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean loss of the batch, before the step.
    pub loss: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Length of the gradient of all weights, before it is shortened.
    pub gradient_norm: f64,
    /// Mean loss on what is held out, after the last step of an epoch.
    pub held_out_loss: Option<f64>,
}

/// Where rows go.
#[derive(Debug, Default)]
pub(super) struct Log {
    path: Option<PathBuf>,
    table: String,
    events: Vec<u8>,
}

impl Log {
    /// Begins a log, or goes on with one after so many steps: later rows are dropped.
    pub(super) fn open(path: Option<&Path>, steps: usize) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let mut kept = Vec::new();
        let table = path.with_extension("csv");
        if steps > 0 && table.exists() {
            let text = fs::read_to_string(&table).map_err(|source| of_file(&table, source))?;
            kept.extend(text.lines().skip(1).filter_map(parse).filter(|row| row.step <= steps));
        }
        for (file, start) in [("csv", HEAD.as_bytes()), ("tfevents", &version()[..])] {
            let file = path.with_extension(file);
            fs::write(&file, start).map_err(|source| of_file(&file, source))?;
        }
        let mut log = Self { path: Some(path.into()), ..Self::default() };
        kept.iter().for_each(|row| log.add(row));
        log.flush()?;
        Ok(log)
    }

    pub(super) fn add(&mut self, row: &Row) {
        if self.path.is_none() {
            return;
        }
        let Row { step, epoch, loss, learning_rate, gradient_norm, held_out_loss } = *row;
        let held_out = held_out_loss.map_or_else(String::new, |loss| loss.to_string());
        // Writing into a string cannot fail.
        let _ = writeln!(
            self.table,
            "{step},{epoch},{loss},{learning_rate},{gradient_norm},{held_out}"
        );
        let mut scalars = vec![
            ("loss", loss),
            ("learning_rate", learning_rate),
            ("gradient_norm", gradient_norm),
        ];
        scalars.extend(held_out_loss.map(|loss| ("held_out_loss", loss)));
        self.events.extend(event(step, &scalars));
    }

    /// Writes what was added since.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        for (file, bytes) in [("csv", self.table.as_bytes()), ("tfevents", &self.events[..])] {
            let file = path.with_extension(file);
            let mut out = fs::OpenOptions::new()
                .append(true)
                .open(&file)
                .map_err(|source| of_file(&file, source))?;
            out.write_all(bytes).map_err(|source| of_file(&file, source))?;
        }
        self.table.clear();
        self.events.clear();
        Ok(())
    }
}

fn of_file(path: &Path, source: std::io::Error) -> crate::Error {
    CoreError::File { path: path.into(), source }.into()
}

fn parse(line: &str) -> Option<Row> {
    let mut fields = line.split(',');
    let mut number = || fields.next()?.parse::<f64>().ok();
    let (step, epoch) = (number()? as usize, number()? as usize);
    let (loss, learning_rate, gradient_norm) = (number()?, number()?, number()?);
    Some(Row { step, epoch, loss, learning_rate, gradient_norm, held_out_loss: number() })
}

/// The record that a file of events begins with.
fn version() -> Vec<u8> {
    let mut body = field_double(1, 0.0);
    body.extend(field_bytes(3, b"brain.Event:2"));
    record(&body)
}

/// A record of scalars: protocol buffer `Event { wall_time, step, summary }`. Its time is the number of
/// the step, so that the same fit writes the same file.
fn event(step: usize, scalars: &[(&str, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, number) in scalars {
        let mut value = field_bytes(1, tag.as_bytes());
        value.push((2 << 3) | 5);
        value.extend((*number as f32).to_le_bytes());
        summary.extend(field_bytes(1, &value));
    }
    let mut body = field_double(1, step as f64);
    body.push(2 << 3);
    body.extend(varint(step as u64));
    body.extend(field_bytes(5, &summary));
    record(&body)
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push((number % 128) as u8 | 128);
        number /= 128;
    }
    bytes.push(number as u8);
    bytes
}

fn field_double(field: u8, number: f64) -> Vec<u8> {
    [&[(field << 3) | 1][..], &number.to_le_bytes()].concat()
}

fn field_bytes(field: u8, bytes: &[u8]) -> Vec<u8> {
    [&[(field << 3) | 2][..], &varint(bytes.len() as u64), bytes].concat()
}

/// Length, its checksum, body, its checksum.
fn record(body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u64).to_le_bytes();
    let sum = |bytes: &[u8]| masked(crc32c(bytes)).to_le_bytes();
    [&length[..], &sum(&length), body, &sum(body)].concat()
}

const fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The checksum of Castagnoli.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0x82f6_3b78 * (sum & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_castagnoli() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    /// As the protocol buffers of tensorboardX 2.6.5 serialise
    /// `Event(wall_time=300.0, step=300, summary=Summary(value=[Value(tag="loss", simple_value=0.5)]))`.
    #[test]
    fn an_event_is_what_tensorboard_reads() {
        let found = event(300, &[("loss", 0.5)]);
        let body = &found[12..found.len() - 4];
        assert_eq!(
            body,
            [
                9, 0, 0, 0, 0, 0, 192, 114, 64, 16, 172, 2, 42, 13, 10, 11, 10, 4, 108, 111, 115,
                115, 21, 0, 0, 0, 63
            ]
        );
        assert_eq!(&found[..8], &(body.len() as u64).to_le_bytes());
    }
}
