//! Downloads against a server on this machine that breaks off, lies, and changes its mind.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use paydirt::console::Console;
use paydirt::error::Error;
use paydirt::sources::{Download, Fetched, fetch};

/// How the server answers a request for a file of `bytes`.
#[derive(Clone, Copy)]
enum Manner {
    Honest,
    /// Sends so many bytes of what it promised and hangs up, once; then it is honest.
    BreaksOffOnce(usize),
    /// Promises so many bytes more than it has, always.
    PromisesMore(usize),
    /// Sends another part than it was asked for.
    WrongPart,
    /// Says that the whole is so long, and sends more.
    SendsMoreThan(usize),
    NoSuchFile,
}

/// A server of one file, and the ranges that it was asked for.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Option<usize>>>>,
}

fn serve(bytes: Vec<u8>, etag: &'static str, manner: Manner) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file.zip", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut manner = manner;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let start = request(&stream, etag);
            heard.lock().unwrap().push(start);
            answer(&mut stream, &bytes, etag, start, manner);
            if let Manner::BreaksOffOnce(_) = manner {
                manner = Manner::Honest;
            }
        }
    });
    Server { url, asked }
}

/// Reads a request; the first byte asked for, where a range is and the file has not changed.
fn request(stream: &TcpStream, etag: &str) -> Option<usize> {
    let mut start = None;
    let mut same = false;
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let line = line.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().ok();
        }
        same |= line.strip_prefix("if-range: ") == Some(etag);
        if line.is_empty() {
            break;
        }
    }
    start.filter(|_| same)
}

fn answer(stream: &mut TcpStream, bytes: &[u8], etag: &str, start: Option<usize>, manner: Manner) {
    let whole = bytes.len();
    let from = start.unwrap_or(0);
    let mut body = &bytes[from..];
    let mut length = body.len();
    let mut status = if start.is_some() { "206 Partial Content" } else { "200 OK" };
    let mut range = start.map(|start| format!("bytes {start}-{}/{whole}", whole - 1));
    match manner {
        Manner::Honest => {}
        Manner::BreaksOffOnce(count) => body = &body[..count],
        Manner::PromisesMore(more) => length += more,
        Manner::WrongPart => {
            status = "206 Partial Content";
            range = Some(format!("bytes 7-{}/{whole}", whole - 1));
        }
        Manner::SendsMoreThan(less) => {
            status = "206 Partial Content";
            range = Some(format!("bytes {from}-{}/{less}", less - 1));
        }
        Manner::NoSuchFile => status = "404 Not Found",
    }
    let range = range.map_or_else(String::new, |range| format!("Content-Range: {range}\r\n"));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: {etag}\r\n{range}Connection: close\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn bytes() -> Vec<u8> {
    (0..300_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), bytes).unwrap();
    paydirt_io::digest::sha256(file.path()).unwrap()
}

fn download(server: &Server) -> Download {
    Download {
        url: server.url.clone(),
        file: "file.bin".into(),
        sha256: None,
        fixed: false,
        unpack: false,
    }
}

fn get(download: &Download, folder: &Path) -> Result<Fetched, Error> {
    fetch(download, folder, false, &Console::silent())
}

/// Names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_fetched_once_and_its_hash_kept() {
    let place = tempfile::tempdir().unwrap();
    let server = serve(bytes(), "\"a\"", Manner::Honest);
    let first = get(&download(&server), place.path()).unwrap();
    assert_eq!((first.bytes, first.was_here), (300_000, false));
    assert_eq!(first.sha256, sha256(&bytes()));
    assert_eq!(names(place.path()), ["file.bin", "file.bin.source.json"]);
    assert!(get(&download(&server), place.path()).unwrap().was_here);
    assert_eq!(server.asked.lock().unwrap().len(), 1);
    // A file that was damaged since is fetched again.
    fs_err::write(place.path().join("file.bin"), "damaged").unwrap();
    assert!(!get(&download(&server), place.path()).unwrap().was_here);
    assert_eq!(fs_err::read(place.path().join("file.bin")).unwrap(), bytes());
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let place = tempfile::tempdir().unwrap();
    let server = serve(bytes(), "\"a\"", Manner::BreaksOffOnce(100_000));
    let fetched = get(&download(&server), place.path()).unwrap();
    assert_eq!(fetched.sha256, sha256(&bytes()));
    let asked = server.asked.lock().unwrap().clone();
    assert!(matches!(asked[..], [None, Some(start)] if start > 0 && start <= 100_000), "{asked:?}");
}

#[test]
fn a_file_that_changed_in_between_begins_again() {
    let place = tempfile::tempdir().unwrap();
    let old = serve(vec![1; 300_000], "\"old\"", Manner::PromisesMore(10));
    let short = get(&download(&old), place.path()).unwrap_err();
    assert!(short.to_string().contains("broke off"), "{short}");
    assert_eq!(short.exit_code(), 1);
    assert!(!place.path().join("file.bin").exists());
    let new = serve(bytes(), "\"new\"", Manner::Honest);
    assert_eq!(get(&download(&new), place.path()).unwrap().sha256, sha256(&bytes()));
    assert_eq!(*new.asked.lock().unwrap(), [None]);
}

#[test]
fn a_server_that_lies_is_not_believed() {
    for (manner, told) in [
        (Manner::WrongPart, "another part"),
        (Manner::SendsMoreThan(1_000), "more came than the server said"),
        (Manner::NoSuchFile, "answers 404"),
    ] {
        let place = tempfile::tempdir().unwrap();
        // Something came of it before.
        fs_err::write(place.path().join(".file.bin.partial"), &bytes()[..500]).unwrap();
        fs_err::write(place.path().join(".file.bin.etag"), "\"a\"").unwrap();
        let server = serve(bytes(), "\"a\"", manner);
        let refused = get(&download(&server), place.path()).unwrap_err();
        assert!(refused.to_string().contains(told), "{refused}");
        assert!(!place.path().join("file.bin").exists());
    }
}

#[test]
fn another_file_than_the_fixed_one_is_refused_and_a_changed_one_told() {
    let place = tempfile::tempdir().unwrap();
    let server = serve(bytes(), "\"a\"", Manner::Honest);
    let known = Some(sha256(b"the copy that is known"));
    let fixed = Download { sha256: known.clone(), fixed: true, ..download(&server) };
    let refused = get(&fixed, place.path()).unwrap_err();
    assert!(refused.to_string().contains("not the file that is known"), "{refused}");
    assert!(!place.path().join("file.bin").exists());
    let console = Console::silent();
    let changing = Download { sha256: known, ..download(&server) };
    fetch(&changing, place.path(), false, &console).unwrap();
    assert!(console.warnings()[0].contains("may have replaced it"), "{:?}", console.warnings());
}

#[test]
fn what_somebody_else_put_there_is_left_alone() {
    let server = serve(bytes(), "\"a\"", Manner::Honest);
    let place = tempfile::tempdir().unwrap();
    fs_err::write(place.path().join("file.bin"), "my own").unwrap();
    let refused = get(&download(&server), place.path()).unwrap_err();
    assert!(matches!(refused, Error::Exists { .. }), "{refused}");
    assert_eq!(fs_err::read(place.path().join("file.bin")).unwrap(), b"my own");
    fetch(&download(&server), place.path(), true, &Console::silent()).unwrap();
    assert_eq!(fs_err::read(place.path().join("file.bin")).unwrap(), bytes());
    // A file that was put there by hand and is the one that is known is taken as it is.
    let other = tempfile::tempdir().unwrap();
    fs_err::write(other.path().join("file.bin"), bytes()).unwrap();
    let known = Download { sha256: Some(sha256(&bytes())), ..download(&server) };
    assert!(get(&known, other.path()).unwrap().was_here);
}

#[test]
fn an_archive_is_unpacked_beside_itself() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("mrds.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"dep_id\n1\n").unwrap();
    let archive = zip.finish().unwrap().into_inner();
    let place = tempfile::tempdir().unwrap();
    let server = serve(archive, "\"a\"", Manner::Honest);
    let wanted = Download { file: "mrds-csv.zip".into(), unpack: true, ..download(&server) };
    let fetched = get(&wanted, place.path()).unwrap();
    let into = fetched.unpacked.unwrap();
    assert_eq!(fs_err::read(into.join("mrds.csv")).unwrap(), b"dep_id\n1\n");
    // A folder that went missing is unpacked again from what is here.
    fs_err::remove_dir_all(&into).unwrap();
    let again = get(&wanted, place.path()).unwrap();
    assert!(again.was_here && into.join("mrds.csv").is_file());
}
