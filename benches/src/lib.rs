//! Each job beside its peer in one run: see the README of this folder.
