//! Inverse distance against the published element values of DEEP-SEAM's 672 cells: power 2 over all
//! samples within 0.015 degrees, the plane being that of the degrees themselves.

use std::path::PathBuf;

use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};
use paydirt_core::gridding::validation;
use paydirt_core::step::{Geometry, Shape, Source, Surface, inverse_distance};

/// Header and cells of a file of the shared data; `None` where they are not there.
fn table(name: &str) -> Option<(Vec<String>, Vec<Vec<f64>>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/curnamona");
    let text = fs_err::read_to_string(folder.join(name)).ok()?;
    let mut lines = text.lines();
    let header = lines.next()?.split(',').map(|cell| cell.trim_matches('"').to_string());
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
    Some((header.collect(), lines.map(row).collect()))
}

#[test]
fn elements_are_those_of_the_published_cells() {
    let (Some(samples), Some(cells)) =
        (table("deep_seam/tables/ILRRPCA.csv"), table("grid_672.csv"))
    else {
        return;
    };
    let column = |table: &(Vec<String>, Vec<Vec<f64>>), name: &str| {
        let at = table.0.iter().position(|other| other == name).unwrap();
        table.1.iter().map(|row| row[at]).collect::<Vec<f64>>()
    };
    let (eastings, northings) = (column(&cells, "X"), column(&cells, "Y"));
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (width, height) = (
        (most(&eastings) - least(&eastings)) / 46.0,
        (most(&northings) - least(&northings)) / 47.0,
    );
    let transform = GeoTransform {
        west: least(&eastings) - width / 2.0,
        north: most(&northings) + height / 2.0,
        cell_width: width,
        cell_height: height,
    };
    let grid = Grid::new(Crs::local_metres(), transform, 48, 47).unwrap();
    let settings = inverse_distance::Settings {
        neighbours: 615,
        radius_m: Some(0.015),
        max_distance_m: Some(0.015),
        min_neighbours: 1,
        validation: validation::Settings { folds: 0, ..Default::default() },
        ..Default::default()
    };
    let places: Vec<[f64; 2]> = column(&samples, "lon_gda94")
        .into_iter()
        .zip(column(&samples, "lat_gda94"))
        .map(|(longitude, latitude)| [longitude, latitude])
        .collect();
    let counts = column(&cells, "geochem_n");
    let (mut compared, mut apart) = (0, 0);
    for element in ["Th", "Y", "Co", "Nb", "Pb", "Zr"] {
        let values = column(&samples, element);
        let shapes: Vec<Shape> = places
            .iter()
            .zip(values)
            .map(|(place, value)| Shape {
                geometry: Geometry::Points(vec![*place]),
                value: Some(value as f32),
            })
            .collect();
        let drawn = settings.draw(&Source::Shapes(&shapes), &grid).unwrap();
        let published = column(&cells, &format!("geochem_{element}"));
        for (index, theirs) in published.into_iter().enumerate().filter(|(i, _)| counts[*i] > 0.0) {
            let place = Point { easting: eastings[index], northing: northings[index] };
            let ours = f64::from(drawn[grid.locate(place).unwrap()]);
            compared += 1;
            let close = (ours - theirs).abs() <= 1e-3 * theirs.abs().max(1.0);
            apart += usize::from(!close);
        }
    }
    assert_eq!(compared, 6 * 487);
    // The published coordinates are rounded, and a sample at the radius itself falls on either side.
    assert!(apart * 100 <= compared, "{apart} of {compared}");
}
