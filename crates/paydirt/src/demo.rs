//! The demonstration: a synthetic district written as a geologist would bring it, and its truth
//! apart.

use std::fmt::Write;
use std::path::Path;

use paydirt_core::district::{self, District};
use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use paydirt_core::step::Shape;
use paydirt_io::{cog, gpkg};

use crate::error::Result;

/// The district lies nowhere, but programs that open its maps want a coordinate reference system.
const FICTION: &str = "EPSG:32635";

/// Writes a district into a folder: rasters, faults, found deposits and a project file; the truth
/// in a folder of its own, which no project reads.
///
/// # Errors
/// Settings out of range, or a folder that cannot be written.
pub fn write(folder: &Path, settings: &district::Settings) -> Result<District> {
    let mut district = district::generate(settings)?;
    district.grid.crs = paydirt_io::crs::parse(FICTION)?;
    let (data, truth) = (folder.join("data"), folder.join("truth"));
    fs_err::create_dir_all(&data)?;
    fs_err::create_dir_all(&truth)?;
    let area: Vec<f32> = (0..district.grid.cells())
        .map(|unit| if district.area.get(unit) { 1.0 } else { f32::NAN })
        .collect();
    raster(&data.join("study_area.tif"), &district.grid, "study_area", &area)?;
    for layer in &district.layers {
        let file = data.join(format!("{}.tif", layer.info.name));
        raster(&file, &district.grid, &layer.info.unit, layer.stored())?;
    }
    raster(&truth.join("probability.tif"), &district.grid, "probability", &district.truth)?;
    lines(&data.join("faults.gpkg"), &district.grid, "faults", &district.faults)?;
    fs_err::write(data.join("deposits.csv"), deposits(&district, true))?;
    fs_err::write(truth.join("all_deposits.csv"), deposits(&district, false))?;
    let split = blocks(settings);
    fs_err::write(folder.join("project.toml"), project(&district, settings, &split))?;
    fs_err::write(folder.join("discovery.toml"), project(&district, settings, DISCOVERY))?;
    Ok(district)
}

fn raster(path: &Path, grid: &Grid, unit: &str, values: &[f32]) -> Result<()> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let bands = vec![cog::Band { name, unit: unit.into() }];
    let spec = cog::Spec { bands, ..cog::Spec::default() };
    Ok(cog::write(path, grid, &spec, &mut |rows| {
        Ok(vec![values[rows.start * grid.cols..rows.end * grid.cols].to_vec()])
    })?)
}

fn lines(path: &Path, grid: &Grid, name: &str, shapes: &[Shape]) -> Result<()> {
    let features = shapes
        .iter()
        .map(|shape| gpkg::Feature { geometry: shape.geometry.clone(), values: Vec::new() })
        .collect();
    let kind = shapes.first().map_or(gpkg::Kind::Lines, |shape| gpkg::Kind::of(&shape.geometry));
    let layer = gpkg::Layer { name: name.into(), kind, fields: Vec::new(), features, style: None };
    Ok(gpkg::write(path, &grid.crs, &[layer])?)
}

fn deposits(district: &District, found_only: bool) -> String {
    let mut text = String::from("name,camp,easting,northing,found,year\n");
    for deposit in district.deposits.iter().filter(|deposit| deposit.found || !found_only) {
        let place = deposit.place;
        let _ = writeln!(
            text,
            "{},{},{:.1},{:.1},{},{}",
            deposit.name,
            deposit.district,
            place.easting,
            place.northing,
            deposit.found,
            deposit.year.map_or(String::new(), |year| year.to_string())
        );
    }
    text
}

/// Layers that a geologist would give gaps (under cover) are filled by the median, which says so in
/// a layer of its own.
fn project(district: &District, settings: &district::Settings, split: &str) -> String {
    let mut text = format!(
        "# A synthetic district with known truth. Nothing here reads the folder `truth`.\n\
         name = \"district\"\nseed = {}\n\n[grid]\nlike = \"data/study_area.tif\"\n\
         study_area = \"data/study_area.tif\"\n",
        settings.seed
    );
    for layer in &district.layers {
        let kind = format!("{:?}", layer.info.evidence_type).to_lowercase();
        let (_, missing) = layer.count_known_and_missing();
        let steps = match (missing, layer.info.evidence_type) {
            (0, _) => "",
            (_, EvidenceType::Categorical) => "steps = [{ impute_median = {} }]\n",
            _ => "steps = [{ winsorise = {} }, { impute_median = {} }]\n",
        };
        let _ = write!(
            text,
            "\n[[evidence]]\nname = \"{0}\"\npath = \"data/{0}.tif\"\ntype = \"{kind}\"\nunit = \"{1}\"\n{steps}",
            layer.info.name, layer.info.unit
        );
    }
    let _ = write!(
        text,
        "\n[labels]\npath = \"data/deposits.csv\"\ncrs = \"{FICTION}\"\nname = \"name\"\ngroup = \"camp\"\n\
         {split}\n[model.forest]\ntrees = 200\n"
    );
    text
}

/// Ground held out in blocks.
fn blocks(settings: &district::Settings) -> String {
    let wide = settings.cell_m * settings.cols.min(settings.rows) as f64;
    format!(
        "\n[sample.distant_unlabelled]\nper_deposit = 20\nat_least_m = {:.0}\n\n\
         [split.blocks]\nblock_m = {:.0}\nbuffer_m = {:.0}\nfolds = 5\nrepeats = 3\n",
        settings.cell_m * 5.0,
        wide / 8.0,
        settings.cell_m * 5.0,
    )
}

/// What was known before a year trains, what was found later is held out. Unlabelled cells may lie near
/// deposits: a distance kept from those that are not found yet would show where they are.
const DISCOVERY: &str = "year = \"year\"\n\n[sample.distant_unlabelled]\nper_deposit = 20\nat_least_m = 0\n\n\
     [split.discovery]\nfolds = 5\nrepeats = 3\n";
