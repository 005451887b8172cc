//! Fixture changes in, words out.
