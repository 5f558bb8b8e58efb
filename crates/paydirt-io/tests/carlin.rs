//! Grids and shapefiles as the USGS published them, against the same layers aligned by others.

mod support;

use std::path::Path;

use paydirt_core::layer::EvidenceType;
use paydirt_io::raster::{self, Request};
use paydirt_io::vector::{self, PointOptions, ShapeOptions};
use support::{cells, shared};

#[test]
fn explore() {
    let Some(folder) = shared("carlin") else { return };
    let like = folder.join("study_area.tif");
    let grid = raster::inspect(&like).unwrap().grid(&like).unwrap();
    for (raw, aligned) in [("al_rcl","nure_al_rcl"),("as_rcl","nure_as_rcl"),("ca_rcl","nure_ca_rcl"),("k_rcl","nure_k_rcl"),("sb_rcl","nure_sb_rcl"),("falha_rcl","fault_distance_rcl"),("geologia","geology"),("stdyarea250","study_area")] {
        let info = raster::inspect(&folder.join("raw").join(raw)).unwrap();
        println!("{raw}: {info:?}");
        let request = Request { evidence_type: EvidenceType::Categorical, ..Request::default() };
        let (values, report) = raster::read(&folder.join("raw").join(raw), &grid, &request).unwrap();
        println!("{report:#?}");
        let expected = cells(&folder.join(format!("{aligned}.tif")), 1);
        let e: Vec<f32> = expected.iter().map(|v| if *v == 255.0 { f32::NAN } else { *v }).collect();
        let both = values.iter().zip(&e).filter(|(a,b)| !a.is_nan() && !b.is_nan()).count();
        let eq = values.iter().zip(&e).filter(|(a,b)| a == b).count();
        let only_a = values.iter().zip(&e).filter(|(a,b)| !a.is_nan() && b.is_nan()).count();
        let only_b = values.iter().zip(&e).filter(|(a,b)| a.is_nan() && !b.is_nan()).count();
        println!("{raw} both {both} equal {eq} only ours {only_a} only theirs {only_b}");
    }
    let _ = (Path::new(""), ShapeOptions::default(), PointOptions::default());
    let p = vector::read_points(&folder.join("raw/TrainGP.shp"), &grid.crs, &PointOptions::default()).unwrap();
    println!("{:?} {:?} {:?}", p.records.len(), p.warnings, p.records[0]);
    let s = vector::read_shapes(&folder.join("raw/gbfaults3.shp"), &grid.crs, &ShapeOptions::default()).unwrap();
    println!("{:?} {:?}", s.shapes.len(), s.warnings);
}
