//! Judging: every model fills in the same masks of test tiles, with a threshold chosen on training tiles.

use paydirt_core::infill::mask::{Masked, Mode, Shape};
use paydirt_core::infill::score::Scored;
use paydirt_core::infill::side::Side;
use paydirt_core::infill::{Field, Tile};
use paydirt_core::seed::Seed;
use paydirt_model::infill::counts::Counts;
use paydirt_model::infill::trees::Trees;
use paydirt_model::infill::{self, Infiller};
use rand::RngExt;

use super::project::{Opened, Project};
use super::read::Read;
use super::train::Trained;
use crate::console::Console;
use crate::error::{Error, Result};

/// Masks of one mode.
pub(super) struct Series {
    pub(super) mode: Mode,
    pub(super) training: Vec<Masked>,
    pub(super) test: Vec<Masked>,
}

/// Scores of one model in one mode.
pub(super) struct Outcomes {
    pub(super) mode: Mode,
    /// The threshold of the highest micro Dice on training tiles.
    pub(super) threshold: f32,
    pub(super) test: Scored,
}

/// What one model came to.
pub(super) struct Contestant {
    pub(super) name: String,
    /// Of several seeds one after the other, where there are several.
    pub(super) seeds: Vec<Vec<Outcomes>>,
    /// Of the mean of their scores; of the one model where there is but one.
    pub(super) all: Vec<Outcomes>,
}

/// What the random control came to.
pub(super) struct Control {
    /// Share of the test cells that lay in a tile that the control learned from.
    pub(super) seen: f64,
    pub(super) contestant: Contestant,
}

/// All of judging.
pub(super) struct Judged {
    pub(super) series: Vec<Series>,
    pub(super) tiles: [usize; 2],
    pub(super) contestants: Vec<Contestant>,
    pub(super) control: Option<Control>,
    pub(super) networks: Vec<Trained>,
    /// Trees of all modes together, that draw the map where there is no network.
    pub(super) trees: Option<Trees>,
}

pub(super) fn judge(
    opened: &Opened,
    read: &Read,
    networks: Vec<Trained>,
    console: &Console,
) -> Result<Judged> {
    let project = &opened.project;
    let bench = Bench::new(project, read)?;
    let field = &read.field;
    let mut contestants = Vec::new();
    console.say(&format!(
        "judging on {} test tiles; models learn from {} tiles",
        bench.tiles[1].len(),
        bench.tiles[0].len()
    ));
    let counts = Counts::fit(field, &read.sides);
    contestants.push(bench.contestant("co-occurrence counts", &counts)?);
    console.go_on()?;
    let kriging = project.kriging.fit(field, &read.sides)?;
    contestants.push(bench.contestant("indicator kriging", &kriging)?);
    console.go_on()?;
    contestants.push(bench.trees("local trees", None)?);
    console.go_on()?;
    let control = project.judge.random_control.then(|| bench.control()).transpose()?;
    for (named, trained) in project.networks.iter().zip(networks.chunks(project.seeds.max(1))) {
        contestants.push(bench.networks(&named.name, trained, console)?);
    }
    let trees = bench.trees_that_draw(&networks)?;
    let tiles = [bench.tiles[0].len(), bench.tiles[1].len()];
    Ok(Judged { series: bench.series, tiles, contestants, control, networks, trees })
}

impl Judged {
    /// What draws the map alone, for a share of the map: no judgement.
    pub(super) fn of_networks(
        opened: &Opened,
        read: &Read,
        networks: Vec<Trained>,
    ) -> Result<Self> {
        let bench = Bench::new(&opened.project, read)?;
        let trees = bench.trees_that_draw(&networks)?;
        let (contestants, control) = (Vec::new(), None);
        Ok(Self { series: bench.series, tiles: [0; 2], contestants, control, networks, trees })
    }

    /// One of the models that draw the map: the first network, or the trees.
    pub(super) fn drawer(&self) -> Option<&dyn Infiller> {
        let network = self.networks.first().map(|trained| &trained.network as &dyn Infiller);
        network.or(self.trees.as_ref().map(|trees| trees as &dyn Infiller))
    }
}

/// What all contestants are judged on.
struct Bench<'a> {
    project: &'a Project,
    field: &'a Field,
    /// Training and test tiles.
    tiles: [Vec<Tile>; 2],
    series: Vec<Series>,
    seed: Seed,
}

impl<'a> Bench<'a> {
    fn new(project: &'a Project, read: &'a Read) -> Result<Self> {
        let field = &read.field;
        let tiles = [Side::Training, Side::Test].map(|side| read.sides.tiles(field, side));
        for (tiles, side) in tiles.iter().zip(["training", "test"]) {
            if tiles.is_empty() {
                return Err(Error::Data {
                    reason: format!(
                        "no tile of {} cells with a record lies on the {side} side whole",
                        project.tile_cells
                    ),
                    hint: "use smaller tiles, larger blocks or a smaller buffer".into(),
                });
            }
        }
        let seed = Seed(project.seed);
        let shape = Shape { species: field.layers.species(), side: field.side };
        let judge = &project.judge;
        let series = judge.modes.iter().map(|mode| {
            let of = |tiles: &[Tile], draws: usize, purpose: &str| {
                project.mask.series(*mode, tiles, shape, (draws, seed.derive(purpose, 0)))
            };
            Series {
                mode: *mode,
                training: of(&tiles[0], judge.training_draws, "training masks"),
                test: of(&tiles[1], judge.test_draws, "test masks"),
            }
        });
        let series = series.collect();
        Ok(Self { project, field, tiles, series, seed })
    }

    fn outcomes(&self, infiller: &dyn Infiller, series: &Series) -> Result<[Scored; 2]> {
        let judge = |masks: &[Masked]| infill::judge(infiller, self.field, masks);
        Ok([judge(&series.training)?, judge(&series.test)?])
    }

    fn contestant(&self, name: &str, infiller: &dyn Infiller) -> Result<Contestant> {
        let of = |series: &Series| {
            let [training, test] = self.outcomes(infiller, series)?;
            Ok(Outcomes { mode: series.mode, threshold: training.best_threshold(), test })
        };
        let all = self.series.iter().map(of).collect::<Result<_>>()?;
        Ok(Contestant { name: name.into(), seeds: Vec::new(), all })
    }

    /// Trees of each mode by itself, as the reference has them; they learn from other masks where those are
    /// given.
    fn trees(&self, name: &str, other: Option<&[Tile]>) -> Result<Contestant> {
        let shape = Shape { species: self.field.layers.species(), side: self.field.side };
        let seed = self.seed.derive("local trees", 0);
        let of = |(number, series): (usize, &Series)| {
            let draws =
                (self.project.judge.training_draws, seed.derive("control masks", number as u64));
            let drawn =
                other.map(|tiles| self.project.mask.series(series.mode, tiles, shape, draws));
            let masks = drawn.as_deref().unwrap_or(&series.training);
            let trees = self.project.local_trees.fit(
                self.field,
                masks,
                seed.derive("mode", number as u64),
            )?;
            let threshold = infill::judge(&trees, self.field, masks)?.best_threshold();
            let test = infill::judge(&trees, self.field, &series.test)?;
            Ok(Outcomes { mode: series.mode, threshold, test })
        };
        let all = self.series.iter().enumerate().map(of).collect::<Result<_>>()?;
        Ok(Contestant { name: name.into(), seeds: Vec::new(), all })
    }

    /// Trees of all modes together, where there is no network to draw the map.
    fn trees_that_draw(&self, networks: &[Trained]) -> Result<Option<Trees>> {
        if !networks.is_empty() || self.project.map.draws == 0 {
            return Ok(None);
        }
        let masks: Vec<Masked> =
            self.series.iter().flat_map(|series| series.training.iter().cloned()).collect();
        let seed = self.seed.derive("map trees", 0);
        Ok(Some(self.project.local_trees.fit(self.field, &masks, seed)?))
    }

    /// Trees that learned from tiles drawn anywhere, test ground included.
    fn control(&self) -> Result<Control> {
        let grid = &self.field.layers.grid;
        let occupied = self.field.layers.occupied();
        let mut rng = self.seed.derive("random control", 0).rng();
        let mut drawn = Vec::new();
        while drawn.len() < self.tiles[0].len() {
            let row = rng.random_range(0..=grid.rows - self.field.side);
            let tile = Tile { row, col: rng.random_range(0..=grid.cols - self.field.side) };
            if self.field.units(tile).any(|unit| occupied.get(unit)) {
                drawn.push(tile);
            }
        }
        let mut seen = vec![false; grid.cells()];
        drawn.iter().flat_map(|tile| self.field.units(*tile)).for_each(|unit| seen[unit] = true);
        let test: Vec<usize> =
            self.tiles[1].iter().flat_map(|tile| self.field.units(*tile)).collect();
        let count = test.iter().filter(|unit| seen[**unit]).count();
        let contestant = self.trees("local trees, random split", Some(&drawn))?;
        Ok(Control { seen: count as f64 / test.len().max(1) as f64, contestant })
    }

    fn networks(&self, name: &str, trained: &[Trained], console: &Console) -> Result<Contestant> {
        let seeds = trained.iter().map(|_| Vec::new()).collect();
        let mut contestant = Contestant { name: name.into(), seeds, all: Vec::new() };
        for series in &self.series {
            let (mut training, mut test) = (Vec::new(), Vec::new());
            for (member, seed) in trained.iter().zip(&mut contestant.seeds) {
                let [of_training, of_test] = self.outcomes(&member.network, series)?;
                let threshold = of_training.best_threshold();
                seed.push(Outcomes { mode: series.mode, threshold, test: of_test.clone() });
                training.push(of_training);
                test.push(of_test);
                console.go_on()?;
            }
            let threshold = Scored::mean(&training).best_threshold();
            let test = Scored::mean(&test);
            contestant.all.push(Outcomes { mode: series.mode, threshold, test });
        }
        Ok(contestant)
    }
}
