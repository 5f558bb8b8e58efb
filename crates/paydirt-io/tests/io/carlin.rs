//! Grids and shapefiles as the USGS published them (DDS-41), against the same layers aligned by
//! others to the study area.

use paydirt_core::layer::EvidenceType;
use paydirt_core::step::Geometry;
use paydirt_io::raster::{self, Request, Resample};
use paydirt_io::vector::{self, PointOptions, ShapeOptions};

use crate::support::{cells, listing, shared};

#[test]
fn published_grids_align_to_the_same_cells() {
    let Some(folder) = shared("carlin") else { return };
    let like = folder.join("study_area.tif");
    let grid = raster::inspect(&like).unwrap().grid(&like).unwrap();
    let area = cells(&like, 1);
    let before = listing(&folder.join("raw"));
    for (raw, aligned, resampling) in [
        ("al_rcl", "nure_al_rcl", Some(Resample::Nearest)),
        ("as_rcl", "nure_as_rcl", Some(Resample::Nearest)),
        ("ca_rcl", "nure_ca_rcl", Some(Resample::Nearest)),
        ("k_rcl", "nure_k_rcl", Some(Resample::Nearest)),
        ("sb_rcl", "nure_sb_rcl", Some(Resample::Nearest)),
        ("falha_rcl", "fault_distance_rcl", Some(Resample::Nearest)),
        ("geologia", "geology", None),
        ("stdyarea250", "study_area", None),
    ] {
        let path = folder.join("raw").join(raw);
        let request = Request { evidence_type: EvidenceType::Ordinal, ..Request::default() };
        let (values, report) = raster::read(&path, &grid, &request).unwrap();
        assert_eq!(report.resampling, resampling, "{raw}");
        assert_eq!(report.nodata_rule, "tag 255, not finite");
        let expected = cells(&folder.join(format!("{aligned}.tif")), 1);
        let wrong = (0..grid.cells()).filter(|&unit| area[unit] != 255.0).filter(|&unit| {
            let known = expected[unit] != 255.0;
            if known { values[unit] != expected[unit] } else { !values[unit].is_nan() }
        });
        assert_eq!(wrong.count(), 0, "{raw}");
    }
    assert_eq!(listing(&folder.join("raw")), before, "nothing is written beside an input");
}

#[test]
fn published_shapefiles_hold_deposits_and_faults() {
    let Some(folder) = shared("carlin/raw") else { return };
    let like = folder.join("stdyarea250");
    let grid = raster::inspect(&like).unwrap().grid(&like).unwrap();
    let deposits =
        vector::read_points(&folder.join("TrainGP.shp"), &grid.crs, &PointOptions::default())
            .unwrap();
    assert_eq!((deposits.records.len(), deposits.skipped.len()), (32, 0));
    assert_eq!(deposits.records[0].attributes["SITE"], "BOOTSTRAP MINE");
    // 41-01-08N, 116-24-58W by the file's own attributes; the projection by hand is too long, but the
    // row below the top of the study area is plain.
    assert!(deposits.records.iter().all(|record| grid.locate(record.place).is_some()));
    let faults =
        vector::read_shapes(&folder.join("gbfaults3.shp"), &grid.crs, &ShapeOptions::default())
            .unwrap();
    assert_eq!(faults.shapes.len(), 1674);
    assert!(faults.shapes.iter().all(|shape| matches!(shape.geometry, Geometry::Lines(_))));
}
