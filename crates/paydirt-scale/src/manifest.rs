//! The manifest of a job: a folder with one small Parquet file a task, so that each is a partition of its own.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Error, Result};

/// The one column of a manifest.
pub(crate) const TASK: &str = "task";

/// What the files of a manifest hold: `task`, a 64-bit integer.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(TASK, DataType::Int64, false)]))
}

/// Writes the manifest of a job into `folder`: one Parquet file a task, with its number in the column `task`.
/// The folder is made beside its name and renamed when it is complete; a manifest that was there is replaced.
///
/// # Errors
/// [`Error::NoTasks`] without any, [`Error::Task`] for one that is given twice or is 2^63 or more,
/// [`Error::Manifest`] where another folder or a file stands in the way, [`Error::Io`] where a file cannot
/// be written.
pub fn write_manifest(folder: &Path, tasks: &[u64]) -> Result<()> {
    if tasks.is_empty() {
        return Err(Error::NoTasks { path: folder.to_owned() });
    }
    let numbers = numbers(folder, tasks)?;
    if folder.exists() {
        match read(folder) {
            Ok(_) | Err(Error::NoTasks { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let part = beside(folder, "part")?;
    if part.exists() {
        fs_err::remove_dir_all(&part)?;
    }
    fs_err::create_dir_all(&part)?;
    for number in numbers {
        write_file(&part.join(format!("{number:019}.parquet")), number)?;
    }
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(fs_err::rename(&part, folder)?)
}

fn numbers(folder: &Path, tasks: &[u64]) -> Result<BTreeSet<i64>> {
    let mut numbers = BTreeSet::new();
    for &task in tasks {
        let refused = |reason| Error::Task { path: folder.to_owned(), task, reason };
        let number = i64::try_from(task).map_err(|_| refused("it is 2^63 or more"))?;
        if !numbers.insert(number) {
            return Err(refused("it is there already"));
        }
    }
    Ok(numbers)
}

fn write_file(path: &Path, number: i64) -> Result<()> {
    let wrong =
        |error: &dyn Display| Error::Manifest { path: path.into(), reason: error.to_string() };
    let column = Arc::new(Int64Array::from(vec![number]));
    let batch = RecordBatch::try_new(schema(), vec![column]).map_err(|error| wrong(&error))?;
    let file = fs_err::File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, schema(), None).map_err(|error| wrong(&error))?;
    writer.write(&batch).map_err(|error| wrong(&error))?;
    writer.close().map_err(|error| wrong(&error))?;
    Ok(())
}

/// The tasks of the manifest in `folder`.
///
/// # Errors
/// [`Error::NoTasks`] where it holds none, [`Error::Manifest`] where it holds anything but files of one task
/// each, [`Error::Task`] where two hold the same.
pub(crate) fn read(folder: &Path) -> Result<BTreeSet<u64>> {
    let mut tasks = BTreeSet::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let task = read_file(&path)?;
        if !tasks.insert(task) {
            let reason = "two files hold it";
            return Err(Error::Task { path: folder.into(), task, reason });
        }
    }
    if tasks.is_empty() {
        return Err(Error::NoTasks { path: folder.to_owned() });
    }
    Ok(tasks)
}

fn read_file(path: &Path) -> Result<u64> {
    let wrong = |reason: String| Error::Manifest { path: path.to_owned(), reason };
    if path.extension().is_none_or(|extension| extension != "parquet") {
        return Err(wrong("only Parquet files may lie in it".into()));
    }
    let file = fs_err::File::open(path)?.into_parts().0;
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| wrong(error.to_string()))?;
    let found = reader.next().transpose().map_err(|error| wrong(error.to_string()))?;
    let number = found.as_ref().filter(|batch| batch.num_rows() == 1).and_then(|batch| {
        Some(batch.column_by_name(TASK)?.as_primitive_opt::<Int64Type>()?.value(0))
    });
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| wrong(format!("it must hold one row with a whole number in `{TASK}`")))
}

/// A name beside `folder`: `folder.ending`.
pub(crate) fn beside(folder: &Path, ending: &str) -> Result<PathBuf> {
    let Some(name) = folder.file_name() else {
        let reason = "it has no name of its own".into();
        return Err(Error::Manifest { path: folder.to_owned(), reason });
    };
    let mut name = name.to_owned();
    name.push(".");
    name.push(ending);
    Ok(folder.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("manifest");
        write_manifest(&folder, &[3, 1, 400]).unwrap();
        assert_eq!(read(&folder).unwrap(), BTreeSet::from([1, 3, 400]));
        write_manifest(&folder, &[0]).unwrap();
        assert_eq!(read(&folder).unwrap(), BTreeSet::from([0]));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("manifest");
        assert!(matches!(write_manifest(&folder, &[]), Err(Error::NoTasks { .. })));
        assert!(matches!(write_manifest(&folder, &[2, 2]), Err(Error::Task { task: 2, .. })));
        assert!(matches!(write_manifest(&folder, &[u64::MAX]), Err(Error::Task { .. })));
        assert!(!folder.exists());
        fs_err::create_dir(&folder).unwrap();
        assert!(matches!(read(&folder), Err(Error::NoTasks { .. })));
        fs_err::write(folder.join("a.txt"), "mine").unwrap();
        let error = write_manifest(&folder, &[1]).unwrap_err().to_string();
        assert!(error.contains("a.txt` is no manifest"), "{error}");
        assert!(folder.join("a.txt").exists());
        fs_err::remove_file(folder.join("a.txt")).unwrap();
        fs_err::write(folder.join("a.parquet"), "mine").unwrap();
        assert!(matches!(read(&folder), Err(Error::Manifest { .. })));
    }
}
