//! Calibration: scores to probabilities, fitted on held-out folds only.
