//! Systems are one by what they do, not by how they are called.

use paydirt_core::grid::Crs;
use paydirt_io::Error;
use paydirt_io::crs::{parse, same};

use crate::support::grid;

/// EPSG:3067 as PROJ 9.5 writes it; before 9.6 its datum was no ensemble.
const OLD_3067: &str = r#"PROJCRS["ETRS89 / TM35FIN(E,N)",BASEGEOGCRS["ETRS89",DATUM["European Terrestrial Reference System 1989",ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["TM35FIN",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",27,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["easting (E)",east,LENGTHUNIT["metre",1]],AXIS["northing (N)",north,LENGTHUNIT["metre",1]]]"#;

#[test]
fn one_system_under_several_names() {
    let finland = grid("EPSG:3067", [400_000.0, 6_900_000.0], 50.0, [1000, 1000]);
    let one = |text: &str| same(&parse(text).unwrap(), &finland).unwrap();
    assert!(parse(OLD_3067).unwrap().authority.is_none());
    assert!(one("EPSG:3067") && one(OLD_3067));
    assert!(one("+proj=utm +zone=35 +ellps=GRS80 +units=m"));
    assert!(one("EPSG:25835"), "the same zone under another code");
    assert!(!one("EPSG:3035") && !one("EPSG:4326") && !one("EPSG:32634") && !one("EPSG:2393"));
    let degrees = grid("OGC:CRS84", [20.0, 65.0], 0.01, [100, 100]);
    assert!(same(&parse("EPSG:4326").unwrap(), &degrees).unwrap(), "axis order is ours");
}

#[test]
fn nameless_systems_differ_by_their_parameters() {
    let laea = |lat: f64| {
        format!("+proj=laea +lat_0={lat} +lon_0=-100 +x_0=0 +y_0=0 +ellps=GRS80 +units=m")
    };
    let own = grid(&laea(45.0), [-100_000.0, 100_000.0], 500.0, [400, 400]);
    assert!(own.crs.authority.is_none());
    assert!(same(&parse(&laea(45.0)).unwrap(), &own).unwrap());
    assert!(!same(&parse(&laea(45.1)).unwrap(), &own).unwrap());
    let feet = parse("+proj=laea +lat_0=45 +lon_0=-100 +ellps=GRS80 +units=ft").unwrap();
    assert!((feet.metres_per_unit.unwrap() - 0.3048).abs() < 1e-12);
    assert!(!same(&feet, &own).unwrap());
}

#[test]
fn local_systems_are_one_by_name_and_unit() {
    let mut local = grid("EPSG:3067", [0.0, 1000.0], 10.0, [10, 10]);
    local.crs = Crs::local_metres();
    let read_back = parse(&Crs::local_metres().wkt).unwrap();
    assert_ne!(read_back.wkt, local.crs.wkt, "written as WKT2");
    assert_eq!(read_back.metres_per_unit, Some(1.0));
    assert!(same(&read_back, &local).unwrap());
    assert!(!same(&parse("EPSG:3067").unwrap(), &local).unwrap());
    let other = Crs { wkt: local.crs.wkt.replace("district", "mine"), ..local.crs.clone() };
    assert!(!same(&other, &local).unwrap());
}

#[test]
fn texts_that_are_read_and_texts_that_are_not() {
    let esri = parse("ESRI:102008").unwrap();
    assert_eq!((esri.authority.as_deref(), esri.metres_per_unit), (Some("ESRI:102008"), Some(1.0)));
    assert!(esri.wkt.starts_with("PROJCRS["));
    assert_eq!(
        parse(" EPSG:2225 ").unwrap().metres_per_unit.map(|m| (m * 1e6) as u32),
        Some(304_800)
    );
    assert_eq!(parse("EPSG:3067+5717").unwrap().metres_per_unit, Some(1.0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("system.wkt");
    fs_err::write(&file, &esri.wkt).unwrap();
    for text in [
        "",
        "EPSG:",
        "EPSG:999999",
        "EPSG:4978",
        "EPSG:5717",
        "PROJCS[\"broken",
        "+proj=nonsense",
        "http://example.org/crs",
        "WGS 84 / UTM 33N",
        file.to_str().unwrap(),
    ] {
        let error = parse(text).unwrap_err();
        assert!(matches!(error, Error::BadCrs { .. }) && error.hint().is_some(), "{text}: {error}");
    }
}
