//! What a client opens: `paydirt view`, the evidence in the run folder, and the QGIS project.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use support::{District, Project, snapshot};

/// A project that was run, with attributions.
fn finished() -> Project {
    let project = District::new().project();
    project.edit("shap = { rasters = false }", "shap = { rasters = true }");
    project.paydirt(&["run", "--quiet"]).expect(0, &[]);
    project
}

/// The body of an answer to a bare request.
fn ask(address: &str, path: &str) -> String {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    body.to_string()
}

#[test]
#[cfg(unix)]
fn the_viewer_answers_until_it_is_told_to_stop_and_writes_nothing() {
    let project = finished();
    let before = snapshot(&project.root);
    let mut command = project.command(&["view", "district.run", "--no-open", "--json"]);
    let mut viewer = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(viewer.stdout.take().unwrap()).lines();
    let told: String = lines.by_ref().map(Result::unwrap).take_while(|line| line != "}").collect();
    let told: serde_json::Value = serde_json::from_str(&format!("{told}}}")).unwrap();
    let address = told["address"].as_str().unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    let run: serde_json::Value = serde_json::from_str(&ask(address, "/api/run")).unwrap();
    let ids: Vec<_> = run["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    for id in ["prospectivity", "uncertainty.total", "attribution_arsenic", "evidence.lithology"] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
    assert_eq!(run["warnings"], serde_json::json!([]));
    assert!(ask(address, "/").contains("<title>Paydirt</title>"));
    let kill = format!("kill -INT {}", viewer.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(viewer.wait().unwrap().code(), Some(0));
    assert_eq!(snapshot(&project.root), before);
}

#[test]
fn folders_that_cannot_be_viewed_are_refused_with_advice() {
    let project = District::new().project();
    project
        .paydirt(&["view", "none.run"])
        .expect(2, &["none.run", "no such folder", "paydirt run"]);
    project.paydirt(&["view", "data/../."]).expect(2, &["no `maps/*.tif`"]);
    project.paydirt(&["view", "project.toml"]).expect(2, &["it is no folder"]);
    project.paydirt(&["view", ".", "--port", "70000"]).expect(2, &["70000"]);
    project.write("maps/prospectivity.tif", "torn");
    project.paydirt(&["view", "."]).expect(2, &["maps/prospectivity.tif"]);
}

#[test]
fn evidence_is_written_as_it_was_used_unless_it_is_not_wanted() {
    let project = finished();
    for layer in ["lithology", "arsenic", "fault_distance"] {
        for ending in ["tif", "qml"] {
            assert!(
                project.path(&format!("district.run/evidence/{layer}.{ending}")).is_file(),
                "{layer}"
            );
        }
    }
    let style = String::from_utf8(project.read("district.run/evidence/lithology.qml")).unwrap();
    assert!(style.contains("type=\"paletted\""), "classes have colours of their own");
    let without = ["run", "--quiet", "--overwrite", "--set", "output.evidence=false"];
    project.paydirt(&without).expect(0, &[]);
    assert!(!project.path("district.run/evidence").exists());
}

/// The text of the project in the run folder.
fn qgis_project(project: &Project) -> String {
    let bytes = project.read("district.run/project.qgz");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name("project.qgs").unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_qgis_project_names_every_map_relative_to_itself() {
    let project = finished();
    let text = qgis_project(&project);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(&text, options).unwrap();
    let sources: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("datasource"))
        .map(|node| node.text().unwrap())
        .collect();
    for source in &sources {
        let file = source.split('|').next().unwrap();
        assert!(
            file.starts_with("./") && project.path("district.run").join(file).is_file(),
            "{source}"
        );
    }
    for wanted in
        ["./maps/prospectivity.tif", "./evidence/arsenic.tif", "./targets.gpkg|layername=targets"]
    {
        assert!(sources.contains(&wanted), "{wanted}: {sources:?}");
    }
    assert_eq!(
        sources.len(),
        document.descendants().filter(|n| n.has_tag_name("layer-tree-layer")).count()
    );
}
