//! Checks on text and files that need no syntax tree.
