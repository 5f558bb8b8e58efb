//! Layers of a perceptron that are taken over from a pretext, from the project file to the maps.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::fmt::Write;

use paydirt::judge::Standing;
use paydirt::report::Report;
use support::{District, Project};

const PERCEPTRON: &str = "[model.mlp]\nhidden = [8]\ntraining = { epochs = 20 }\n";
const AUTOENCODER: &str = "[pretrain.autoencoder]\nrows = 300\nlayers = { hidden = [8, 3] }\n\
    training = { epochs = 10, batch = 32 }\n";
const GEOLOGY: &str = "[pretrain.geology]\nlayer = \"lithology\"\nrows = 300\nlayers = { hidden = [8, 3] }\n\
    training = { epochs = 10, batch = 32 }\n";

fn project(model: &str) -> Project {
    let project = District::new().project();
    project.edit("[model.forest]\ntrees = 20\n", model);
    project.edit("shap = { rasters = false }", "shap = { cells = 50 }");
    project
}

fn report(project: &Project, run: &str) -> Report {
    serde_json::from_slice(&project.read(&format!("{run}/report.json"))).unwrap()
}

fn run(project: &Project, name: &str) -> Report {
    project.paydirt(&["run", "project.toml", "--out", name]).expect(0, &[]);
    report(project, name)
}

#[test]
fn each_pretext_runs_whole_beside_the_same_network_from_scratch() {
    for (pretext, words) in [(AUTOENCODER, "of the variance"), (GEOLOGY, "tells the class of")] {
        let project = project(&format!("{pretext}{PERCEPTRON}"));
        let found = run(&project, "one.run");
        let standing = |name: &str| found.models.iter().find(|m| m.name == name).map(|m| m.role);
        assert_eq!(standing("mlp"), Some(Standing::Chosen));
        assert_eq!(standing("mlp, from scratch"), Some(Standing::Baseline));
        let pretraining = found.pretraining.unwrap();
        assert!(pretraining.said.starts_with("Pretraining changed ROC AUC by"));
        let page = String::from_utf8(project.read("one.run/report.html")).unwrap();
        assert!(page.contains("id=\"pretraining\"") && page.contains(words), "{pretext}");
        // What is told is no evidence.
        let layers: Vec<&str> = found.attribution.iter().map(|line| &*line.layer).collect();
        assert_eq!(layers.contains(&"lithology"), pretext == AUTOENCODER, "{layers:?}");
        // The saved network draws the same map, without its pretext.
        project
            .paydirt(&["predict", "one.run", "--project", "project.toml", "--out", "told"])
            .expect(0, &[]);
        let map = |folder: &str| -> Vec<u32> {
            let path = project.path(folder).join("maps/prospectivity.tif");
            let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
            let (values, _) = paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap();
            values.into_iter().map(f32::to_bits).collect()
        };
        assert_eq!(map("one.run"), map("told"));
        let again = run(&project, "two.run");
        assert_eq!((found.models, map("one.run")), (again.models, map("two.run")));
    }
}

#[test]
fn points_of_known_rock_are_told_and_the_report_says_where_they_were_held_out() {
    let mut rocks = String::from("easting,northing,rock\n");
    for at in 0..400 {
        let (east, north) = (400_050 + at % 20 * 200, 6_999_950 - at / 20 * 200);
        writeln!(rocks, "{east},{north},{}", if at % 20 > 9 { "basalt" } else { "granite" })
            .unwrap();
    }
    let points = "points = { path = \"rocks.csv\", class = \"rock\", crs = \"EPSG:32635\" }";
    let text = GEOLOGY.replace("layer = \"lithology\"", points);
    let folder = |pretext: &str| {
        let project = project(&format!("{pretext}{PERCEPTRON}"));
        project.write("rocks.csv", &rocks);
        project
    };
    let told = folder(&text);
    let found = run(&told, "one.run");
    assert!(found.attribution.iter().any(|line| line.layer == "lithology"));
    assert!(!found.pretraining.unwrap().independent);
    let free = folder(&text.replace("rows = 300", "rows = 300\nindependent = true"));
    assert!(run(&free, "one.run").pretraining.unwrap().independent);
    let page = String::from_utf8(free.read("one.run/report.html")).unwrap();
    assert!(page.contains("also learned on ground that is held out"));
    folder(&text.replace("\"rock\"", "\"stone\""))
        .paydirt(&["run", "project.toml"])
        .expect(3, &["has no column `stone`", "hint: there are: easting, northing, rock"]);
    folder(&text.replace("rows = 300", "rows = 300\nlayer = \"lithology\""))
        .paydirt(&["run", "project.toml"])
        .expect(2, &["names a `layer` and `points`"]);
}

#[test]
fn a_table_without_coordinates_is_judged_by_groups() {
    let project = District::new().project();
    let mut samples = String::from("DEP,PC1,PC2,rock,camp\n");
    for row in 0..120 {
        let deposit = u8::from(row * 7 % 11 > 8);
        let (one, other) = (row * 37 % 101, row * 53 % 89);
        writeln!(samples, "{deposit},{one},{other},{},c{}", u8::from(one > 50), row % 5).unwrap();
    }
    project.write("samples.csv", samples);
    let text = |pretext: &str| {
        format!(
            "name = \"rows\"\n[table]\npath = \"samples.csv\"\nrole = \"DEP\"\n\
             roles = {{ \"1\" = \"deposit\", \"0\" = \"negative\" }}\ngroup = \"camp\"\n\
             columns = [{{ name = \"PC1\" }}, {{ name = \"PC2\" }}, {{ name = \"rock\", type = \"categorical\" }}]\n\
             [sample.given_negatives]\n[split.leave_one_group_out]\n{pretext}{PERCEPTRON}\
             transfer = {{ mode = \"probing\" }}\n[explain]\npermutation = {{ shuffles = 0 }}\n"
        )
    };
    project.write("project.toml", text(&GEOLOGY.replace("lithology", "rock")));
    let found = run(&project, "one.run");
    assert!(found.models.iter().any(|model| model.name == "mlp, from scratch"));
    assert!(found.attribution.iter().all(|line| line.layer != "rock"));
}

#[test]
fn what_cannot_be_is_refused_with_the_remedy() {
    let refuse = |model: &str, code: i32, says: &[&str]| {
        project(model).paydirt(&["run", "project.toml"]).expect(code, says);
    };
    refuse(
        &format!("{AUTOENCODER}[model.forest]\n"),
        2,
        &["no model takes what [pretrain.autoencoder] learns", "hint: name [model.mlp]"],
    );
    refuse(
        &format!("{PERCEPTRON}transfer = {{ mode = \"probing\" }}\n"),
        2,
        &["`transfer` of [model.mlp] has nothing to take over"],
    );
    refuse(
        &format!("{}{PERCEPTRON}", GEOLOGY.replace("lithology", "granite")),
        2,
        &["tells the classes of `granite`, which is no evidence layer"],
    );
    refuse(
        &format!("[select.relevance]\n{AUTOENCODER}{PERCEPTRON}"),
        2,
        &["[select] drops columns that [pretrain.autoencoder] learned from"],
    );
    refuse(
        &format!("{}{PERCEPTRON}", AUTOENCODER.replace("rows = 300", "rows = 3")),
        2,
        &["pretrain.autoencoder.rows", "100 to 1,000,000"],
    );
    let one_class = project(&format!("{GEOLOGY}{PERCEPTRON}"));
    one_class.write("data/lithology.tif", support::tiff::Tiff::of(|_| 3.0).bytes());
    one_class
        .paydirt(&["run", "project.toml"])
        .expect(3, &["[pretrain.geology] tells classes, and `lithology` has one class at most"]);
}
