//! A bucket of a server of this machine: `moto_server` (PyPI, `moto[server]`), which `PAYDIRT_MOTO` names.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server with a bucket, which ends with its test.
pub(crate) struct Bucket {
    server: Child,
    port: u16,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

impl Bucket {
    /// Starts a server; `None`, with a message, where none is named.
    pub(crate) fn start() -> Option<Self> {
        let Ok(program) = std::env::var("PAYDIRT_MOTO") else {
            println!("skipped: PAYDIRT_MOTO is not set");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bucket = Self { server, port };
        let until = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "{program} does not answer");
            std::thread::sleep(Duration::from_millis(200));
        }
        bucket.ask("PUT", "", b"");
        Some(bucket)
    }

    /// The address of an object.
    pub(crate) fn address(&self, key: &str) -> String {
        format!("s3://rocks/{key}")
    }

    /// Says in a command's environment how the bucket is reached.
    pub(crate) fn reach<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
    }

    /// Puts an object.
    pub(crate) fn put(&self, key: &str, bytes: &[u8]) {
        self.ask("PUT", key, bytes);
    }

    /// Removes an object.
    pub(crate) fn delete(&self, key: &str) {
        self.ask("DELETE", key, b"");
    }

    /// The keys that begin so.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        let answer = self.ask("GET", &format!("?list-type=2&prefix={prefix}"), b"");
        let after = answer.split("<Key>").skip(1);
        after.filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned())).collect()
    }

    fn ask(&self, how: &str, what: &str, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = bytes.len();
        // The server takes whoever is named, whatever the signature.
        let who =
            "Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let head = format!(
            "Host: localhost\r\nAuthorization: AWS4-HMAC-SHA256 {who}\r\n\
             Content-Length: {length}\r\nConnection: close"
        );
        write!(stream, "{how} /rocks/{what} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{how} {what}: {answer}");
        answer
    }
}
