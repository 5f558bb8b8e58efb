//! The evidence stack in chunks: the same bits as in memory, in as many goes as it takes.

use std::path::Path;
use std::sync::Arc;

use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_io::Error;
use paydirt_io::zarr::{self, Layout, StackPlan, StackWriter, ZarrStack};
use proptest::prelude::*;

use crate::support::{grid, listing, noise, same_bits, tool};

/// A stack in memory: numbers, classes, one layer without any value; gaps, and a ragged study area.
pub(crate) fn world(rows: usize, cols: usize) -> GridStack {
    let grid = grid("EPSG:32611", [500_000.0, 4_500_000.0], 250.0, [rows, cols]);
    let area =
        Arc::new(Mask::from_fn(rows * cols, |unit| unit % 11 != 3 && unit / cols > unit % 3));
    let mut stack = GridStack::new(grid, area);
    let mut next = noise(7);
    for (name, unit, evidence_type) in [
        ("gravity", "mGal", EvidenceType::Continuous),
        ("Antimony / ppm", "ppm", EvidenceType::Continuous),
        ("geology", "class", EvidenceType::Categorical),
        ("empty", "", EvidenceType::Ordinal),
    ] {
        let info = LayerInfo { name: name.into(), evidence_type, unit: unit.into() };
        let mut writer = stack.begin(info, None).unwrap();
        let value = |number: u64| match (name, number % 7) {
            ("empty", _) | (_, 0) => f32::NAN,
            ("geology", _) => (number % 5) as f32,
            _ => (number as f32).sqrt() - 1e3,
        };
        let values: Vec<f32> = (0..rows * cols).map(|_| value(next())).collect();
        writer.write(&values).unwrap();
        stack.finish(writer).unwrap();
    }
    stack
}

/// A plan that cuts small grids into many chunks and several shards.
fn plan(stack: &GridStack) -> StackPlan {
    let plan = StackPlan::of(stack, "a test").unwrap();
    let cols = stack.grid().unwrap().cols;
    StackPlan { layout: Layout { chunk: [8, 64], shard: [32, cols.div_ceil(64) * 64] }, ..plan }
}

fn write(stack: &GridStack, path: &str) {
    zarr::copy_as(stack, path, &plan(stack)).unwrap();
}

fn address(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Whether two stacks are one: layers, area, and every bit of every value.
pub(crate) fn require_same(one: &dyn Stack, other: &dyn Stack) {
    assert_eq!((one.layers(), one.grid()), (other.layers(), other.grid()));
    assert!(one.area() == other.area());
    for info in one.layers() {
        let [one, other] = [one, other].map(|s| s.read_stored(&info.name, 0..s.units()).unwrap());
        let exact = one.iter().zip(&other).all(|(one, other)| one.to_bits() == other.to_bits());
        assert!(exact && same_bits(&one, &other), "{}", info.name);
    }
}

#[test]
fn a_stack_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for (rows, cols) in [(90, 700), (600, 300), (3, 5)] {
        let stack = world(rows, cols);
        let path = |name| address(&folder.path().join(format!("{name}{rows}.zarr")));
        write(&stack, &path("small"));
        zarr::copy(&stack, &path("plain"), "a test").unwrap();
        for path in [path("small"), path("plain")] {
            let found = ZarrStack::open(&path).unwrap();
            assert_eq!(found.made_from(), "a test");
            require_same(&stack, &found);
            let units = [14, 0, rows * cols - 1, 7, 14];
            assert_eq!(stack.read_units(&units).unwrap(), found.read_units(&units).unwrap());
            let some = ZarrStack::open_layers(&path, &["geology", "gravity"]).unwrap();
            assert_eq!(some.layers()[0].name, "geology");
        }
    }
}

#[test]
fn writing_goes_on_where_it_was_cut() {
    let (rows, cols, shard) = (90, 700, 32);
    let stack = world(rows, cols);
    let values = stack.read_stored("gravity", 0..rows * cols).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = address(&folder.path().join("stack.zarr"));
    for cut in [0, 1, shard - 1, shard, shard + 1, rows - 1, rows] {
        fs_err::remove_dir_all(&path).ok();
        let writer = StackWriter::begin(&path, &plan(&stack)).unwrap();
        let mut layer = writer.begin_layer("gravity").unwrap();
        assert_eq!(layer.next_row(), 0);
        layer.write(&values[..cut * cols]).unwrap();
        // As if killed: nothing is ended, and a file lies about that nobody renamed.
        drop((layer, writer));
        fs_err::create_dir_all(format!("{path}/gravity/c/.paydirt-x")).unwrap();
        assert!(matches!(ZarrStack::open(&path), Err(Error::Unfinished { .. })));
        let one = ZarrStack::open_layers(&path, &["gravity"]);
        assert!(matches!(one, Err(Error::Unfinished { .. })), "rows alone are no layer");

        let writer = StackWriter::begin(&path, &plan(&stack)).unwrap();
        let mut layer = writer.begin_layer("gravity").unwrap();
        let whole = if cut == rows { rows } else { cut / shard * shard };
        assert_eq!(layer.next_row(), whole, "cut at row {cut}");
        layer.write(&values[whole * cols..]).unwrap();
        layer.finish().unwrap();
        write(&stack, &path);
        require_same(&stack, &ZarrStack::open(&path).unwrap());
    }
}

#[test]
fn one_stack_has_one_content_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let stack = world(90, 700);
    let bytes = ["one", "two"].map(|name| {
        let path = folder.path().join(name);
        write(&stack, &address(&path));
        assert_eq!(listing(&path.join("gravity/c")), ["0", "1", "2"]);
        let keys = paydirt_io::store::Store::open(&address(&path)).unwrap().list("").unwrap();
        keys.iter().map(|key| fs_err::read(path.join(key)).unwrap()).collect::<Vec<_>>()
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn what_is_no_stack_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stack = world(3, 5);
    let told = |result: Result<ZarrStack, Error>| {
        let error = result.unwrap_err();
        (error.to_string(), error.hint().is_some())
    };
    let path = address(&folder.path().join("stack.zarr"));
    let (text, hint) = told(ZarrStack::open(&path));
    assert!(text.contains("no evidence stack") && text.contains("zarr.json") && hint, "{text}");

    fs_err::create_dir_all(&path).unwrap();
    fs_err::write(format!("{path}/notes.txt"), "mine").unwrap();
    let error = StackWriter::begin(&path, &plan(&stack)).unwrap_err().to_string();
    assert!(error.contains("notes.txt"), "{error}");
    fs_err::write(format!("{path}/.zgroup"), "{\"zarr_format\": 2}").unwrap();
    assert!(told(ZarrStack::open(&path)).0.contains("version 2"));
    fs_err::write(format!("{path}/zarr.json"), "{\"zarr_format\": 3, \"node_type\": \"array\"}")
        .unwrap();
    assert!(told(ZarrStack::open(&path)).0.contains("array"));
    fs_err::write(format!("{path}/zarr.json"), "]").unwrap();
    assert!(told(ZarrStack::open(&path)).0.contains("zarr.json"));

    let path = address(&folder.path().join("good.zarr"));
    zarr::copy(&stack, &path, "a test").unwrap();
    let (text, _) = told(ZarrStack::open_layers(&path, &["gravity", "lead"]));
    assert!(text.contains("`lead`") && text.contains("geology"), "{text}");
    let error = zarr::copy(&stack, &path, "another project").unwrap_err().to_string();
    assert!(error.contains("a test") && error.contains("another project"), "{error}");
    let error = zarr::copy(&world(3, 6), &path, "a test").unwrap_err().to_string();
    assert!(error.contains("the grid") && error.contains("6x3"), "{error}");
    let found = ZarrStack::open(&path).unwrap();
    assert!(found.read_units(&[15]).is_err() && found.read_range(10..16).is_err());
    assert!(found.read_stored("lead", 0..1).is_err());
    assert!(found.read_stored("gravity", 4..4).unwrap().is_empty());

    let change = |from: &str, to: &str| {
        let file = format!("{path}/gravity/zarr.json");
        let text = fs_err::read_to_string(&file).unwrap();
        assert!(text.contains(from));
        fs_err::write(file, text.replace(from, to)).unwrap();
    };
    change("float32", "float64");
    let (text, _) = told(ZarrStack::open(&path));
    assert!(text.contains("float64") && text.contains("float32"), "{text}");
    change("float64", "float32");
    let version = format!("{path}/zarr.json");
    let group = fs_err::read_to_string(&version).unwrap();
    fs_err::write(&version, group.replace("\"version\": 1", "\"version\": 9")).unwrap();
    let (text, _) = told(ZarrStack::open(&path));
    assert!(text.contains("version") && text.contains('9'), "{text}");
}

#[test]
fn damaged_chunks_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = address(&folder.path().join("stack.zarr"));
    let stack = world(300, 400);
    write(&stack, &path);
    let shard = format!("{path}/gravity/c/0/0");
    let bytes = fs_err::read(&shard).unwrap();
    for cut in [0, 3, 40, bytes.len() / 2] {
        fs_err::write(&shard, &bytes[..cut]).unwrap();
        let found = ZarrStack::open(&path).unwrap();
        let error = found.read_stored("gravity", 0..found.units()).unwrap_err().to_string();
        assert!(error.contains("gravity"), "{cut}: {error}");
    }
    let mut turned = bytes.clone();
    turned[5] ^= 1;
    fs_err::write(&shard, turned).unwrap();
    let found = ZarrStack::open(&path).unwrap();
    assert!(found.read_stored("gravity", 0..9).is_err());
    fs_err::remove_file(&shard).unwrap();
    let found = ZarrStack::open(&path).unwrap();
    let error = found.read_stored("gravity", 0..9).map(|values| values.len());
    assert!(error.is_err(), "a shard that is gone is no gap in the evidence");
}

/// Python's own readers, where `PAYDIRT_ZARR_PYTHON` names a Python that has `zarr` 3 and `xarray`.
#[test]
fn python_reads_the_same() {
    let Ok(python) = std::env::var("PAYDIRT_ZARR_PYTHON") else {
        println!("skipped: PAYDIRT_ZARR_PYTHON is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = address(&folder.path().join("stack.zarr"));
    let stack = world(600, 700);
    zarr::copy(&stack, &path, "a test").unwrap();
    for (index, info) in stack.layers().iter().enumerate() {
        let values = stack.read_stored(&info.name, 0..stack.units()).unwrap();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        fs_err::write(folder.path().join(format!("{index}.f32")), bytes).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/read_stack.py");
    let said = tool(&python, &[script, &address(folder.path())]);
    assert!(said.is_some_and(|said| said.contains("4 layers, 0 bits differ")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever range or units are asked for, memory and chunks answer alike, with any cache.
    #[test]
    fn any_window_reads_the_same(
        rows in 1_usize..120,
        cols in 1_usize..300,
        shares in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 6),
        cache_mib in 0_usize..2,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = address(&folder.path().join("stack.zarr"));
        let stack = world(rows, cols);
        write(&stack, &path);
        let found = ZarrStack::open(&path).unwrap().with_cache_mib(cache_mib);
        let place = |share: f64| (share * (rows * cols) as f64) as usize;
        for (one, other) in &shares {
            let (start, end) = (place(one.min(*other)), place(one.max(*other)));
            prop_assert_eq!(stack.read_range(start..end).unwrap(), found.read_range(start..end).unwrap());
        }
        let units: Vec<usize> = shares.iter().flat_map(|(a, b)| [place(*b), place(*a)]).collect();
        prop_assert_eq!(stack.read_units(&units).unwrap(), found.read_units(&units).unwrap());
    }
}
