//! Paydirt: from a folder of rasters and a table of deposits to a judged prospectivity map.
//!
//! [`run::run`] tells the whole method: read, judge, fit, draw, explain, target, report.

pub mod cli;
pub mod command;
pub mod console;
pub mod demo;
pub mod doubt;
pub mod draw;
pub mod error;
pub mod explain;
pub mod fit;
pub mod folder;
pub mod ground;
pub mod indices;
pub mod infill;
pub mod init;
pub mod judge;
pub mod labels;
pub mod leaks;
mod origin;
pub mod output;
pub mod pieces;
pub mod plan;
pub mod posterior;
pub mod prepared;
pub mod project;
pub mod read;
pub mod receipt;
pub mod report;
pub mod reproduce;
pub mod run;
pub mod saved;
pub mod scale;
pub mod sources;
pub mod style;
pub mod targets;
