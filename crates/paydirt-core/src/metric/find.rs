//! The area that leads to the next find.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sorted;

/// Area that had to be searched, the best of the map first, to reach a find that was held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextFind {
    /// Number of finds.
    pub finds: usize,
    /// Median share of area ranked above a find: half of them lie in less.
    pub median_share: f64,
    /// Mean share of area ranked above a find; 0.5 for a map that knows nothing.
    pub mean_share: f64,
    /// The median in km2.
    pub median_km2: f64,
    /// The mean in km2.
    pub mean_km2: f64,
}

/// The area needed to reach the next find, from the share of area ranked above each find
/// ([`super::share_of_area`]), each by the model of what was known before it, and the area of the
/// whole map. Shares that are not finite are left out; `None` without any.
///
/// ```
/// use paydirt_core::metric::next_find;
/// // Three finds behind a quarter, an eighth and three quarters of 4,000 km2.
/// let area = next_find(&[0.75, 0.125, 0.25], 4_000.0).unwrap();
/// assert_eq!((area.median_share, area.median_km2), (0.25, 1_000.0));
/// assert_eq!((area.mean_share, area.mean_km2), (0.375, 1_500.0));
/// ```
#[must_use]
pub fn next_find(shares: &[f64], map_km2: f64) -> Option<NextFind> {
    let mut shares: Vec<f64> = shares.iter().copied().filter(|share| share.is_finite()).collect();
    shares.sort_by(f64::total_cmp);
    let finds = shares.len();
    let median_share = f64::midpoint(*shares.get(finds.checked_sub(1)? / 2)?, shares[finds / 2]);
    let mean_share = shares.iter().sum::<f64>() / finds as f64;
    let [median_km2, mean_km2] = [median_share, mean_share].map(|share| share * map_km2);
    Some(NextFind { finds, median_share, mean_share, median_km2, mean_km2 })
}

/// The median share of area ranked above a held-out deposit, 0 to 1: the area needed to reach a find.
/// A median between two deposits is their mean. Chung and Fabbri (2003),
/// DOI 10.1023/B:NHAZ.0000007172.62651.2b.
pub(super) fn median_area(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let all: f64 = sorted.shares(copies).map(|tie| tie.deposits).sum();
    let (mut found, mut low) = (0.0, None);
    for tie in sorted.shares(copies).filter(|tie| tie.deposits > 0.0) {
        found += tie.deposits;
        if let Some(low) = low {
            return Some(f64::midpoint(low, tie.value));
        }
        if found > all / 2.0 {
            return Some(tie.value);
        }
        if found == all / 2.0 {
            low = Some(tie.value);
        }
    }
    None
}
