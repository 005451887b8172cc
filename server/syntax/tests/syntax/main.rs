//! Tests over real grammars: samples, symbols, incremental parsing, hostile input, and the built-in rules.
//!
//! One binary, so that the grammars are linked once.

mod hostile;
mod incremental;
mod outlines;
mod render;
mod rules;
mod running;
mod samples;
mod symbols;

use std::time::Duration;

use base::Text;
use syntax::{Language, Tree};

fn parse(language: Language, source: &str) -> Tree {
    Tree::parse(language, &Text::new(source), Duration::from_secs(30)).expect("in time")
}
