//! Labels of magmatic nickel over Montana, Idaho and Wyoming: 34 label cells that are 12 clusters.

use std::sync::Arc;

use paydirt_core::label::Sample;
use paydirt_core::layer::{EvidenceType, Layer};
use paydirt_core::leak::{Kind, Severity, touching};
use paydirt_core::mask::Mask;
use paydirt_core::sample::{Sampling, distant_unlabelled};
use paydirt_core::split::{Split, blocks};
use paydirt_core::stack::GridStack;

use super::support::{Judging, grid, info, of_kind, sample, severe, stack};

/// Row and column of the label cells of a raster of 202 x 277 cells of 2,240 m:
/// `np.argwhere(rasterio.open("magmatic_nickel_sites_v1h2merged_cont_US_dilated_mini.tif").read(1) > 0)`
/// (rasterio 1.4.4).
const CELLS: [[usize; 2]; 34] = [
    [5, 217],
    [19, 20],
    [55, 120],
    [82, 187],
    [83, 186],
    [83, 187],
    [83, 191],
    [84, 188],
    [86, 188],
    [86, 189],
    [86, 190],
    [87, 190],
    [88, 152],
    [88, 190],
    [88, 191],
    [89, 192],
    [89, 193],
    [89, 194],
    [89, 195],
    [90, 169],
    [90, 194],
    [90, 196],
    [91, 197],
    [91, 198],
    [91, 199],
    [92, 111],
    [92, 113],
    [92, 173],
    [92, 198],
    [92, 199],
    [93, 111],
    [93, 112],
    [98, 108],
    [121, 39],
];

/// The labels, and evidence that says nothing.
fn world() -> (GridStack, Vec<Sample>) {
    let grid = grid(202, 277, 2_240.0);
    let area = Arc::new(Mask::new(grid.cells(), true));
    let speckle = |unit: usize| ((unit * 2_654_435_761) % 1_000_003) as f32;
    let values = (0..grid.cells()).map(speckle).collect();
    let layer = Layer::new(info("speckle", EvidenceType::Continuous), values, Arc::clone(&area));
    let labels = CELLS.iter().map(|[row, col]| sample(row * 277 + col, true)).collect();
    (stack(&grid, &area, &[layer]), labels)
}

/// Blocks so small that they part the Stillwater Complex.
fn judging(stack: &GridStack, labelled: &[Sample]) -> Judging {
    let sampling = Sampling::DistantUnlabelled(distant_unlabelled::Settings::default());
    let split = blocks::Settings {
        block_m: 20_000.0,
        buffer_m: 0.0,
        folds: 5,
        repeats: 2,
        ..Default::default()
    };
    Judging::new(stack, labelled, &sampling, &Split::Blocks(split))
}

#[test]
fn clusters_of_label_cells_are_counted_and_seen_to_be_parted() {
    let (stack, labelled) = world();
    let found = judging(&stack, &labelled).find(&stack, &labelled);
    let touched = of_kind(&found, Kind::TouchingLabels).unwrap();
    assert_eq!(touched.severity, Severity::Severe);
    let figure = |name: &str| touched.figures[name];
    assert_eq!([figure("cells"), figure("clusters"), figure("largest_cells")], [34.0, 12.0, 17.0]);
    // 17, 4 and 4 cells touch others; none of them is the middle of nine.
    assert_eq!(figure("touching_share"), 25.0 / 34.0);
    assert_eq!(figure("in_full_squares_share"), 0.0);
    assert!(figure("parted_clusters") >= 1.0);
    assert!(touched.sentence.starts_with("34 label cells are 12 clusters of touching cells"));
    assert_eq!(severe(&found).len(), 1, "{found:?}");
    // Whole, they are still worth a warning.
    let found = Judging::given(&labelled, Vec::new()).find(&stack, &labelled);
    assert_eq!(of_kind(&found, Kind::TouchingLabels).unwrap().severity, Severity::Warning);
}

#[test]
fn grouped_clusters_are_not_parted() {
    let (stack, mut labelled) = world();
    let units: Vec<usize> = labelled.iter().map(|sample| sample.unit).collect();
    let clusters = touching(&paydirt_core::stack::Stack::grid(&stack).unwrap().clone(), &units);
    for (sample, cluster) in labelled.iter_mut().zip(clusters) {
        sample.group = Some(format!("cluster {cluster}"));
    }
    let found = judging(&stack, &labelled).find(&stack, &labelled);
    let touched = of_kind(&found, Kind::TouchingLabels).unwrap();
    assert_eq!((touched.severity, touched.figures["parted_clusters"]), (Severity::Note, 0.0));
    assert!(severe(&found).is_empty(), "{found:?}");
}
