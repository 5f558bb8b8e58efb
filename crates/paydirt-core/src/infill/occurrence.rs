//! Occurrences: records of a table, each with a list of commodities, and what is made of them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grid::Point;
use crate::{Error, Result};

/// A record of a table of mineral occurrences.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its identifier, where the table has one.
    pub id: Option<String>,
    /// Name of the site, where it has one.
    pub name: Option<String>,
    /// Lists of commodities as they stand in the table: `Gold, Silver` or `Gold|Silver`.
    pub commodities: Vec<String>,
    /// Development status: `Occurrence`, `Prospect`, `Producer`, `Past Producer`, `Plant`, `Unknown`.
    pub status: Option<String>,
    /// Quality of the record, `A` (best) to `E`.
    pub score: Option<char>,
    /// Where it lies.
    pub place: Point,
}

/// How records become occurrences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Characters that part the commodities of a list.
    pub separators: String,
    /// Records of these development statuses are left out: a plant is where ore goes, not where it lies.
    pub drop_status: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { separators: "|,;/".into(), drop_status: vec!["Plant".into()] }
    }
}

/// A site: one record, or several that are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name, where it has one.
    pub name: Option<String>,
    /// Commodities, each once, in lower case and order.
    pub commodities: BTreeSet<String>,
    /// Quality, 5 (score A) to 1 (score E).
    pub quality: Option<u8>,
    /// Where it lies.
    pub place: Point,
}

/// Sites, and what became of the records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sites {
    /// The sites, in the order of their first records.
    pub sites: Vec<Site>,
    /// Records left out for their development status.
    pub dropped: usize,
    /// Records that were taken for one with another.
    pub duplicates: usize,
    /// How many sites have each commodity; names as they were first written.
    pub known: BTreeMap<String, (String, usize)>,
}

/// Makes sites of records: drops those of unwanted status, parts lists of commodities (spaces around a name
/// are nobody's), and takes records for one that share their identifier, or their name and place to a metre:
/// their commodities are united and the best score is kept.
#[must_use]
pub fn sites(records: &[Record], rules: &Rules) -> Sites {
    let mut found = Sites::default();
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_place: BTreeMap<(String, i64, i64), usize> = BTreeMap::new();
    for record in records {
        let is = |status: &String| {
            rules.drop_status.iter().any(|drop| drop.eq_ignore_ascii_case(status))
        };
        if record.status.as_ref().is_some_and(is) {
            found.dropped += 1;
            continue;
        }
        let quality = record.score.and_then(quality);
        let names = record.commodities.iter().flat_map(|list| parts(list, rules));
        let mut commodities = BTreeSet::new();
        for name in names {
            let key = name.to_lowercase();
            found.known.entry(key.clone()).or_insert_with(|| (name.to_owned(), 0));
            commodities.insert(key);
        }
        let at_place = record.name.as_ref().map(|name| {
            let [east, north] =
                [record.place.easting, record.place.northing].map(|v| v.round() as i64);
            (name.trim().to_lowercase(), east, north)
        });
        let same_id = record.id.as_deref().and_then(|id| by_id.get(id));
        let same = same_id.or_else(|| at_place.as_ref().and_then(|key| by_place.get(key))).copied();
        let index = same.unwrap_or(found.sites.len());
        match found.sites.get_mut(index) {
            Some(site) => {
                found.duplicates += 1;
                site.commodities.extend(commodities);
                site.quality = site.quality.max(quality);
            }
            None => {
                let (name, place) = (record.name.clone(), record.place);
                found.sites.push(Site { name, commodities, quality, place });
            }
        }
        by_id.extend(record.id.as_deref().map(|id| (id, index)));
        by_place.extend(at_place.map(|key| (key, index)));
    }
    for key in found.sites.iter().flat_map(|site| &site.commodities) {
        if let Some((_, count)) = found.known.get_mut(key) {
            *count += 1;
        }
    }
    found
}

/// The commodities of a list.
fn parts<'a>(list: &'a str, rules: &'a Rules) -> impl Iterator<Item = &'a str> {
    list.split(|c| rules.separators.contains(c)).map(str::trim).filter(|name| !name.is_empty())
}

/// A to E as 5 to 1.
const fn quality(score: char) -> Option<u8> {
    match score.to_ascii_uppercase() {
        letter @ 'A'..='E' => Some(5 - (letter as u8 - b'A')),
        _ => None,
    }
}

impl Sites {
    /// The keys of the species asked for, by the names of the table in any case.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that no site has, with the nearest ones; [`Error::DuplicateName`].
    pub fn species(&self, names: &[String]) -> Result<Vec<String>> {
        let mut keys: Vec<String> = Vec::new();
        for name in names {
            let key = name.trim().to_lowercase();
            if self.known.get(&key).is_none_or(|(_, count)| *count == 0) {
                return Err(self.unknown(name));
            }
            if keys.contains(&key) {
                return Err(Error::DuplicateName { name: name.clone() });
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// The error of a commodity that the table does not know.
    fn unknown(&self, name: &str) -> Error {
        let key = name.trim().to_lowercase();
        let mut near: Vec<(usize, &str)> = self
            .known
            .iter()
            .map(|(other, (written, _))| (strsim::osa_distance(&key, other), written.as_str()))
            .collect();
        near.sort_unstable();
        let close: Vec<&str> = near
            .iter()
            .filter(|(away, _)| *away <= 3.max(key.len() / 3))
            .take(3)
            .map(|it| it.1)
            .collect();
        let known = match close.is_empty() {
            false => format!("nearest: {}", close.join(", ")),
            true => {
                let mut most: Vec<_> = self.known.values().collect();
                most.sort_by_key(|(written, count)| (std::cmp::Reverse(*count), written.clone()));
                most.iter()
                    .take(10)
                    .map(|(written, _)| written.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        };
        Error::Unknown { what: "commodity", name: name.into(), known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, name: &str, commodities: &[&str], at: [f64; 2]) -> Record {
        Record {
            id: Some(id.into()),
            name: Some(name.into()),
            commodities: commodities.iter().map(|list| (*list).into()).collect(),
            status: Some("Prospect".into()),
            score: Some('C'),
            place: Point { easting: at[0], northing: at[1] },
        }
    }

    #[test]
    fn lists_are_stripped_and_parted_and_plants_go() {
        let mut plant = record("3", "Mill", &["Gold"], [9.0, 9.0]);
        plant.status = Some("plant".into());
        let records = [
            record("1", "Blue Jay", &["Uranium, Vanadium", " Gold ", ""], [0.0, 0.0]),
            plant,
            record("2", "Red Jay", &["gold|Sand and Gravel"], [5.0, 5.0]),
        ];
        let found = sites(&records, &Rules::default());
        assert_eq!(found.dropped, 1);
        let first: Vec<&str> = found.sites[0].commodities.iter().map(String::as_str).collect();
        assert_eq!(first, ["gold", "uranium", "vanadium"]);
        assert_eq!(found.known["gold"], ("Gold".into(), 2));
        assert!(found.sites[1].commodities.contains("sand and gravel"));
    }

    #[test]
    fn duplicates_are_united_by_identifier_or_by_name_and_place() {
        let mut better = record("7", "Blue Jay ", &["Silver"], [0.2, -0.3]);
        better.score = Some('a');
        let records = [
            record("1", "Blue jay", &["Gold"], [0.0, 0.0]),
            better,
            record("1", "Elsewhere", &["Lead"], [900.0, 0.0]),
            record("8", "Other", &["Gold"], [0.0, 0.0]),
        ];
        let found = sites(&records, &Rules::default());
        assert_eq!((found.sites.len(), found.duplicates), (2, 2));
        assert_eq!(found.sites[0].commodities.len(), 3);
        assert_eq!(found.sites[0].quality, Some(5));
        assert_eq!(found.sites[1].quality, Some(3));
    }

    #[test]
    fn a_name_that_nobody_has_is_refused_with_the_nearest() {
        let found = sites(&[record("1", "a", &["Tungsten|Tin"], [0.0, 0.0])], &Rules::default());
        assert_eq!(found.species(&["tungsten".into()]).unwrap(), ["tungsten"]);
        let error = found.species(&["Tungstem".into()]).unwrap_err().to_string();
        assert!(error.contains("`Tungstem`") && error.contains("nearest: Tungsten"), "{error}");
        assert!(found.species(&["Tin".into(), "tin".into()]).is_err());
    }
}
