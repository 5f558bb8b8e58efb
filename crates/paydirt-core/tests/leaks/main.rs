//! The leak detector: on published data whose leaks are known, on districts whose truth we made, and by
//! hand.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod hand;
mod maniac;
mod support;
mod worlds;
mod yukon;
