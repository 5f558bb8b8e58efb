//! Every way to learn from unlabelled ground, and to even out classes, from the project file to the
//! report and the saved model.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use paydirt::judge::Standing;
use paydirt::report::Report;
use paydirt_core::split::SplitKind;

use crate::support::District;

struct Way {
    sections: &'static str,
    /// What the report says of it, in order.
    says: &'static [&'static str],
    /// The line of the same model without it.
    plain: &'static str,
}

const WAYS: [Way; 5] = [
    Way {
        sections: "[thinning]\nat_least_m = 300\n[unlabelled.bagging]\nbags = 4\n[balance.smote]\n\
                   [model.forest]\ntrees = 20\n",
        says: &[
            "keep 300\u{a0}m from one another",
            "the mean of 4, each fitted on all deposits",
            "SMOTE, Chawla and others 2002",
            "each bag held",
        ],
        plain: "forest, plain",
    },
    Way {
        sections: "[unlabelled.spy]\nnoise_share = 0.3\n[balance.smote_tomek.smote]\nneighbours = 3\n\
                   [model.logistic]\n",
        says: &["Liu and others 2002", "Tomek links", "were taken for likely negatives"],
        plain: "logistic, plain",
    },
    Way {
        sections: "[select.relevance]\n[unlabelled.distance_rank]\nlikely_neg_range = [0.3, 1.0]\n\
                   multiplier = 3\noversample = true\n[model.boosting]\ntrees = 20\n",
        says: &["(relevance)", "ranks from 30\u{a0}% to 100\u{a0}%", "likely negatives were drawn"],
        plain: "boosting, plain",
    },
    Way {
        sections: "[model.boosting]\ntrees = 20\nloss = \"nnpu\"\n",
        says: &["a mixture of barren ground and deposits", "is estimated as 0."],
        plain: "boosting, plain",
    },
    Way {
        sections: "[model.logistic]\nloss = \"presence_only\"\nprior = 0.05\n",
        says: &["a mixture of barren ground and deposits", "is given as 0.05"],
        plain: "logistic, plain",
    },
];

/// The bits of the map.
fn cells(project: &support::Project, folder: &str) -> Vec<u32> {
    let path = project.path(folder).join("maps/prospectivity.tif");
    let grid = paydirt_io::raster::inspect(&path).unwrap().grid(&path).unwrap();
    let values = paydirt_io::raster::read(&path, &grid, &Default::default()).unwrap().0;
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn every_way_runs_is_told_and_stands_beside_the_same_model_without_it() {
    let district = District::new();
    for Way { sections, says, plain } in &WAYS {
        let project = district.project();
        project.edit("[model.forest]\ntrees = 20\n", sections);
        project.paydirt(&["run", "project.toml", "--out", "one.run"]).expect(0, &[]);
        let report: Report = serde_json::from_slice(&project.read("one.run/report.json")).unwrap();
        let told = report.training.join(" ");
        let mut rest = told.as_str();
        for words in *says {
            let place = rest.find(words);
            assert!(place.is_some(), "`{words}` in its place in {told}");
            rest = &rest[place.unwrap()..];
        }
        let page = String::from_utf8(project.read("one.run/report.html")).unwrap();
        assert!(page.contains("<b>Training side.</b>"));
        let line = report.models.iter().find(|line| line.name == *plain).unwrap();
        assert_eq!((line.role, line.split), (Standing::Baseline, SplitKind::Spatial));
        let chosen = report.models.iter().find(|line| line.role == Standing::Chosen).unwrap();
        assert_ne!(line.metrics, chosen.metrics, "{sections}");
        assert_eq!(cells(&project, "one.run"), {
            let predict = ["predict", "one.run", "--project", "project.toml", "--out", "again"];
            project.paydirt(&predict).expect(0, &[]);
            cells(&project, "again")
        });
    }
}

#[test]
fn a_project_without_them_says_nothing_of_them() {
    let project = District::new().project();
    project.paydirt(&["run", "project.toml", "--out", "one.run"]).expect(0, &[]);
    let report: Report = serde_json::from_slice(&project.read("one.run/report.json")).unwrap();
    assert!(report.training.is_empty());
    assert!(report.models.iter().all(|line| !line.name.contains("plain")));
    assert!(
        !String::from_utf8(project.read("one.run/report.html")).unwrap().contains("Training side")
    );
}
