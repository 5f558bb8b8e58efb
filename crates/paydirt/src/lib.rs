//! Project file, run, report, command line.
