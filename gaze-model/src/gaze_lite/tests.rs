//! Tests of the whole model and of its training.
