//! Groups of layers: whom a `[[group]]` names.

use paydirt_core::raster::noise::NoiseEstimate;
use paydirt_core::stack::Stack;
use paydirt_core::step::{AnyStep, Group};

use crate::error::{Error, Result};
use crate::project::GroupSettings;

/// Whether a name is what a pattern says, in which `*` stands for any letters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(place, _)| place)
                .chain([rest.len()])
                .any(|place| matches(after, &rest[place..]))
        }),
    }
}

/// The layers of each group, in the order of the stack.
///
/// # Errors
/// A pattern without a layer, a layer in two groups, or a step that needs the map.
pub(super) fn resolve(settings: &[GroupSettings], layers: &[&str]) -> Result<Vec<Group>> {
    let mut taken: Vec<(&str, &str)> = Vec::new();
    settings.iter().map(|group| one(group, layers, &mut taken)).collect()
}

fn one<'a>(
    settings: &'a GroupSettings,
    layers: &[&'a str],
    taken: &mut Vec<(&'a str, &'a str)>,
) -> Result<Group> {
    let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
    let GroupSettings { name, layers: patterns, steps } = settings;
    if let Some(late) = steps.iter().find(|s| s.surface().is_some() || s.raster().is_some()) {
        return wrong(
            format!("step `{}` of group `{name}` needs the map", late.key()),
            "put it in the `steps` of the layers",
        );
    }
    let none = |pattern: &&String| !layers.iter().any(|layer| matches(pattern, layer));
    if let Some(pattern) = patterns.iter().find(none) {
        return wrong(
            format!("group `{name}` names `{pattern}`, which no layer is called"),
            "name layers of [[evidence]]; `*` stands for any letters",
        );
    }
    let members = layers.iter().filter(|layer| patterns.iter().any(|p| matches(p, layer)));
    let members: Vec<&str> = members.copied().collect();
    for layer in &members {
        if let Some((_, other)) = taken.iter().find(|(taken, _)| taken == layer) {
            return wrong(
                format!("layer `{layer}` is in the groups `{other}` and `{name}`"),
                "a layer may be in one group",
            );
        }
        taken.push((layer, name));
    }
    Ok(Group {
        name: name.clone(),
        layers: members.into_iter().map(Into::into).collect(),
        steps: steps.clone(),
    })
}

/// Gives `mnf` the noise of its bands, from the differences of neighbouring cells over the whole study
/// area: a property of the sensor, measured without a label, as a variogram is.
///
/// # Errors
/// Where a file cannot be read, or no two neighbouring cells are known in all bands.
pub(super) fn measure_noise(groups: &mut [Group], stack: &dyn Stack) -> Result<()> {
    for Group { layers, steps, .. } in groups {
        let Some(AnyStep::Mnf(settings)) = steps.first_mut() else { continue };
        let (None, Some(grid)) = (&settings.noise_covariance, stack.grid()) else { continue };
        let names: Vec<&str> = layers.iter().map(String::as_str).collect();
        let mut noise = NoiseEstimate::new(&names, grid.cols);
        for strip in crate::draw::strips(grid) {
            let bands: Vec<Vec<f32>> = names
                .iter()
                .map(|name| stack.read_stored(name, strip.clone()))
                .collect::<paydirt_core::Result<_>>()?;
            noise.add_rows(&bands.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        }
        settings.noise_covariance = Some(noise.covariance()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_letters() {
        let yes =
            [("a", "a"), ("aster_*", "aster_b1"), ("*_ppm", "Cu_ppm"), ("*", ""), ("é*é", "éé")];
        for (pattern, name) in yes {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("a", "ab"), ("aster_*", "raster_b1"), ("*_ppm", "Cu_ppb"), ("é*é", "é")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
