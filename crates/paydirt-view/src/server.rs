//! The answers to a browser: page, tiles, places and the folder's files. All are reads; nothing is written.

mod answer;
mod cache;
mod guard;

use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use paydirt_core::grid::Point;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tower_http::services::ServeFile;

use crate::error::{Error, Result};
use crate::tile::Address;
use crate::view::View;
use answer::{Refusal, json};
use cache::Cache;

/// The page, built from `web/src` by `web/build.mjs`.
const PAGE: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("../web/dist/index.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_str!("../web/dist/app.js")),
    ("/app.css", "text/css; charset=utf-8", include_str!("../web/dist/app.css")),
    ("/licences.txt", "text/plain; charset=utf-8", include_str!("../web/dist/licences.txt")),
];

/// What reports may do: they hold no scripts.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                             base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer works with.
#[derive(Clone)]
struct Shared {
    view: Arc<View>,
    /// As many read maps at a time as there are cores; a request that is given up while it waits reads nothing.
    turns: Arc<Semaphore>,
    tiles: Arc<Cache>,
}

/// The answers about a folder, to requests at `bound`: on a loopback address only those that name this
/// machine are answered, so that no other page's name can be made to point here.
pub fn router(view: Arc<View>, bound: IpAddr) -> Router {
    let turns = Arc::new(Semaphore::new(cores()));
    let mut router = Router::new();
    for (path, kind, text) in PAGE {
        let answer = ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text);
        router = router.route(path, get(|| async move { answer }));
    }
    router
        .route("/api/run", get(run_told))
        .route("/api/vectors", get(vectors))
        .route("/api/analogs", get(analogs))
        .route("/api/place", get(place))
        .route("/api/graticule", get(graticule))
        .route("/tiles/{layer}/{zoom}/{col}/{row}", get(tile))
        .route("/files/{*name}", get(file))
        .fallback(|request: Request| async move {
            Refusal::new(StatusCode::NOT_FOUND, format!("there is no `{}`", request.uri().path()))
        })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered".into())
        })
        .layer(middleware::from_fn_with_state(bound, guard::refuse_other_names))
        .layer(middleware::from_fn(guard::harden))
        .with_state(Shared { view, turns, tiles: Arc::default() })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Answers browsers until `stopped` says so; it is asked ten times a second.
///
/// # Errors
/// [`Error::Listen`] where the address cannot be used.
pub fn run(view: View, listener: TcpListener, stopped: impl Fn() -> bool) -> Result<()> {
    let address = listener.local_addr()?;
    let unusable = |source| Error::Listen { address: address.to_string(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(cores() + 2)
        .enable_all()
        .build()?;
    runtime
        .block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let router = router(Arc::new(view), address.ip());
            tokio::select! {
                ended = async { axum::serve(listener, router).await } => ended,
                () = wait_for(stopped) => Ok(()),
            }
        })
        .map_err(unusable)?;
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(())
}

async fn wait_for(stopped: impl Fn() -> bool) {
    while !stopped() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Shared {
    /// Does work that reads maps, in its turn and away from the threads that answer.
    async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&View) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Refusal> {
        let failed = |reason: String| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, reason);
        let turn = self.turns.acquire_owned().await.map_err(|error| failed(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&self.view)
        });
        Ok(done.await.map_err(|error| failed(error.to_string()))??)
    }
}

async fn run_told(State(shared): State<Shared>) -> Response {
    json(&shared.view.told())
}

async fn vectors(State(shared): State<Shared>) -> Response {
    json(&shared.view.vectors)
}

async fn analogs(State(shared): State<Shared>) -> std::result::Result<Response, Refusal> {
    Ok(json(&shared.read(View::analogs).await?))
}

async fn graticule(State(shared): State<Shared>) -> std::result::Result<Response, Refusal> {
    let lattice = shared.read(|view| Ok(view.lattice())).await?;
    lattice.map(|lattice| json(&lattice)).ok_or_else(|| {
        let reason = "the grid's system is not tied to the Earth".to_string();
        Refusal::new(StatusCode::NOT_FOUND, reason)
    })
}

#[derive(Deserialize)]
struct Asked {
    easting: f64,
    northing: f64,
    species: Option<String>,
}

async fn place(
    State(shared): State<Shared>,
    asked: std::result::Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> std::result::Result<Response, Refusal> {
    let malformed = |reason: String| {
        Refusal::new(StatusCode::BAD_REQUEST, reason)
            .hint("ask for /api/place?easting=NUMBER&northing=NUMBER")
    };
    let Query(Asked { easting, northing, species }) =
        asked.map_err(|error| malformed(error.body_text()))?;
    if !easting.is_finite() || !northing.is_finite() {
        return Err(malformed("easting and northing must be finite numbers".into()));
    }
    let unknown = species.as_ref().filter(|name| !shared.view.species.contains(name));
    if let Some(name) = unknown {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no species `{name}`")));
    }
    let place = Point { easting, northing };
    let found = shared.read(move |view| view.place(place, species.as_deref())).await?;
    found.map(|place| json(&place)).ok_or_else(|| {
        let reason = format!("the place {easting}, {northing} is not on the grid");
        Refusal::new(StatusCode::NOT_FOUND, reason)
    })
}

async fn tile(
    State(shared): State<Shared>,
    Path((layer, zoom, col, row)): Path<(String, String, String, String)>,
) -> std::result::Result<Response, Refusal> {
    let parsed = (|| {
        let number = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
        };
        let row = number(row.strip_suffix(".png")?)?;
        Some(Address { zoom: number(&zoom)?, col: number(&col)?, row })
    })();
    let address = parsed.ok_or_else(|| {
        let reason = format!("`{zoom}/{col}/{row}` is no address of a tile");
        Refusal::new(StatusCode::BAD_REQUEST, reason)
            .hint("an address is /tiles/LAYER/ZOOM/COLUMN/ROW.png, counted from 0")
    })?;
    let number = shared.view.layers.iter().position(|one| one.id == layer).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, format!("there is no layer `{layer}`"))
    })?;
    let tiles = Arc::clone(&shared.tiles);
    let picture = match tiles.get(number, address) {
        Some(kept) => kept,
        None => {
            let draw = move |view: &View| view.scheme.png(&view.layers[number], address);
            let drawn = Bytes::from(shared.read(draw).await?);
            tiles.keep(number, address, drawn.clone());
            drawn
        }
    };
    // The page names the version of the maps in each address.
    let headers =
        [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, picture).into_response())
}

async fn file(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    request: Request,
) -> std::result::Result<Response, Refusal> {
    let Some(path) = shared.view.file(&name) else {
        let reason = format!("the folder has no file `{name}`");
        return Err(Refusal::new(StatusCode::NOT_FOUND, reason));
    };
    let mut response = ServeFile::new(path)
        .try_call(request)
        .await
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
        .map(axum::body::Body::new);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, axum::http::HeaderValue::from_static(REPORT_POLICY));
    Ok(response)
}
