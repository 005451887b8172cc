//! A selection as a change: the lines that somebody chose, as if they had been added to the rest of their file.
//!
//! So that a model reviews code that no commit touches with all that a review has: its place, its evidence, its limits.

use std::ops::Range;
use std::sync::Arc;

use base::change::{FileStatus, Hunk, SkipReason};
use base::{
    At, Cancel, Change, FileChange, FileTexts, RelPath, Repo, RepoError, Scope, Span, Text,
    WorkspaceKind,
};

/// A workspace whose only change is a selection.
pub(crate) struct Chosen {
    inner: Arc<dyn Repo>,
    path: RelPath,
    texts: FileTexts,
}

impl Chosen {
    /// The lines that `span` touches in `text`, which is what `inner` has of that file.
    pub(crate) fn new(inner: Arc<dyn Repo>, path: RelPath, text: &Text, span: Span) -> Self {
        let lines = text.lines();
        let first = lines.line_of(span.start);
        let last = lines.line_of(span.end.saturating_sub(1).max(span.start));
        let chosen: Range<u32> = first..last + 1;
        let whole = lines.lines_span(chosen.clone());
        let (start, end) = (whole.start as usize, whole.end as usize);
        let parts = text.as_str().get(..start).zip(text.as_str().get(end..));
        let rest = parts.map(|(before, after)| Text::new(format!("{before}{after}")));
        Self {
            inner,
            path,
            texts: FileTexts {
                old: rest,
                new: Some(text.clone()),
                hunks: vec![Hunk {
                    old: first..first,
                    new: chosen,
                }],
            },
        }
    }
}

impl Repo for Chosen {
    fn kind(&self) -> WorkspaceKind {
        self.inner.kind()
    }

    fn change(&self, _: &Scope, _: &Cancel) -> Result<Change, RepoError> {
        Ok(Change {
            base: None,
            head: None,
            old: None,
            new: At::Worktree,
            files: vec![FileChange::plain(self.path.clone(), FileStatus::Modified)],
            skipped: Vec::new(),
        })
    }

    fn load(&self, change: &Change, file: &FileChange) -> Result<FileTexts, SkipReason> {
        match file.path == self.path {
            true => Ok(self.texts.clone()),
            false => self.inner.load(change, file),
        }
    }

    fn text(&self, path: &RelPath, at: &At) -> Result<Option<Text>, RepoError> {
        self.inner.text(path, at)
    }

    fn list(&self, folder: &str, at: &At) -> Result<Vec<RelPath>, RepoError> {
        self.inner.list(folder, at)
    }

    fn head(&self) -> Result<Option<String>, RepoError> {
        self.inner.head()
    }

    fn is_ignored(&self, path: &RelPath) -> bool {
        self.inner.is_ignored(path)
    }

    fn operation_in_progress(&self) -> Option<&'static str> {
        self.inner.operation_in_progress()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::memory::MemoryRepo;
    use base::{Cancel, RelPath, Repo as _, Scope, Span, Text};

    use super::Chosen;

    #[test]
    fn the_chosen_lines_are_the_change() {
        let text = Text::new("one\ntwo\nthree\nfour\n");
        let repo = Arc::new(MemoryRepo::fixture("//- a.txt\none\n"));
        let path = RelPath::new("a.txt").expect("a path");
        for (span, rest, lines) in [
            (Span::new(5, 9), "one\nfour\n", 1..3),
            (Span::new(4, 4), "one\nthree\nfour\n", 1..2),
            (Span::new(0, 19), "", 0..4),
        ] {
            let chosen = Chosen::new(repo.clone(), path.clone(), &text, span);
            let change = chosen.change(&Scope::Worktree, &Cancel::new());
            let change = change.expect("a change");
            assert_eq!(change.files.len(), 1);
            let texts = chosen.load(&change, &change.files[0]).expect("texts");
            assert_eq!(texts.old.expect("the rest").as_str(), rest);
            assert_eq!(texts.hunks[0].new, lines);
        }
    }
}
