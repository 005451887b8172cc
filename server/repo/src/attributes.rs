//! What `.gitattributes` says about a file being worth a review. Filters and diff drivers named there are never run.

use std::path::Path;

use base::change::SkipReason;
use git2::{AttrCheckFlags, AttrValue, Repository};

/// Why the attributes keep `path` (relative to the top of the work tree) out of a review.
pub(crate) fn reason(repository: &Repository, path: &Path) -> Option<SkipReason> {
    let value = |name: &str| {
        repository
            .get_attr_bytes(path, name, AttrCheckFlags::FILE_THEN_INDEX)
            .ok()
            .flatten()
    };
    let is_set = |name: &str| match AttrValue::always_bytes(value(name)) {
        AttrValue::True => true,
        AttrValue::Bytes(bytes) => bytes == b"true",
        _ => false,
    };
    let is_unset = |name: &str| AttrValue::always_bytes(value(name)) == AttrValue::False;
    if is_set("linguist-generated") {
        return Some(SkipReason::Generated(
            ".gitattributes: linguist-generated".to_owned(),
        ));
    }
    if is_set("linguist-vendored") {
        return Some(SkipReason::Vendored(
            ".gitattributes: linguist-vendored".to_owned(),
        ));
    }
    (is_set("binary") || is_unset("diff")).then_some(SkipReason::Binary)
}
