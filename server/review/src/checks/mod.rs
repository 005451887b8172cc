//! Checks on text and files that need no syntax tree.

#[cfg_attr(not(test), expect(dead_code, reason = "joined to the engine with the other text checks"))]
pub(crate) mod secrets;
