//! Tables of mineral records: the USGS Mineral Resources Data System (MRDS), and any other table with
//! coordinates and a list of commodities.
//!
//! The MRDS table (`mrds.csv`, Latin-1, 39 fields and two more) has `dep_id`, `site_name`, `latitude`,
//! `longitude`, `commod1` (primary), `commod2`, `commod3`, `dev_stat` and `score`; its lists read `Uranium,
//! Vanadium`. Other tables have one column `commodities` or `commodity`. What is none of these is not read.

use std::path::Path;

use paydirt_core::grid::Crs;
use paydirt_core::infill::occurrence::Record;

use crate::vector::{PointOptions, PointRecord, Skipped, read_points};
use crate::{Error, Result};

/// Names that columns go by, in the order in which they are looked for.
const IDS: [&str; 3] = ["dep_id", "record_id", "id"];
const NAMES: [&str; 3] = ["site_name", "name", "site"];
const STATUSES: [&str; 2] = ["dev_stat", "status"];
const SCORES: [&str; 2] = ["score", "rank"];
const LISTS: [&[&str]; 3] = [&["commod1", "commod2", "commod3"], &["commodities"], &["commodity"]];

/// What is asked of a table.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Columns of commodities, all of them; recognised by themselves where none is given.
    pub commodities: Vec<String>,
    /// Column of eastings or longitudes, as of [`PointOptions`].
    pub easting: Option<String>,
    /// Column of northings or latitudes.
    pub northing: Option<String>,
    /// The system of the coordinates; EPSG:4326 for longitudes and latitudes.
    pub crs: Option<Crs>,
}

/// Records in the project's system.
#[derive(Clone, Debug)]
pub struct Table {
    /// The records, in the file's order.
    pub records: Vec<Record>,
    /// The system of the coordinates, by code or name.
    pub crs: String,
    /// The columns of commodities that were read.
    pub commodities: Vec<String>,
    /// Rows without a place.
    pub skipped: Vec<Skipped>,
    /// What is odd, one sentence each.
    pub warnings: Vec<String>,
}

/// The columns of a header that are read.
#[derive(Default)]
struct Columns {
    id: Option<String>,
    name: Option<String>,
    status: Option<String>,
    score: Option<String>,
    lists: Vec<String>,
}

/// Reads a table of mineral records and brings its places into `target`.
///
/// # Errors
/// As [`read_points`]: a table without coordinates is refused; [`Error::Unknown`] where it has no column of
/// commodities.
pub fn read(path: &Path, target: &Crs, options: &Options) -> Result<Table> {
    let header = crate::table::text::header(path)?;
    let columns = Columns::of(path, &header, options)?;
    let points = read_points(
        path,
        target,
        &PointOptions {
            easting: options.easting.clone(),
            northing: options.northing.clone(),
            crs: options.crs.clone(),
            only: Some(columns.all()),
            ..PointOptions::default()
        },
    )?;
    Ok(Table {
        records: points.records.into_iter().map(|point| columns.record(point)).collect(),
        crs: points.crs,
        commodities: columns.lists,
        skipped: points.skipped,
        warnings: points.warnings,
    })
}

impl Columns {
    fn of(path: &Path, header: &[String], options: &Options) -> Result<Self> {
        let find = |wanted: &str| {
            header.iter().find(|name| name.trim().eq_ignore_ascii_case(wanted)).cloned()
        };
        let any = |names: &[&str]| names.iter().find_map(|name| find(name));
        let unknown = |name: &str| Error::Unknown {
            path: path.into(),
            what: "column of commodities",
            name: name.into(),
            known: header.join(", "),
        };
        let lists: Vec<String> = match options.commodities.is_empty() {
            false => {
                let each =
                    options.commodities.iter().map(|name| find(name).ok_or_else(|| unknown(name)));
                each.collect::<Result<_>>()?
            }
            true => LISTS
                .iter()
                .map(|names| names.iter().filter_map(|name| find(name)).collect::<Vec<_>>())
                .find(|found| !found.is_empty())
                .ok_or_else(|| unknown("commod1, commodities or commodity"))?,
        };
        let (id, name) = (any(&IDS), any(&NAMES));
        Ok(Self { id, name, status: any(&STATUSES), score: any(&SCORES), lists })
    }

    fn all(&self) -> Vec<String> {
        let single = [&self.id, &self.name, &self.status, &self.score].into_iter().flatten();
        single.chain(&self.lists).cloned().collect()
    }

    fn record(&self, mut point: PointRecord) -> Record {
        let mut take =
            |name: &Option<String>| name.as_ref().and_then(|name| point.attributes.remove(name));
        let (id, name, status, score) =
            (take(&self.id), take(&self.name), take(&self.status), take(&self.score));
        let mut letters = score.iter().flat_map(|score| score.trim().chars());
        let score = letters.next().filter(|_| letters.next().is_none());
        let lists = self.lists.iter().filter_map(|name| point.attributes.remove(name));
        Record { id, name, commodities: lists.collect(), status, score, place: point.place }
    }
}

#[cfg(test)]
mod tests {
    use paydirt_core::grid::{GeoTransform, Grid};
    use paydirt_core::infill::SpeciesLayers;
    use paydirt_core::infill::occurrence::{Rules, sites};

    use super::*;

    /// The fields of `mrds.csv` as `mrds.met` lists them, with `url` and `score`.
    const FIELDS: &str = "dep_id,url,mrds_id,mas_id,site_name,latitude,longitude,region,country,state,county,\
        com_type,commod1,commod2,commod3,oper_type,dep_type,prod_size,dev_stat,ore,gangue,other_matl,orebody_fm,\
        work_type,model,alteration,conc_proc,prev_name,ore_ctrl,reporter,hrock_unit,hrock_type,arock_unit,\
        arock_type,structure,tectonic,ref,yfp_ba,yr_fst_prd,ely_ba,score";

    fn row(id: &str, name: &str, place: [&str; 2], lists: [&str; 3], end: [&str; 2]) -> Vec<u8> {
        let mut cells = vec![String::new(); FIELDS.split(',').count()];
        let at = |field: &str| FIELDS.split(',').position(|name| name.trim() == field).unwrap();
        for (field, text) in [("dep_id", id), ("site_name", name), ("latitude", place[0])] {
            cells[at(field)] = format!("\"{text}\"");
        }
        for (field, text) in ["longitude", "commod1", "commod2", "commod3", "dev_stat", "score"]
            .into_iter()
            .zip([place[1], lists[0], lists[1], lists[2], end[0], end[1]])
        {
            cells[at(field)] = format!("\"{text}\"");
        }
        // Latin-1: every character is its byte.
        format!("{}\n", cells.join(",")).chars().map(|c| c as u32 as u8).collect()
    }

    fn write(rows: &[Vec<u8>]) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        let head: String = FIELDS.split(',').map(str::trim).collect::<Vec<_>>().join(",");
        let bytes = [format!("{head}\n").into_bytes(), rows.concat()].concat();
        fs_err::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn the_mrds_table_becomes_occurrences() {
        let file = write(&[
            row(
                "1",
                "Peña Blanca",
                ["39", "-120"],
                ["Uranium, Vanadium", "Gold", ""],
                ["Prospect", "B"],
            ),
            row("2", "Mill", ["39", "-120"], ["Gold", "", ""], ["Plant", "A"]),
            row("1", "Peña Blanca", ["39", "-120"], ["Silver", "", ""], ["Prospect", "C"]),
            row("3", "Nowhere", ["0", "0"], ["Gold", "", ""], ["Unknown", ""]),
        ]);
        let target = crate::crs::parse("EPSG:5070").unwrap();
        let table = read(file.path(), &target, &Options::default()).unwrap();
        assert_eq!(table.commodities, ["commod1", "commod2", "commod3"]);
        assert_eq!((table.records.len(), table.skipped.len()), (3, 1));
        assert_eq!(table.records[0].name.as_deref(), Some("Peña Blanca"));
        let found = sites(&table.records, &Rules::default());
        assert_eq!((found.sites.len(), found.dropped, found.duplicates), (1, 1, 1));
        assert_eq!(found.sites[0].quality, Some(4));
        let all: Vec<&str> = found.sites[0].commodities.iter().map(String::as_str).collect();
        assert_eq!(all, ["gold", "silver", "uranium", "vanadium"]);
    }

    #[test]
    fn tables_without_coordinates_or_commodities_are_refused() {
        let target = crate::crs::parse("EPSG:5070").unwrap();
        let refuse = |text: &str, options: &Options| {
            let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
            fs_err::write(file.path(), text).unwrap();
            read(file.path(), &target, options).unwrap_err()
        };
        let none = Options::default();
        let error = refuse("name,commodities\nBlue Jay,Gold\n", &none);
        assert!(matches!(error, Error::NoCoordinates { .. }) && error.hint().is_some(), "{error}");
        let error = refuse("longitude,latitude,metal\n-120,39,Gold\n", &none).to_string();
        assert!(error.contains("commodities") && error.contains("metal"), "{error}");
        let named = Options { commodities: vec!["ore".into()], ..Options::default() };
        let error = refuse("longitude,latitude,metal\n-120,39,Gold\n", &named).to_string();
        assert!(error.contains("`ore`"), "{error}");
    }

    /// The counts of the specification, from the file beside the repository; passes without it.
    #[test]
    fn california_has_the_occupied_cells_that_are_told_of_it() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/conus/mrds_california.csv");
        if !path.exists() {
            return;
        }
        let target = crate::crs::parse("EPSG:5070").unwrap();
        let table = read(&path, &target, &Options::default()).unwrap();
        assert_eq!(table.records.len(), 42_744);
        let rules = Rules { separators: "|,;/ ".into(), ..Rules::default() };
        let found = sites(&table.records, &rules);
        let names = [
            "Gold",
            "Silver",
            "Copper",
            "Lead",
            "Manganese",
            "Tungsten",
            "Zinc",
            "Iron",
            "Uranium",
        ]
        .map(String::from);
        let names: Vec<String> = names.into_iter().chain(["Nickel".into()]).collect();
        let [width, height] = [400, 900];
        let cell = 1609.344;
        let north = 1_247_315.932 + height as f64 * cell;
        let transform =
            GeoTransform { west: -2_349_226.650, north, cell_width: cell, cell_height: cell };
        // The whole extent is 904 x 435 cells.
        let whole = GeoTransform { north: north + 4.0 * cell, ..transform };
        let grid = Grid::new(target.clone(), whole, height + 4, width + 35).unwrap();
        let layers = SpeciesLayers::new(grid, &found, &names).unwrap();
        let cells: Vec<usize> = layers.presence.iter().map(|cells| cells.count()).collect();
        let told = [8885, 3333, 2698, 1332, 1020, 894, 694, 690, 315, 103];
        for (found, told) in cells.iter().zip(told) {
            assert!(found.abs_diff(told) <= 2, "{cells:?}");
        }
        assert!(layers.occupied().count().abs_diff(12_059) <= 3, "{}", layers.occupied().count());
        let grid = Grid::new(target, transform, height, width).unwrap();
        let layers = SpeciesLayers::new(grid, &found, &names).unwrap();
        assert!(layers.occupied().count().abs_diff(11_821) <= 3, "{}", layers.occupied().count());
    }
}
