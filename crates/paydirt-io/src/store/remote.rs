//! Objects of a server.

use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    ClientOptions, Error as Trouble, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use tokio::runtime::Handle;
use url::Url;

use super::Description;
use crate::{Error, Result};

/// How long a server may take to answer a call for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a server may say nothing, and how long a request may take in all, its bytes included.
const SILENCE: Duration = Duration::from_secs(60);
const REQUEST: Duration = Duration::from_secs(900);
/// For how long a failed request is tried again.
const RETRY: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Remote {
    store: Arc<dyn ObjectStore>,
    /// Bucket or host, and what comes before every key.
    root: String,
    prefix: Path,
}

impl Remote {
    pub(super) fn open(url: &Url) -> Result<Self> {
        let unusable = |error: &dyn std::error::Error| Error::Store {
            url: url.to_string(),
            doing: "use",
            reason: chain(error),
        };
        if url.query().is_some() {
            let reason = "an address with a query names no place with keys".into();
            return Err(Error::BadUrl { url: url.to_string(), reason });
        }
        // The one thread that speaks to servers also settles how TLS is spoken.
        handle();
        let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY, ..RetryConfig::default() };
        let options = || {
            ClientOptions::new()
                .with_connect_timeout(CONNECT)
                .with_read_timeout(SILENCE)
                .with_timeout(REQUEST)
        };
        let prefix = Path::from_url_path(url.path()).map_err(|error| unusable(&error))?;
        let host = url.host_str().unwrap_or_default();
        let root = url.as_str().trim_end_matches('/').to_owned();
        let (store, prefix): (Arc<dyn ObjectStore>, _) = if url.scheme() == "s3" {
            let settings = aws::settings(|key| std::env::var(key).ok());
            let options = options().with_allow_http(!settings.https);
            let mut builder = AmazonS3Builder::from_env()
                .with_client_options(options)
                .with_bucket_name(host)
                .with_retry(retry)
                .with_skip_signature(settings.unsigned)
                .with_virtual_hosted_style_request(settings.virtual_hosting);
            if let Some(endpoint) = settings.url() {
                builder = builder.with_endpoint(endpoint);
            }
            if builder.get_config_value(&AmazonS3ConfigKey::Region).is_none() {
                builder = builder.with_region("us-east-1");
            }
            (Arc::new(builder.build().map_err(|error| unusable(&error))?), prefix)
        } else {
            let options = options().with_allow_http(url.scheme() == "http");
            let builder = HttpBuilder::new().with_url(root.as_str()).with_client_options(options);
            let store = builder.with_retry(retry).build().map_err(|error| unusable(&error))?;
            (Arc::new(store), Path::default())
        };
        Ok(Self { store, root, prefix })
    }

    fn path(&self, key: &str) -> Result<Path> {
        let key = Path::parse(key).map_err(|error| Error::BadUrl {
            url: format!("{}/{key}", self.root),
            reason: error.to_string(),
        })?;
        Ok(Path::from_iter(self.prefix.parts().chain(key.parts())))
    }

    /// What a call answered, where there is such an object. A bucket that is not there is trouble.
    fn found<T>(
        &self,
        key: &str,
        doing: &'static str,
        answer: Option<object_store::Result<T>>,
    ) -> Result<Option<T>> {
        let url = if key.is_empty() { self.root.clone() } else { format!("{}/{key}", self.root) };
        match answer {
            Some(Ok(answer)) => Ok(Some(answer)),
            Some(Err(Trouble::NotFound { source, .. }))
                if !chain(source.as_ref()).contains("NoSuchBucket") =>
            {
                Ok(None)
            }
            Some(Err(error)) => Err(Error::Store { url, doing, reason: chain(&error) }),
            None => Err(Error::Store { url, doing, reason: "the connection broke off".into() }),
        }
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let answer = wait(async move { store.get(&path).await?.bytes().await });
        Ok(self.found(key, "read", answer)?.map(Vec::from))
    }

    pub(super) fn get_ranges(
        &self,
        key: &str,
        ranges: &[Range<u64>],
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let (store, path, ranges) = (Arc::clone(&self.store), self.path(key)?, ranges.to_vec());
        let answer = wait(async move { store.get_ranges(&path, &ranges).await });
        let found = self.found(key, "read", answer)?;
        Ok(found.map(|parts| parts.into_iter().map(Vec::from).collect()))
    }

    pub(super) fn describe(&self, key: &str) -> Result<Option<Description>> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let answer = wait(async move { store.head(&path).await });
        let version = |meta: &ObjectMeta| {
            let dated = (meta.last_modified.timestamp() > 0)
                .then(|| format!("changed {}", meta.last_modified.to_rfc3339()));
            meta.e_tag.as_ref().map(|tag| format!("ETag {tag}")).or(dated)
        };
        let found = self.found(key, "look at", answer)?;
        Ok(found.map(|meta| Description { bytes: meta.size, version: version(&meta) }))
    }

    pub(super) fn put(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let answer = wait(async move { store.put(&path, bytes.into()).await });
        self.done(key, "write", answer)
    }

    pub(super) fn delete(&self, key: &str) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let answer = wait(async move { store.delete(&path).await });
        self.found(key, "remove", answer).map(|_| ())
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let (store, below) = (Arc::clone(&self.store), self.prefix.clone());
        let path = if prefix.is_empty() { below.clone() } else { self.path(prefix)? };
        let answer = wait(async move {
            let listed: Vec<ObjectMeta> = store.list(Some(&path)).try_collect().await?;
            Ok::<_, Trouble>(listed)
        });
        let listed = self.found(prefix, "list", answer)?.unwrap_or_default();
        let key = |meta: ObjectMeta| {
            let parts = meta.location.prefix_match(&below)?;
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        Ok(listed.into_iter().filter_map(key).collect())
    }

    pub(super) fn copy_to(&self, key: &str, mut file: fs_err::File) -> Result<bool> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let full = |source| Trouble::Generic { store: "temporary file", source };
        let answer = wait(async move {
            let mut stream = store.get(&path).await?.into_stream();
            while let Some(bytes) = stream.try_next().await? {
                file.write_all(&bytes).map_err(|error| full(error.into()))?;
            }
            Ok::<_, Trouble>(())
        });
        Ok(self.found(key, "read", answer)?.is_some())
    }

    /// What a call did; that there is no such place is trouble.
    fn done<T>(
        &self,
        key: &str,
        doing: &'static str,
        answer: Option<object_store::Result<T>>,
    ) -> Result<()> {
        let nowhere = || Error::Store {
            url: format!("{}/{key}", self.root),
            doing,
            reason: "there is no such bucket or folder".into(),
        };
        self.found(key, doing, answer)?.map(|_| ()).ok_or_else(nowhere)
    }
}

/// What an error and those behind it say, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let text = error.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        behind = error.source();
    }
    in_its_words(&said).unwrap_or_else(|| said.replace('\n', " "))
}

/// The code and sentence of an answer of S3, which come as XML.
fn in_its_words(said: &str) -> Option<String> {
    let between = |tag: &str| {
        let (_, rest) = said.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    };
    Some(format!("{} ({})", between("Message")?, between("Code")?))
}

/// The one thread that speaks to servers.
fn handle() -> Option<&'static Handle> {
    static HANDLE: OnceLock<Option<Handle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            // Fails where the program has chosen a provider itself, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            let handle = runtime.handle().clone();
            let thread = std::thread::Builder::new().name("paydirt-store".into());
            thread.spawn(move || runtime.block_on(std::future::pending::<()>())).ok()?;
            Some(handle)
        })
        .as_ref()
}

/// Has that thread do some work, and waits for it; `None` if it broke off.
fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let (send, receive) = mpsc::sync_channel(1);
    handle()?.spawn(async move {
        // Nobody is left to hear if this fails.
        let _ = send.send(work.await);
    });
    receive.recv().ok()
}

/// What the environment says of S3, for both readers.
pub(crate) mod aws {
    /// How S3 is reached.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) struct Settings {
        /// Host and port, where it is not Amazon's.
        pub(crate) host: Option<String>,
        pub(crate) https: bool,
        /// Whether the bucket is part of the host's name rather than of the path.
        pub(crate) virtual_hosting: bool,
        /// Whether requests carry no signature.
        pub(crate) unsigned: bool,
    }

    impl Settings {
        /// The endpoint as an address.
        pub(crate) fn url(&self) -> Option<String> {
            let scheme = if self.https { "https" } else { "http" };
            self.host.as_ref().map(|host| format!("{scheme}://{host}"))
        }
    }

    /// Reads the settings from variables.
    pub(crate) fn settings(variable: impl Fn(&str) -> Option<String>) -> Settings {
        let set = |key: &str| variable(key).filter(|value| !value.is_empty());
        let means = |key: &str| {
            let yes = |value: String| {
                ["yes", "true", "on", "1"].contains(&value.to_ascii_lowercase().as_str())
            };
            set(key).map(yes)
        };
        let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_S3_ENDPOINT"]
            .iter()
            .find_map(|key| set(key));
        let mut https = means("AWS_HTTPS").unwrap_or(true);
        let host = endpoint.map(|endpoint| match endpoint.split_once("://") {
            Some((scheme, host)) => {
                https = scheme != "http";
                host.trim_end_matches('/').to_owned()
            }
            None => endpoint,
        });
        let virtual_hosting = means("AWS_VIRTUAL_HOSTING").unwrap_or(false);
        let unsigned = means("AWS_NO_SIGN_REQUEST").unwrap_or(false);
        Settings { host, https, virtual_hosting, unsigned }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_endpoint_may_be_an_address_or_a_host() {
            let with = |pairs: &[(&str, &str)]| {
                let find = |key: &str| pairs.iter().find(|(name, _)| *name == key);
                settings(|key| find(key).map(|(_, value)| (*value).to_owned()))
            };
            let url = with(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/")]);
            let host = with(&[("AWS_S3_ENDPOINT", "127.0.0.1:9000"), ("AWS_HTTPS", "NO")]);
            assert_eq!(url, host);
            assert_eq!(url.url().as_deref(), Some("http://127.0.0.1:9000"));
            assert_eq!(with(&[]).url(), None);
            assert!(with(&[("AWS_NO_SIGN_REQUEST", "YES")]).unsigned);
        }
    }
}
