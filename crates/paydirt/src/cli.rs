//! The command line: what can be said, and nothing of what is done.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::pieces::Shard;

/// Mineral prospectivity maps that can be believed: judged on ground the model never saw, with
/// uncertainty, explanations and ranked targets.
#[derive(Debug, Parser)]
#[command(name = "paydirt", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Begin with `paydirt demo`, or `paydirt init FOLDER` on your own data.\n\
    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 data refused, 4 interrupted.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no messages and no progress, only errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Replace outputs that are there already.
    #[arg(long, global = true)]
    pub overwrite: bool,
    /// Change a key of the project file, as in `model.forest.trees=200`; may be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seed, instead of the project's.
    #[arg(long, global = true)]
    pub seed: Option<u64>,
    /// Threads; all cores unless said. The result does not depend on it.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Where networks run: `cpu`, or `cuda`, `vulkan` or `metal` where the program was built for it.
    #[arg(long, global = true, default_value = "cpu")]
    pub device: String,
    /// Folder for folds that were judged, members that were fitted, strips that were drawn, and the states
    /// and logs of networks: with it an interrupted command goes on where it was, to the same result.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub states: Option<PathBuf>,
    /// Make this share of what `run`, `predict` or `infill` makes, as in `3/8`, and no result: shares on many
    /// machines fill one `--states`, phase by phase; the same command without it then ends quickly.
    #[arg(long, global = true, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Where the evidence is kept on the grid, as Zarr (a folder, or `s3://BUCKET/KEY`): made if it is not there,
    /// and read instead of the files by all that name it.
    #[arg(long, global = true, value_name = "PATH")]
    pub stack: Option<String>,
    /// Most memory to use, such as `2GiB`; layers that do not fit are kept on disk.
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub max_memory: Option<u64>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Write a commented project file for a folder of rasters and vectors.
    Init {
        /// Folder with the data.
        folder: PathBuf,
        /// Where to write the project file [default: FOLDER/project.toml].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Read everything and change nothing: the data receipt and the plan of the run.
    Check {
        /// Project file.
        #[arg(default_value = "project.toml")]
        project: PathBuf,
    },
    /// Bring all evidence onto the one grid and write it: maps, coverage and the data receipt.
    Prepare {
        /// Project file; its labels are not used.
        #[arg(default_value = "project.toml")]
        project: PathBuf,
        /// Folder of the layers [default: NAME.prepared beside the project file], or a Zarr stack for `--stack`:
        /// a name that ends in `.zarr`, or an address such as `s3://BUCKET/KEY`.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Run the whole walk: read, judge, fit, draw, explain, target, report.
    Run {
        /// Project file.
        #[arg(default_value = "project.toml")]
        project: PathBuf,
        /// Run folder [default: NAME.run beside the project file].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Judge several models on one split, or set several runs side by side, in one table.
    Compare {
        /// A project file, or run folders.
        #[arg(required = true)]
        what: Vec<PathBuf>,
        /// Models to judge [default: all that look at rows]; only with a project file.
        #[arg(long, value_delimiter = ',')]
        models: Vec<String>,
    },
    /// Judge all models on several projects and write one table of them all.
    Bench {
        /// Project files.
        #[arg(required = true)]
        projects: Vec<PathBuf>,
        /// Models to judge [default: all that look at rows].
        #[arg(long, value_delimiter = ',')]
        models: Vec<String>,
        /// Markdown file of the tables; their figures are written beside it as JSON.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Judge with fewer and fewer deposits to train on, all else alike, and draw the curve.
    Curve {
        /// Project file: its model, baselines and contestants are judged.
        project: PathBuf,
        /// Numbers of deposits that train, at most, as in `95,75,55,35,15`.
        #[arg(long, value_delimiter = ',', required = true)]
        deposits: Vec<usize>,
        /// More models to judge.
        #[arg(long, value_delimiter = ',')]
        models: Vec<String>,
        /// Metric of the table and the curve.
        #[arg(long, default_value = "roc_auc")]
        metric: String,
        /// SVG file of the curve; all figures are written beside it as JSON.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Apply the saved model of a run to the evidence of another project.
    Predict {
        /// Run folder.
        run: PathBuf,
        /// Project file of the other ground; its labels are not used.
        #[arg(long)]
        project: PathBuf,
        /// Folder of the maps [default: NAME.predicted beside the project file].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Draw a map again from what its file says of itself, and compare the two cell by cell.
    Reproduce {
        /// A map of a run folder.
        map: PathBuf,
        /// Project file that stands for the one in the map's tags, where the data lie elsewhere now.
        #[arg(long)]
        project: Option<PathBuf>,
        /// Folder that keeps the new run [default: none is kept].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Explain a place: its layers, what each adds to the score, and what would have to change.
    Explain {
        /// Run folder.
        run: PathBuf,
        /// Easting of the place, in the coordinates of the project's grid.
        #[arg(long, allow_negative_numbers = true)]
        easting: f64,
        /// Northing of the place.
        #[arg(long, allow_negative_numbers = true)]
        northing: f64,
        /// Project file with the evidence [default: RUN/project.toml]; its labels are not used.
        #[arg(long)]
        project: Option<PathBuf>,
    },
    /// Hide mineral records, learn to fill them in, and flag where a species is missing from the record.
    Infill {
        /// Project file of an infilling.
        #[arg(default_value = "infill.toml")]
        project: PathBuf,
        /// Run folder [default: NAME.infill beside the project file].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Judge an infilling once for each value of a key, all other keys alike, and draw the curve.
    Study {
        /// Project file of an infilling.
        project: PathBuf,
        /// The key that is varied, as in `networks.0.network.body.unet.depth`, `species`, `auxiliary`,
        /// `mask.area_intensity` or `grid.cell_m`.
        #[arg(long, value_name = "KEY")]
        vary: String,
        /// A value of it; repeated for each.
        #[arg(long, value_name = "VALUE", required = true)]
        value: Vec<String>,
        /// SVG file of the curve; all figures are written beside it as JSON.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Open the maps of a run in the browser: a local page that fetches nothing from elsewhere.
    View {
        /// Run folder, or one that `paydirt predict`, `prepare` or `infill` made.
        run: PathBuf,
        /// Address on which to answer; others than this machine's own let others see the maps.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
        bind: IpAddr,
        /// Port on which to answer; 0 takes a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Print the address and open no browser.
        #[arg(long)]
        no_open: bool,
    },
    /// Hand shares of commands out to workers: for `[scale.ballista]` of a project file. In private networks
    /// alone: whoever reaches its port can have work done.
    Scheduler {
        /// Address on which it listens.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50050")]
        bind: SocketAddr,
        /// Seconds without word of a worker after which its shares go to others.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(6..))]
        worker_timeout_s: u64,
    },
    /// Make shares of commands that a scheduler hands out.
    Worker {
        /// Address of the scheduler.
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
        scheduler: String,
        /// Address on which it hands out its answers; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:0")]
        bind: SocketAddr,
        /// Name or number under which others reach this machine [default: the one from which it calls].
        #[arg(long)]
        host: Option<String>,
        /// Shares that it makes at a time; each uses all `--threads`, and as much memory as `check` foretells.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
        tasks: u16,
        /// Folder of its own for answers that were not fetched yet [default: a temporary one].
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Make a synthetic district with known truth and run the whole walk on it.
    Demo {
        /// Folder to make.
        #[arg(long, default_value = "paydirt-demo")]
        out: PathBuf,
        /// Rows and columns of the district.
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(30..=10_000))]
        size_cells: u16,
    },
    /// Open data to begin with: what there is, and how to get it.
    Data {
        /// What to do.
        #[command(subcommand)]
        what: DataCommand,
    },
    /// Print the JSON schema of a file.
    Schema {
        /// Which file.
        #[arg(value_enum, default_value = "project")]
        of: SchemaOf,
    },
    /// List the published band ratios and indices that `index = "..."` can name.
    Indices {
        /// Only those of one sensor, such as `aster`.
        sensor: Option<String>,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What can be done with open data.
#[derive(Clone, Debug, Subcommand)]
pub enum DataCommand {
    /// List the sources that are known, with licence, size and address.
    List,
    /// Fetch a source: goes on where an earlier try broke off, checks what came, and unpacks it.
    Fetch {
        /// Name of the source.
        name: String,
        /// Tile, of a source that comes in tiles; may be repeated.
        #[arg(long, value_name = "TILE")]
        tile: Vec<String>,
        /// Folder to put it in.
        #[arg(long, default_value = "data")]
        out: PathBuf,
    },
}

/// Files that have a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// `project.toml`
    Project,
    /// `report.json`
    Report,
    /// `receipt.json`
    Receipt,
    /// The project file of `paydirt infill`
    Infill,
}

/// Parses a size in bytes: `800MiB`, `2GB`, `1.5 GiB`, or a plain number of bytes.
///
/// ```
/// assert_eq!(paydirt::cli::parse_size("1.5 GiB"), Ok(1_610_612_736));
/// assert!(paydirt::cli::parse_size("much").is_err());
/// ```
///
/// # Errors
/// A sentence for the user if it is no size.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "kb" => 1e3,
        "m" | "mib" => 1024.0_f64.powi(2),
        "mb" => 1e6,
        "g" | "gib" => 1024.0_f64.powi(3),
        "gb" => 1e9,
        "t" | "tib" => 1024.0_f64.powi(4),
        _ => return Err(format!("`{unit}` is no unit of memory; write `2GiB` or `800MiB`")),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 => Ok((number * factor) as u64),
        _ => Err(format!("`{text}` is no size; write `2GiB` or `800MiB`")),
    }
}
