//! The mined history against repositories that git itself made, in temporary folders.

mod answers;
mod kept;
mod support;
mod walks;
