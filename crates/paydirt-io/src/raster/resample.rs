//! How values come from the cells of a file onto those of the project.

use std::path::Path;

use gdal_sys::GDALResampleAlg;
use paydirt_core::layer::EvidenceType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Cells of the project at least this many times as wide as those of the file are filled from all
/// file cells they cover, not from those next to their centres.
const COARSER: f64 = 2.0;

/// How values come from the cells of a file onto those of the project.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Resample {
    /// The cell in which the centre lies.
    Nearest,
    /// The most frequent value of the cells that are covered.
    Mode,
    /// The middle value of the cells that are covered.
    Median,
    /// Weighted mean of the four cells around the centre (of more, where the project is coarser).
    Bilinear,
    /// Cubic convolution of the sixteen cells around the centre; may overshoot.
    Cubic,
    /// Mean of the cells that are covered, weighted by the share covered.
    Average,
}

impl Resample {
    /// The method that fits a type, where the project's cells are `coarsening` times as wide as
    /// those of the file: from 2 on, one that looks at all cells covered.
    ///
    /// ```
    /// use paydirt_core::layer::EvidenceType::{Categorical, Continuous};
    /// use paydirt_io::raster::Resample;
    /// assert_eq!(Resample::fitting(Continuous, 0.5), Resample::Bilinear);
    /// assert_eq!(Resample::fitting(Continuous, 4.0), Resample::Average);
    /// assert_eq!(Resample::fitting(Categorical, 4.0), Resample::Mode);
    /// ```
    #[must_use]
    pub fn fitting(evidence_type: EvidenceType, coarsening: f64) -> Self {
        match (evidence_type, coarsening >= COARSER) {
            (EvidenceType::Continuous, false) => Self::Bilinear,
            (EvidenceType::Continuous, true) => Self::Average,
            (EvidenceType::Ordinal | EvidenceType::Categorical, false) => Self::Nearest,
            (EvidenceType::Ordinal, true) => Self::Median,
            (EvidenceType::Categorical, true) => Self::Mode,
        }
    }

    /// The methods that do not falsify a type: a mean of two classes is no class.
    #[must_use]
    pub const fn allowed(evidence_type: EvidenceType) -> &'static [Self] {
        use Resample::{Average, Bilinear, Cubic, Median, Mode, Nearest};
        match evidence_type {
            EvidenceType::Continuous => &[Nearest, Mode, Median, Bilinear, Cubic, Average],
            EvidenceType::Ordinal => &[Nearest, Mode, Median],
            EvidenceType::Categorical => &[Nearest, Mode],
        }
    }

    /// The name, as the project file writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Mode => "mode",
            Self::Median => "median",
            Self::Bilinear => "bilinear",
            Self::Cubic => "cubic",
            Self::Average => "average",
        }
    }

    /// Refuses a method that would falsify the type.
    pub(super) fn check(self, evidence_type: EvidenceType, path: &Path) -> Result<()> {
        let allowed = Self::allowed(evidence_type);
        if allowed.contains(&self) {
            return Ok(());
        }
        let evidence_type = match evidence_type {
            EvidenceType::Continuous => "continuous",
            EvidenceType::Ordinal => "ordinal",
            EvidenceType::Categorical => "categorical",
        };
        let allowed = allowed.iter().map(|method| method.name()).collect::<Vec<_>>().join(", ");
        Err(Error::WrongResample { path: path.into(), method: self.name(), evidence_type, allowed })
    }

    /// GDAL's number of the method.
    pub(super) const fn algorithm(self) -> GDALResampleAlg::Type {
        match self {
            Self::Nearest => GDALResampleAlg::GRA_NearestNeighbour,
            Self::Mode => GDALResampleAlg::GRA_Mode,
            Self::Median => GDALResampleAlg::GRA_Med,
            Self::Bilinear => GDALResampleAlg::GRA_Bilinear,
            Self::Cubic => GDALResampleAlg::GRA_Cubic,
            Self::Average => GDALResampleAlg::GRA_Average,
        }
    }

    /// How many cells around the centre it may look at, in cells of the coarser of the two.
    pub(super) const fn reach_cells(self) -> f64 {
        match self {
            Self::Nearest | Self::Mode | Self::Median | Self::Average | Self::Bilinear => 1.0,
            Self::Cubic => 2.0,
        }
    }
}
