//! Filters of potential fields against closed forms of prisms and dipoles, and against harmonica.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod closed_form;
mod gaps;
mod harmonica;
mod local;
mod prisms;
mod support;
