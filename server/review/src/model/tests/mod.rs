//! Whole reviews with a model that says what a test wants it to say.
