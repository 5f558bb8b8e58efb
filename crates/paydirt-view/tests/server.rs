//! What is served, what is refused, and how.

#[cfg(test)]
mod support;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use paydirt_view::{Error, View, server};
use support::{LOOPBACK, Run, answer, body, get, grid, map};
use tower::ServiceExt;

#[tokio::test]
async fn malformed_addresses_get_a_clear_answer() {
    let (_run, router) = Run::new().router_kept();
    let cases = [
        ("/tiles/prospectivity/2/9/0.png", 404, "3 x 1 tiles"),
        ("/tiles/prospectivity/99/0/0.png", 404, "0 x 0 tiles"),
        ("/tiles/prospectivity/18446744073709551616/0/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/-1/0/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/1/+1/0.png", 400, "no address of a tile"),
        ("/tiles/prospectivity/1/0/0.tif", 400, "no address of a tile"),
        ("/tiles/prospectivity/1e0/0/0.png", 400, "no address of a tile"),
        ("/tiles/nothing/0/0/0.png", 404, "no layer `nothing`"),
        ("/tiles/..%2F..%2Fsecret/0/0/0.png", 404, "no layer"),
        ("/tiles/prospectivity/0/0", 404, "there is no `/tiles"),
        ("/api/place", 400, "missing field `easting`"),
        ("/api/place?easting=nan&northing=1", 400, "finite"),
        ("/api/place?easting=x&northing=1", 400, "invalid"),
        ("/api/place?easting=1&northing=1", 404, "not on the grid"),
        ("/api/place?easting=400620&northing=4997999&species=Gold", 404, "no species `Gold`"),
        ("/nothing", 404, "there is no `/nothing`"),
    ];
    for (address, status, words) in cases {
        let (found, told) = answer(&router, address).await;
        let error = told["error"].as_str().unwrap_or_default();
        assert!(found.as_u16() == status && error.contains(words), "{address}: {found}, {told}");
    }
    let post = Request::post("/api/run").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(post).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let (run, router) = Run::new().router_kept();
    let root = run.root();
    #[cfg(unix)]
    std::os::unix::fs::symlink(run.0.path().join("secret.txt"), root.join("late.txt")).unwrap();
    let outside = [
        "/files/../secret.txt",
        "/files/..%2Fsecret.txt",
        "/files/%2e%2e/secret.txt",
        "/files/maps/../../secret.txt",
        "/files/maps/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/files//etc/passwd",
        "/files/%2Fetc%2Fpasswd",
        "/files/..%5Csecret.txt",
        "/files/report.json%00.txt",
        "/files/.paydirt",
        "/files/maps",
        "/files/late.txt",
        "/../secret.txt",
    ];
    for address in outside {
        let (status, told) = answer(&router, address).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}: {told}");
        assert!(told["error"].is_string(), "{address}");
    }
    let report = get(&router, "/files/report.json").await;
    assert_eq!(report.status(), StatusCode::OK);
    assert_eq!(body(report).await, fs_err::read(root.join("report.json")).unwrap());
    // A file that was exchanged for a link that leads out, after the folder was opened.
    #[cfg(unix)]
    {
        fs_err::remove_file(root.join("report.html")).unwrap();
        std::os::unix::fs::symlink(run.0.path().join("secret.txt"), root.join("report.html"))
            .unwrap();
        let (status, _) = answer(&router, "/files/report.html").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn files_come_in_parts_for_programs_that_read_maps_from_afar() {
    let (run, router) = Run::new().router_kept();
    let request = Request::get("/files/maps/prospectivity.tif").header("range", "bytes=0-3");
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    let start = fs_err::read(run.root().join("maps/prospectivity.tif")).unwrap()[..4].to_vec();
    assert_eq!(body(response).await, start);
}

#[tokio::test]
async fn every_answer_keeps_scripts_and_other_pages_out() {
    let (_run, router) = Run::new().router_kept();
    for address in
        ["/", "/app.js", "/app.css", "/api/run", "/nothing", "/tiles/prospectivity/0/0/0.png"]
    {
        let response = get(&router, address).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
        assert_eq!(headers["x-content-type-options"], "nosniff", "{address}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{address}");
    }
    // A report has its style in it, and no scripts: none may run.
    let report = get(&router, "/files/report.html").await;
    let policy = report.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src data:; "));
    assert!(!policy.contains("script-src"));
}

#[tokio::test]
async fn a_page_from_elsewhere_cannot_be_pointed_here() {
    let (run, router) = Run::new().router_kept();
    let ask = |router: &Router, host: &str| {
        let request = Request::get("/api/run").header("host", host).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    for host in ["evil.example", "evil.example:1234", "127.0.0.1.evil.example", "10.0.0.1", ""] {
        let response = ask(&router, host).await.unwrap();
        assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    for host in ["localhost", "localhost:1234", "127.0.0.1:9", "[::1]:1234", "LOCALHOST"] {
        assert_eq!(ask(&router, host).await.unwrap().status(), StatusCode::OK, "{host}");
    }
    let view = Arc::new(View::open(&run.root()).unwrap());
    let open = server::router(view, std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    assert_eq!(ask(&open, "maps.example").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn damaged_maps_are_told_and_the_rest_is_shown() {
    let run = Run::new();
    let maps = run.root().join("maps");
    fs_err::write(maps.join("spread.tif"), "no raster").unwrap();
    fs_err::write(run.root().join("report.json"), "{ \"project\": ").unwrap();
    map(&maps.join("other.tif"), &grid("EPSG:32635", [7, 7], [100.0; 2]), &|_, _| 0.5);
    let view = View::open(&run.root()).unwrap();
    let told = view.warnings.join("\n");
    for words in ["spread.tif", "`report.json` is damaged", "`other` lies on another grid"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(view.layer("prospectivity").is_some() && view.layer("other").is_none());
    let router = server::router(Arc::new(view), LOOPBACK);
    // Cut short after it was opened: tiles of it fail with its name, others are drawn.
    let whole = fs_err::read(maps.join("prospectivity_rank.tif")).unwrap();
    fs_err::write(maps.join("prospectivity_rank.tif"), &whole[..whole.len() / 3]).unwrap();
    let (status, told) = answer(&router, "/tiles/prospectivity_rank/0/0/0.png").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{told}");
    assert!(told["error"].as_str().unwrap().contains("prospectivity_rank.tif"), "{told}");
    let (status, _) = answer(&router, "/tiles/prospectivity/0/0/0.png").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn what_lies_beside_the_maps_may_be_damaged_too() {
    let run = Run::new();
    let root = run.root();
    // Cut short before it is opened: no class can be found.
    let rank = root.join("maps/prospectivity_rank.tif");
    let whole = fs_err::read(&rank).unwrap();
    fs_err::write(&rank, &whole[..whole.len() / 3]).unwrap();
    for file in ["targets.gpkg", "split.gpkg"] {
        fs_err::write(root.join(file), "no package").unwrap();
    }
    fs_err::write(root.join("report.json"), r#"{ "targets": [7, {}], "project": 3 }"#).unwrap();
    let view = View::open(&root).unwrap();
    let told = view.warnings.join("\n");
    for words in ["prospectivity_rank.tif", "targets.gpkg", "split.gpkg"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let router = server::router(Arc::new(view), LOOPBACK);
    let (_, vectors) = answer(&router, "/api/vectors").await;
    assert!(vectors["deposits"].as_array().unwrap().is_empty());
    let (status, analogs) = answer(&router, "/api/analogs").await;
    assert_eq!((status, analogs), (StatusCode::OK, serde_json::json!([])));
    let (_, told) = answer(&router, "/api/run").await;
    assert_eq!(told["name"], "district.run");
    assert_eq!(told["layers"][0]["id"], "prospectivity");
}

#[test]
fn folders_without_maps_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let refused = |path: &Path, words: &str| {
        let error = View::open(path).unwrap_err();
        let told = format!("{error} {}", error.hint().unwrap_or_default());
        assert!(matches!(error, Error::NothingToView { .. }) && told.contains(words), "{told}");
    };
    refused(&place.path().join("none"), "no such folder");
    refused(place.path(), "no `maps/*.tif`");
    let file = place.path().join("map.tif");
    fs_err::write(&file, "x").unwrap();
    refused(&file, "no folder");
    fs_err::create_dir(place.path().join("maps")).unwrap();
    fs_err::write(place.path().join("maps/prospectivity.tif"), "x").unwrap();
    refused(place.path(), "prospectivity.tif");
}
