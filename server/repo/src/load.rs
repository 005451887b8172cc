//! One file's two texts and where they differ, or why it is not to be reviewed.

use std::path::Path;

use base::change::SkipReason;
use base::{FileTexts, Hunk, RelPath, Text, diff};

use crate::MAX_FILE_BYTES;
use crate::confined::{self, Refused};
use crate::objects::NoBlob;

/// Bytes in which a NUL makes a file binary; git's figure.
const SNIFFED: usize = 8_000;

/// A file on disk, as text; `None` when it is not there.
pub(crate) fn from_disk(root: &Path, path: &Path) -> Result<Option<Text>, SkipReason> {
    match confined::read(root, path, MAX_FILE_BYTES) {
        Ok(bytes) => text(bytes).map(Some),
        Err(Refused::Missing) => Ok(None),
        Err(Refused::Symlink) => Err(SkipReason::Symlink),
        Err(Refused::NotRegular) => Err(SkipReason::NotRegular),
        Err(Refused::TooLarge(bytes)) => Err(too_large(bytes)),
        Err(Refused::Failed(why)) => Err(SkipReason::Unreadable(why)),
    }
}

/// Bytes that may be text.
pub(crate) fn text(bytes: Vec<u8>) -> Result<Text, SkipReason> {
    if is_binary(&bytes) {
        return Err(SkipReason::Binary);
    }
    Ok(Text::from_bytes(bytes))
}

pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED)]).is_some()
}

/// Why a blob cannot be shown.
pub(crate) fn no_blob(why: NoBlob) -> SkipReason {
    match why {
        NoBlob::Missing => SkipReason::NotPresent(
            "its content is not in this clone; `git fetch --refetch --no-filter` gets it"
                .to_owned(),
        ),
        NoBlob::TooLarge(bytes) => too_large(bytes),
        NoBlob::Failed(why) => SkipReason::Unreadable(why),
    }
}

pub(crate) fn too_large(bytes: u64) -> SkipReason {
    SkipReason::TooLarge {
        bytes,
        limit: MAX_FILE_BYTES,
    }
}

/// Both texts with their hunks, unless the text itself says that nobody wrote it by hand.
pub(crate) fn texts(
    path: &RelPath,
    old: Option<Text>,
    new: Option<Text>,
    judged_by_hand: bool,
) -> Result<FileTexts, SkipReason> {
    if let Some(text) = new.as_ref().or(old.as_ref())
        && !judged_by_hand
        && let Some(reason) = syntax::classify(path, text)
    {
        return Err(reason);
    }
    let hunks: Vec<Hunk> = match (&old, &new) {
        (Some(old), Some(new)) => diff::hunks(old.as_str(), new.as_str()),
        (None, Some(new)) => diff::whole(new.as_str()),
        (Some(old), None) => diff::hunks(old.as_str(), ""),
        (None, None) => Vec::new(),
    };
    Ok(FileTexts { old, new, hunks })
}

/// Whether this is what git keeps in place of a file that a filter stores elsewhere (Git LFS).
pub(crate) fn is_pointer(text: &Text) -> bool {
    text.len() < 1_024
        && text
            .as_str()
            .starts_with("version https://git-lfs.github.com/spec/")
}
