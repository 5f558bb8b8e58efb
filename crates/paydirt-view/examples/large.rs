//! Makes a run folder with one map of many cells, to see how the viewer does on it:
//! `cargo run --release -p paydirt-view --example large -- FOLDER [CELLS A SIDE]`.

use std::path::PathBuf;

use paydirt_core::grid::{GeoTransform, Grid};
use paydirt_io::cog::{self, Band, Overviews, Spec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?).join("maps");
    let side: usize = arguments.next().map_or(Ok(20_000), |side| side.parse())?;
    fs_err::create_dir_all(&folder)?;
    let crs = paydirt_io::crs::parse("EPSG:32635")?;
    let transform = GeoTransform { west: 2e5, north: 7.8e6, cell_width: 30.0, cell_height: 30.0 };
    let grid = Grid::new(crs, transform, side, side)?;
    let wave = |place: usize, length: f32| (place as f32 / length).sin();
    let value = |row: usize, col: usize| {
        let broad = wave(row, 1700.0) * wave(col, 2300.0);
        let fine = wave(row + 3 * col, 61.0) * wave(col + 80_000 - row, 83.0);
        // Away from the edge of a round study area nothing is known.
        let middle = side as f32 / 2.0;
        let far = (row as f32 - middle).hypot(col as f32 - middle);
        if far > middle { f32::NAN } else { (2.0 * broad + fine - 6.0).exp() }
    };
    for name in ["prospectivity", "prospectivity_rank"] {
        let bands = vec![Band { name: name.into(), unit: "probability".into() }];
        let spec = Spec { bands, overviews: Overviews::Average, ..Spec::default() };
        cog::write::<f32>(&folder.join(format!("{name}.tif")), &grid, &spec, &mut |rows| {
            let cells = rows.flat_map(|row| (0..side).map(move |col| value(row, col)));
            Ok(vec![cells.collect()])
        })?;
    }
    Ok(())
}
