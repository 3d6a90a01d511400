//! Percentile maps (stub).
