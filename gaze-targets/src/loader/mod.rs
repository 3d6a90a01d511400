//! Batches for training: pictures and targets, made in parallel, in an order that only the seed decides.

pub use self::{
    batches::{BadSample, Batch, Batches, LoaderError, SampleError},
    settings::{BadSamples, LastBatch, LoaderSettings, Order, Overrides},
    source::{Sample, SampleSource},
};

mod batches;
mod settings;
mod source;
mod worker;
