//! Configuration in two steps: what was written (per layer), then what is meant (once, for all of them).

mod layers;
mod meant;
mod problem;

pub use layers::{Flags, Layers, Source};
pub use meant::{FailOn, Profile, Settings};
pub use problem::ConfigProblem;
