//! Texts that nobody reviews: minified, generated, vendored.

use base::change::SkipReason;
use base::{RelPath, Text};

/// Why this text is not to be reviewed, or `None`. Looks at the path, then at the first lines, then at line lengths.
pub fn classify(_path: &RelPath, _text: &Text) -> Option<SkipReason> {
    None
}
