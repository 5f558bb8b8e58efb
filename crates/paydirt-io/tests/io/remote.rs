//! Inputs and stacks in a bucket, against a server of this machine: `moto_server` (PyPI, `moto[server]`), which
//! `PAYDIRT_MOTO` names. How S3 is reached stands in the environment, so the test starts itself once more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use paydirt_core::stack::Stack;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::gpkg::{self, Feature, Layer};
use paydirt_io::raster::{self, Pyramid, Request, Window};
use paydirt_io::store::Store;
use paydirt_io::vector::{self, ShapeOptions};
use paydirt_io::zarr::{self, ZarrStack};
use paydirt_io::{Error, digest, table};

use crate::support::{grid, noise, same_bits};
use crate::zarr::{require_same, world};

/// A server that ends with its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(program: &str) -> (Server, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    let server = Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let until = Instant::now() + Duration::from_secs(120);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "{program} does not answer");
        std::thread::sleep(Duration::from_millis(200));
    }
    (server, port)
}

fn make_bucket(port: u16, name: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = "Host: localhost\r\nContent-Length: 0\r\nConnection: close";
    write!(stream, "PUT /{name} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
}

/// Runs an ignored test of this file with an environment.
fn run(test: &str, port: u16) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("remote::{test}"), "--ignored", "--nocapture"]);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("PAYDIRT_TEST_PORT", port.to_string());
    let output = command.output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    println!("{}", said.concat());
    assert!(output.status.success(), "{}", said.concat());
}

#[test]
fn a_bucket_holds_inputs_and_stacks() {
    let Ok(program) = std::env::var("PAYDIRT_MOTO") else {
        println!("skipped: PAYDIRT_MOTO is not set");
        return;
    };
    let (server, port) = start(&program);
    make_bucket(port, "rocks");
    run("in_a_bucket", port);
    drop(server);
}

#[test]
fn a_server_that_is_not_there_is_told_of_in_time() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    run("without_a_server", port);
}

#[test]
#[ignore = "a part of a_bucket_holds_inputs_and_stacks"]
fn in_a_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open("s3://rocks/data set").unwrap();
    assert_eq!(store.get("a.tif").unwrap(), None);
    make_inputs(folder.path());
    for name in ["map.tif", "samples.csv", "faults.gpkg"] {
        store.put(name, fs_err::read(folder.path().join(name)).unwrap()).unwrap();
    }
    require_same_inputs(folder.path(), "s3://rocks/data set");
    let here = folder.path().join("stack.zarr").to_string_lossy().into_owned();
    let stack = world(600, 700);
    for address in [here.as_str(), "s3://rocks/stacks/one.zarr"] {
        zarr::copy(&stack, address, "a test").unwrap();
        zarr::copy(&stack, address, "a test").unwrap();
    }
    let there = Store::open("s3://rocks/stacks/one.zarr").unwrap();
    let local = Store::open(&here).unwrap();
    let keys = local.list("").unwrap();
    assert_eq!(there.list("").unwrap(), keys);
    for key in keys {
        assert!(there.get(&key).unwrap() == local.get(&key).unwrap(), "{key}");
    }
    require_same_stack(&stack, "s3://rocks/stacks/one.zarr");
    store.put("job/b", vec![1]).unwrap();
    store.put("job/a/1", Vec::new()).unwrap();
    store.put("jobs", vec![2]).unwrap();
    assert_eq!(store.list("job").unwrap(), ["job/a/1", "job/b"]);
    store.delete("job/b").unwrap();
    store.delete("job/b").unwrap();
    assert!(!store.exists("job/b").unwrap() && store.exists("jobs").unwrap());
    troubles_in_a_bucket();
}

/// Serves files of a folder, whole or a range of their bytes, until the test ends; returns its port.
fn serve(folder: std::path::PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(stream, &folder));
        }
    });
    port
}

fn answer(mut stream: TcpStream, folder: &Path) -> Option<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).ok()?;
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?.replace("%20", " "));
    let range = request.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        let range = key.eq_ignore_ascii_case("range").then(|| value.strip_prefix("bytes="))??;
        let (start, end) = range.split_once('-')?;
        Some((start.parse::<usize>().ok()?, end.parse::<usize>().ok()))
    });
    let Ok(bytes) = fs_err::read(folder.join(path.trim_start_matches('/'))) else {
        return write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .ok();
    };
    let (start, end) = range.unwrap_or((0, None));
    let end = end.map_or(bytes.len(), |end| bytes.len().min(end + 1));
    let part = bytes.get(start..end)?;
    let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
    let all = bytes.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n", part.len()).ok()?;
    if range.is_some() {
        write!(stream, "Content-Range: bytes {start}-{}/{all}\r\n", end - 1).ok()?;
    }
    write!(stream, "Accept-Ranges: bytes\r\nETag: \"{all}\"\r\nConnection: close\r\n\r\n").ok()?;
    if method == "GET" { stream.write_all(part).ok() } else { Some(()) }
}

#[test]
fn a_web_server_holds_inputs_and_stacks() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("data set");
    fs_err::create_dir(&inside).unwrap();
    make_inputs(&inside);
    let stack = world(600, 700);
    zarr::copy(&stack, &inside.join("stack.zarr").to_string_lossy(), "a test").unwrap();
    let root = format!("http://127.0.0.1:{}/data%20set", serve(folder.path().into()));
    require_same_inputs(&inside, &root);
    require_same_stack(&stack, &format!("{root}/stack.zarr"));
    let lost = format!("{root}/lost.tif");
    let error = raster::inspect(Path::new(&lost)).unwrap_err();
    assert!(matches!(error, Error::Store { .. }) && error.to_string().contains(&lost), "{error}");
    let error = ZarrStack::open(&root).unwrap_err();
    assert!(matches!(error, Error::NotThat { .. }), "{error}");
}

fn make_inputs(folder: &Path) {
    let grid = grid("EPSG:3067", [400_000.0, 6_900_000.0], 50.0, [1500, 1300]);
    let mut next = noise(3);
    let cells: Vec<f32> = (0..grid.cells()).map(|_| (next() as f32).sqrt()).collect();
    let spec = Spec {
        bands: vec![Band { name: "gravity".into(), unit: "mGal".into() }],
        tags: [].into(),
        overviews: Overviews::Average,
    };
    cog::write(&folder.join("map.tif"), &grid, &spec, &mut |rows| {
        Ok(vec![cells[rows.start * grid.cols..rows.end * grid.cols].to_vec()])
    })
    .unwrap();
    fs_err::write(folder.join("samples.csv"), "lead_ppm,rock\n3.5,slate\n7,marl\n").unwrap();
    let line = paydirt_core::step::Geometry::Lines(vec![vec![[4e5, 6.9e6], [4.1e5, 6.8e6]]]);
    let layer = Layer {
        name: "faults".into(),
        kind: gpkg::Kind::Lines,
        fields: Vec::new(),
        features: vec![Feature { geometry: line, values: Vec::new() }],
        style: None,
    };
    gpkg::write(&folder.join("faults.gpkg"), &grid.crs, &[layer]).unwrap();
}

/// Whether raster (whole, and a window), table and features are the same here and there.
fn require_same_inputs(folder: &Path, root: &str) {
    let [map, samples, faults] = ["map.tif", "samples.csv", "faults.gpkg"]
        .map(|name| (folder.join(name), std::path::PathBuf::from(format!("{root}/{name}"))));
    let (here, there) = (raster::inspect(&map.0).unwrap(), raster::inspect(&map.1).unwrap());
    let grid = here.grid(&map.0).unwrap();
    assert_eq!((there.grid(&map.1).unwrap(), there.bytes), (grid.clone(), here.bytes));
    let read = |path: &Path| raster::read(path, &grid, &Request::default()).unwrap().0;
    assert!(same_bits(&read(&map.0), &read(&map.1)));
    let window = Window { col: 700, row: 900, cols: 300, rows: 200 };
    let cut = |path: &Path| Pyramid::open(path).unwrap().read(0, 0, window).unwrap();
    assert!(same_bits(&cut(&map.0), &cut(&map.1)));
    assert_eq!(table::read(&samples.0).unwrap(), table::read(&samples.1).unwrap());
    let shapes = |path: &Path| {
        vector::read_shapes(path, &grid.crs, &ShapeOptions::default()).unwrap().shapes
    };
    assert_eq!(shapes(&faults.0), shapes(&faults.1));
    for (here, there) in [map, samples, faults] {
        assert_eq!(digest::sha256(&here).unwrap(), digest::sha256(&there).unwrap());
    }
}

fn require_same_stack(stack: &dyn Stack, address: &str) {
    let found = ZarrStack::open(address).unwrap();
    require_same(stack, &found);
    let units = [3, 77_777, 5, 419_999];
    assert_eq!(found.read_units(&units).unwrap(), stack.read_units(&units).unwrap());
    assert_eq!(found.read_range(300..9_000).unwrap(), stack.read_range(300..9_000).unwrap());
}

fn troubles_in_a_bucket() {
    let start = Instant::now();
    let wrong = Path::new("s3://no-such-bucket/map.tif");
    let lost = Path::new("s3://rocks/lost.tif");
    for error in [
        raster::inspect(wrong).unwrap_err(),
        raster::inspect(lost).unwrap_err(),
        digest::sha256(lost).unwrap_err(),
        table::read(Path::new("s3://rocks/lost.csv")).unwrap_err(),
        table::read(Path::new("s3://no-such-bucket/lost.csv")).unwrap_err(),
        ZarrStack::open("s3://no-such-bucket/stack.zarr").unwrap_err(),
        Store::open("s3://no-such-bucket").unwrap().put("a", vec![1]).unwrap_err(),
        Store::open("s3://no-such-bucket").unwrap().list("").unwrap_err(),
    ] {
        println!("{error}");
        assert!(matches!(error, Error::Store { .. }) && error.hint().is_some(), "{error}");
    }
    let error = ZarrStack::open("s3://rocks/no.zarr").unwrap_err();
    assert!(matches!(error, Error::NotThat { .. }), "{error}");
    println!("{error}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
#[ignore = "a part of a_server_that_is_not_there_is_told_of_in_time"]
fn without_a_server() {
    let start = Instant::now();
    for error in [
        raster::inspect(Path::new("s3://rocks/map.tif")).unwrap_err(),
        digest::sha256(Path::new("s3://rocks/map.tif")).unwrap_err(),
        raster::inspect(Path::new(&format!(
            "http://127.0.0.1:{}/map.tif",
            std::env::var("PAYDIRT_TEST_PORT").unwrap()
        )))
        .unwrap_err(),
        ZarrStack::open("s3://rocks/stack.zarr").unwrap_err(),
        Store::open("s3://rocks").unwrap().put("a", vec![1]).unwrap_err(),
    ] {
        println!("{:?}: {error}", start.elapsed());
        assert!(matches!(error, Error::Store { .. }) && error.hint().is_some(), "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(100), "{:?}", start.elapsed());
}

#[test]
fn addresses_of_other_kinds_are_refused() {
    for address in ["gs://rocks/a.zarr", "s3:///a.zarr", "https://host/a?key=1"] {
        let error = Store::open(address).unwrap_err();
        assert!(matches!(error, Error::BadUrl { .. }) && error.hint().is_some(), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().to_string_lossy()).unwrap();
    for key in ["", "/a", "a//b", "../a", "a/../../b", "a\\b"] {
        assert!(matches!(store.get(key), Err(Error::BadUrl { .. })), "{key}");
    }
}
