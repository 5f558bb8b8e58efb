//! What a run and `paydirt explain` say of the model, on small districts.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use paydirt::explain::Found;
use paydirt::explain::groups::FoundBy;
use paydirt::explain::place::Place;
use paydirt::report::Report;
use support::{District, Project};

/// The project's own run, with everything explained.
fn report(project: &Project) -> Report {
    project.paydirt(&["run", "--quiet"]).expect(0, &[]);
    serde_json::from_slice(&project.read("district.run/report.json")).unwrap()
}

fn found(project: &Project) -> Found {
    report(project).explanation
}

fn page(project: &Project) -> String {
    String::from_utf8(project.read("district.run/report.html")).unwrap()
}

/// A place of a run; what it printed must be one JSON document.
fn place(project: &Project, easting: f64, northing: f64) -> Place {
    let (easting, northing) = (easting.to_string(), northing.to_string());
    let asked = ["explain", "district.run", "--easting", &easting, "--northing", &northing];
    let said = project.paydirt(&[&asked[..], &["--json", "--quiet"]].concat()).expect(0, &[]);
    assert_eq!(said.changed, Vec::<String>::new());
    serde_json::from_str(&said.stdout).unwrap()
}

/// Adds a layer before the labels.
fn layer(project: &Project, lines: &str) {
    project.edit("[labels]", &format!("[[evidence]]\n{lines}\n\n[labels]"));
}

/// Base and shares of a cell are the score that the model itself gives it: the curves ask the model, the
/// shares are worked out.
#[test]
fn shares_add_to_the_score_that_the_model_gives() {
    for model in ["forest]\ntrees = 20", "logistic]", "nearest]"] {
        let project = District::new().project();
        project.edit("forest]\ntrees = 20", model);
        project.edit("members = 1", "members = 3");
        let report = report(&project);
        let shap = report.explanation.shap.unwrap();
        let target = shap.cells.iter().find(|cell| cell.target == Some(1)).unwrap();
        let place = place(&project, target.easting.unwrap(), target.northing.unwrap());
        assert_eq!(place.unit, shap.unit);
        assert!((place.score - shap.waterfalls[0].score).abs() < 1e-9, "{model}");
        assert!((place.probability - report.targets[0].max_score).abs() < 1e-7, "{model}");
        assert!((place.percentile - report.targets[0].percentile).abs() < 0.1, "{model}");
        // All classes of lithology are asked, its own among them.
        let own = place.parts.iter().find(|part| part.layer == "lithology").unwrap();
        let curve = place.curves.iter().find(|curve| curve.layer == "lithology").unwrap();
        let at = curve.points.iter().position(|code| Some(*code) == own.value.number).unwrap();
        let asked = f64::from(curve.scores[at].unwrap());
        assert!((asked - place.score).abs() < 1e-4, "{model}: {asked} {}", place.score);
    }
}

/// In layer units and through the pipeline: a scaled layer has the slope that the unscaled one has.
#[test]
fn effects_of_a_linear_model_are_straight_in_the_units_of_the_layer() {
    let project = District::new().project();
    project.edit("forest]\ntrees = 20", "logistic]");
    project.edit("{ impute_median = {} }", "{ impute_median = {} }, { standardise = {} }");
    let effects = found(&project).effects.unwrap();
    assert_eq!(effects.unit, "log odds");
    let arsenic = effects.layers.iter().find(|effect| effect.layer == "arsenic").unwrap();
    let accumulated = arsenic.accumulated.as_ref().unwrap();
    let dependence: Vec<f64> = arsenic.partial_dependence.iter().map(|v| v.unwrap()).collect();
    let length = f64::from(arsenic.points[arsenic.points.len() - 1] - arsenic.points[0]);
    let slope = |effect: &[f64]| (effect[effect.len() - 1] - effect[0]) / length;
    for effect in [&dependence, accumulated] {
        for (ends, points) in effect.windows(2).zip(arsenic.points.windows(2)) {
            let rise = slope(&dependence) * f64::from(points[1] - points[0]);
            assert!((ends[1] - ends[0] - rise).abs() < 2e-4, "{ends:?} {rise}");
        }
    }
    assert!(arsenic.points.iter().all(|value| (0.0..1e5).contains(value)), "{:?}", arsenic.points);
    assert_eq!(arsenic.curves.len(), 30);
    assert!(!arsenic.deposits.is_empty());
    let lithology = effects.layers.iter().find(|effect| effect.layer == "lithology").unwrap();
    assert!(!lithology.ordered && lithology.accumulated.is_none());
}

/// A layer twice: alone each half-hides the other, together they do not.
#[test]
fn twins_are_shuffled_together() {
    let project = District::new().project();
    project.edit("permutation = { shuffles = 0 }", "permutation = { shuffles = 3 }");
    project.edit("folds = 2\nrepeats = 1", "folds = 2\nrepeats = 3");
    let twin =
        "name = \"twin\"\npath = \"data/faults.gpkg\"\nunit = \"m\"\nsteps = [{ distance = {} }]";
    layer(&project, twin);
    let found = found(&project);
    let groups = found.permutation.unwrap().groups;
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!(group.group.layers, ["fault_distance", "twin"]);
    assert_eq!(group.group.found_by, FoundBy::Correlation);
    let greatest = group.alone.iter().flatten().copied().fold(f64::MIN, f64::max);
    assert!(group.auc_fall > greatest && group.alone.len() == 2, "{group:?}");
    assert!(page(&project).contains("fault_distance + twin"));

    let stability = found.stability.unwrap();
    assert_eq!((stability.members, stability.repeats), (1, 3));
    assert!(stability.members_rank_correlation.is_none());
    assert!((-1.0..=1.0).contains(&stability.repeats_rank_correlation.unwrap()));
    assert_eq!(stability.layers.len(), 4);
}

#[test]
fn groups_that_are_named_come_first() {
    let project = District::new().project();
    project.edit(
        "permutation = { shuffles = 0 }",
        "permutation = { shuffles = 1, groups = { rocks = [\"lith*\", \"arsenic\"] } }",
    );
    let groups = found(&project).permutation.unwrap().groups;
    assert_eq!((groups.len(), groups[0].group.name.as_str()), (1, "rocks"));
    assert_eq!(groups[0].group.found_by, FoundBy::Setting);
    project.edit("\"arsenic\"]", "\"gold\"]");
    project
        .paydirt(&["run", "--quiet", "--overwrite"])
        .expect(2, &["`explain.permutation.groups.rocks` names `gold`, which no layer is called"]);
}

/// Every target of the report stands in the best 2 %, so each is brought out of the best 5 %; ground of the
/// worst is brought in; what is fixed stays.
#[test]
fn counterfactuals_cross_and_leave_alone_what_is_fixed() {
    let project = District::new().project();
    project.edit(
        "permutation = { shuffles = 0 }",
        "permutation = { shuffles = 0 }\ncounterfactual = { changeable = [\"ars*\", \"fault_distance\"] }",
    );
    let report = report(&project);
    let told = report.explanation.counterfactual.unwrap();
    assert_eq!(told.targets.len(), report.targets.len().min(10));
    assert!(told.targets.iter().any(|target| !target.told.changes.is_empty()));
    for target in &told.targets {
        assert!(target.told.inside);
        for change in &target.told.changes {
            assert!(["arsenic", "fault_distance"].contains(&change.layer.as_str()));
            assert!(target.told.probability.unwrap() < told.at_least);
            assert!(target.told.sentence.starts_with("It would drop out of the best 5\u{a0}%"));
        }
    }
    let some = told.targets.iter().find(|target| !target.told.changes.is_empty()).unwrap();
    let words = &some.told.sentence[..some.told.sentence.find('`').unwrap()];
    assert!(page(&project).contains(words), "{words}");

    let shap = report.explanation.shap.unwrap();
    let cells = shap.cells.iter().filter(|cell| cell.drawn && !cell.deposit).take(10);
    let places: Vec<Place> =
        cells.map(|cell| place(&project, cell.easting.unwrap(), cell.northing.unwrap())).collect();
    let outside = places.iter().filter(|place| !place.counterfactual.as_ref().unwrap().inside);
    for place in outside {
        let told_here = place.counterfactual.as_ref().unwrap();
        assert!(place.probability < told.at_least);
        if let Some(then) = told_here.probability {
            assert!(then >= told.at_least && told_here.sentence.contains("would rank in the best"));
        }
    }
}

/// A layer of one value, and one of which the model sees one value only.
#[test]
fn constant_layers_have_no_effect() {
    let project = District::new().project();
    layer(&project, "name = \"same\"\npath = \"data/study_area.tif\"");
    let steps = "steps = [{ distance = {} }, { clip = { max = -1.0 } }]";
    layer(&project, &format!("name = \"clipped\"\npath = \"data/faults.gpkg\"\n{steps}"));
    let found = found(&project);
    let effects = found.effects.unwrap();
    assert_eq!(effects.constant, ["same"]);
    let clipped = effects.layers.iter().find(|effect| effect.layer == "clipped").unwrap();
    let mean = |at: usize| clipped.partial_dependence[at].unwrap();
    assert!((1..clipped.points.len()).all(|at| (mean(at) - mean(0)).abs() < 1e-12));
    let layers = found.shap.unwrap().layers;
    for name in ["same", "clipped"] {
        let line = layers.iter().find(|line| line.layer == name).unwrap();
        assert_eq!((line.mean_size, line.companion.as_deref()), (0.0, None), "{name}");
    }
    assert!(found.stability.is_none(), "one member and one repeat have nothing to agree on");
}

/// Nothing to hold out: refused with a hint, or explained; never a panic.
#[test]
fn one_deposit() {
    let project = District::new().project();
    let text = String::from_utf8(project.read("data/deposits.csv")).unwrap();
    project.write("data/deposits.csv", text.lines().take(2).collect::<Vec<_>>().join("\n"));
    let one = project.paydirt(&["run", "--quiet"]);
    let code = one.code.unwrap();
    assert!([0, 3].contains(&code), "{}", one.stderr);
    one.expect(code, &[]);
}

#[test]
fn a_table_of_samples_is_explained_without_a_map() {
    let project = District::new().project();
    let rows = (0..120_usize).map(|row| {
        let status = if row * 7 % 11 > 8 { "deposit" } else { "unlabelled" };
        format!(
            "{},{},{},{},{status}\n",
            row % 12 * 900 + 50,
            row / 12 * 900 + 50,
            row * 7 % 11,
            row * 13 % 29
        )
    });
    let rows: String = std::iter::once("e,n,cu,au,status\n".to_string()).chain(rows).collect();
    project.write("samples.csv", rows);
    project.write(
        "project.toml",
        "name = \"district\"\n\n[table]\npath = \"samples.csv\"\neasting = \"e\"\nnorthing = \"n\"\n\
         role = \"status\"\ncolumns = [{ name = \"cu\", unit = \"ppm\" }, { name = \"au\" }]\n\n\
         [sample.all_unlabelled]\n\n[split.blocks]\nblock_m = 2000\nbuffer_m = 0\nfolds = 2\nrepeats = 1\n\n\
         [model.forest]\ntrees = 20\n\n[uncertainty.ensemble]\nmembers = 2\n",
    );
    let found = found(&project);
    assert!(found.counterfactual.is_none());
    assert_eq!(found.effects.unwrap().layers.len(), 2);
    let shap = found.shap.unwrap();
    assert!(shap.waterfalls.is_empty() && shap.cells.len() == 120);
    assert!(page(&project).contains("Shares, cell by cell"));
    project
        .paydirt(&["explain", "district.run", "--easting", "1", "--northing", "1"])
        .expect(2, &["`district.run` is of a table of samples, which has no map"]);
}

#[test]
fn places_that_cannot_be_explained_say_why() {
    let project = District::new().project();
    project.edit("steps = [{ impute_median = {} }]", "");
    let report = report(&project);
    let ask = |easting: &str, northing: &str| {
        project.paydirt(&["explain", "district.run", "--easting", easting, "--northing", northing])
    };
    ask("0", "0").expect(3, &["is not on the grid"]);
    let [west, _, _, north] = report.receipt.grid.unwrap().region;
    let values = |name: &str| {
        let path = project.path(name);
        let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
        (paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap().0, grid)
    };
    let (area, grid) = values("data/study_area.tif");
    let arsenic = values("data/arsenic.tif").0;
    let gap = (0..area.len()).find(|&unit| area[unit] == 1.0 && arsenic[unit].is_nan()).unwrap();
    let centre = grid.centre(gap);
    ask(&centre.easting.to_string(), &centre.northing.to_string())
        .expect(3, &["evidence is missing at", "`arsenic` gives no value there"]);
    let (easting, northing) = ((west - 1.0).to_string(), (north + 1.0).to_string());
    ask(&easting, &northing).expect(3, &["is not on the grid"]);
    project
        .paydirt(&["explain", "nowhere.run", "--easting", "1", "--northing", "1"])
        .expect(2, &["`nowhere.run` is no run folder"]);
}
