//! Tables of samples.

use std::path::PathBuf;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use paydirt_io::Error;
use paydirt_io::table::{self, Values};

fn csv(text: &[u8]) -> Result<table::Columns, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs_err::write(&path, text).unwrap();
    table::read(&path)
}

fn numbers(table: &table::Columns, name: &str) -> Vec<Option<f64>> {
    match &table.column(name).unwrap().values {
        Values::Numbers(numbers) => {
            numbers.iter().map(|number| (!number.is_nan()).then_some(*number)).collect()
        }
        Values::Texts(texts) => panic!("{name} holds texts: {texts:?}"),
    }
}

#[test]
fn numbers_texts_and_missing_cells() {
    let table = csv(
        b"\xef\xbb\xbfid,\"mag, nT\",unit,empty,code\r\n1,\"-2.5e3\",granite,,1\r\n\"2\",NA,\"fels\nite\",nan,x\r\n3, inf ,N/A,null,2\r\n",
    )
    .unwrap();
    assert_eq!(table.rows, 3);
    assert_eq!(numbers(&table, "id"), [Some(1.0), Some(2.0), Some(3.0)]);
    assert_eq!(numbers(&table, "mag, nT"), [Some(-2500.0), None, None]);
    assert_eq!(numbers(&table, "empty"), [None, None, None]);
    let texts = |texts: &[Option<&str>]| {
        Values::Texts(texts.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let expected = texts(&[Some("granite"), Some("fels\nite"), None]);
    assert_eq!(table.column("unit").unwrap().values, expected);
    assert_eq!(table.column("code").unwrap().values, texts(&[Some("1"), Some("x"), Some("2")]));
}

#[test]
fn semicolons_tabs_latin_letters_and_nameless_columns() {
    let table = csv(b";a\n1;K\xf6li\n").unwrap();
    assert_eq!(numbers(&table, "column_1"), [Some(1.0)]);
    assert_eq!(table.columns[1].values, Values::Texts(vec![Some("K\u{f6}li".into())]));
    assert_eq!(table.warnings, ["is not UTF-8: read as Latin-1"]);
    assert_eq!(numbers(&csv(b"a\tb\n1\t2\n").unwrap(), "b"), [Some(2.0)]);
    assert_eq!(csv(b"a,b\n").unwrap().rows, 0);
}

#[test]
fn faults_name_their_line() {
    for (text, line, part) in [
        (&b""[..], 1, "empty"),
        (b"a,b,a\n1,2,3\n", 1, "columns 1 and 3 are both named `a`"),
        (b"a,b\n1,2\n\n1,2,3\n", 4, "3 cells, but the header has 2"),
        (b"a,b\n\"1\n2\",3\n4\n", 4, "1 cells, but the header has 2"),
    ] {
        match csv(text).unwrap_err() {
            Error::BadTable { line: found, reason, .. } => {
                assert!(found == line && reason.contains(part), "line {found}: {reason}");
            }
            other => panic!("{other}"),
        }
    }
}

/// A file of six columns, in each of which the second row is missing.
fn parquet_file(compression: Compression) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let schema =
        "message samples { optional double a; optional int64 b; optional int32 c (DECIMAL(9,2));
        optional boolean d; optional binary e (UTF8); optional binary geometry; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let file = fs_err::File::create(&path).unwrap().into_file();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    macro_rules! column {
        ($kind:ty, $one:expr, $two:expr) => {{
            let mut column = group.next_column().unwrap().unwrap();
            let values = [$one, $two];
            column.typed::<$kind>().write_batch(&values, Some(&[1, 0, 1]), None).unwrap();
            column.close().unwrap();
        }};
    }
    column!(DoubleType, 1.5, f64::NAN);
    column!(Int64Type, 7, -8);
    column!(Int32Type, 1234, -5);
    column!(BoolType, true, false);
    column!(ByteArrayType, "granite".into(), "".into());
    column!(ByteArrayType, "\u{1}".into(), "\u{2}".into());
    group.close().unwrap();
    writer.close().unwrap();
    (folder, path)
}

#[test]
fn parquet_of_every_common_compression() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(parquet::basic::GzipLevel::default()),
        Compression::ZSTD(parquet::basic::ZstdLevel::default()),
        Compression::LZ4_RAW,
        Compression::BROTLI(parquet::basic::BrotliLevel::default()),
    ] {
        let (_folder, path) = parquet_file(compression);
        let table = table::read(&path).unwrap();
        assert_eq!(table.rows, 3, "{compression:?}");
        assert_eq!(numbers(&table, "a"), [Some(1.5), None, None]);
        assert_eq!(numbers(&table, "b"), [Some(7.0), None, Some(-8.0)]);
        assert_eq!(numbers(&table, "c"), [Some(12.34), None, Some(-0.05)]);
        assert_eq!(numbers(&table, "d"), [Some(1.0), None, Some(0.0)]);
        let expected = Values::Texts(vec![Some("granite".into()), None, None]);
        assert_eq!(table.column("e").unwrap().values, expected);
        assert!(table.column("geometry").is_none());
        assert_eq!(table.warnings, ["column `geometry` holds raw bytes: left out"]);
    }
}

#[test]
fn broken_parquet_is_an_error() {
    let (_folder, path) = parquet_file(Compression::SNAPPY);
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(table::read(&path).unwrap_err(), Error::NotThat { .. }));
    for byte in (4..bytes.len() - 8).step_by(3) {
        let mut broken = bytes.clone();
        broken[byte] ^= 0x55;
        fs_err::write(&path, &broken).unwrap();
        // Whatever comes out, it is no panic.
        let _ = table::read(&path);
    }
}
