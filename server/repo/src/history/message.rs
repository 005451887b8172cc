//! Raw commit objects: what git's format says of parents, tree and time, and what the message says of the purpose.
//!
//! A commit is a stranger's text: every field may be missing or absurd, control characters never get through, and a
//! commit that cannot be read is `None`, not an error. Names and addresses of people are not read.

use base::CommitNote;
use git2::Oid;

/// What is used of one commit object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) tree: Oid,
    pub(crate) parents: Vec<Oid>,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) subject: Box<str>,
    pub(crate) is_fix: bool,
}

/// Reads a commit object.
pub(crate) fn parse(data: &[u8]) -> Option<Header> {
    let split = memchr::memmem::find(data, b"\n\n").unwrap_or(data.len());
    let (head, message) = data.split_at(split);
    let (mut tree, mut parents, mut time) = (None, Vec::new(), 0);
    for line in head.split(|&byte| byte == b'\n') {
        if let Some(id) = line.strip_prefix(b"tree ") {
            tree = tree.or(oid(id));
        } else if let Some(id) = line.strip_prefix(b"parent ") {
            parents.push(oid(id)?);
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            time = committed_at(who).unwrap_or(0);
            // What follows (signatures, encodings) may hold lines that look like fields.
            break;
        }
    }
    let message = String::from_utf8_lossy(message.get(..4096).unwrap_or(message));
    let message = message.trim_start();
    let subject = message.lines().next().unwrap_or("");
    Some(Header {
        tree: tree?,
        parents,
        time,
        subject: clean(subject),
        is_fix: is_fix(message),
    })
}

fn oid(hex: &[u8]) -> Option<Oid> {
    let hex = std::str::from_utf8(hex).ok()?;
    (hex.len() == 40).then(|| Oid::from_str(hex).ok())?
}

/// The seconds in `Name <address> 1700000000 +0100`.
fn committed_at(who: &[u8]) -> Option<i64> {
    let after = &who[memchr::memrchr(b'>', who)? + 1..];
    let text = std::str::from_utf8(after).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn clean(subject: &str) -> Box<str> {
    let shown = subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(CommitNote::MAX_SUBJECT);
    shown.collect::<String>().trim().into()
}

/// Whether a message says that the commit repairs something that was wrong for users.
///
/// By words, as since J. Śliwerski, T. Zimmermann and A. Zeller, "When Do Changes Induce Fixes?", 2005; a conventional
/// prefix (`docs:`, `ci:` …) and words for what is no defect (typos, lints, formatting) speak against it.
pub fn is_fix(message: &str) -> bool {
    let subject = message.lines().next().unwrap_or("").to_lowercase();
    if let Some((prefix, _)) = subject.split_once(':') {
        let kind = prefix.split('(').next().unwrap_or(prefix);
        match kind.trim_end_matches('!').trim() {
            "fix" | "bugfix" | "hotfix" => return true,
            "docs" | "doc" | "style" | "chore" | "ci" | "build" | "test" | "tests" | "refactor"
            | "feat" | "deps" => return false,
            _ => {}
        }
    }
    let mut repairs = false;
    for word in subject.split(|c: char| !c.is_alphanumeric()) {
        match word {
            "typo" | "typos" | "lint" | "lints" | "clippy" | "fmt" | "format" | "formatting"
            | "rustfmt" | "ci" | "docs" | "readme" | "changelog" | "merge" => return false,
            "fix" | "fixes" | "fixed" | "fixing" | "bug" | "bugfix" | "hotfix" | "regression"
            | "crash" | "crashes" | "panic" | "revert" | "reverts" => repairs = true,
            _ => {}
        }
    }
    repairs
        || message
            .lines()
            .skip(1)
            .any(|line| closes_issue(line.trim()))
}

/// `Fixes #12`, `closes owner/name#12` and the like, at the start of a line: what code hosts act on.
fn closes_issue(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or("").trim_end_matches(':');
    let closes = ["fix", "fixes", "fixed", "closes", "resolves"]
        .iter()
        .any(|known| verb.eq_ignore_ascii_case(known));
    closes && words.next().is_some_and(|word| word.contains('#'))
}

#[cfg(test)]
mod tests {
    use super::{is_fix, parse};

    #[test]
    fn reads_a_commit_object() {
        let raw = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 1111111111111111111111111111111111111111\n\
            author A <a@b> 1 +0000\ncommitter A > B <a@b> 1700000000 -0300\ngpgsig -----BEGIN\n parent x\n\n\
            fix\x1b[2J: a\ttab\n\nbody\n";
        let header = parse(raw).expect("a commit");
        assert_eq!((header.parents.len(), header.time), (1, 1_700_000_000));
        assert_eq!(&*header.subject, "fix [2J: a tab");
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"tree zz\n\n"), None);
        assert_eq!(
            parse(b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904").map(|header| header.time),
            Some(0)
        );
    }

    #[test]
    fn tells_repairs_from_other_work() {
        for yes in [
            "fix: a race",
            "Fixed the crash on exit",
            "fix(core)!: x",
            "lexer: handle a regression",
            "Revert \"x\"",
            "Guard the index\n\nFixes #12",
            "x\n\nCloses: owner/name#3",
        ] {
            assert!(is_fix(yes), "{yes:?}");
        }
        for no in [
            "",
            "add prefix and suffix",
            "docs: fix a link",
            "Fix typo",
            "fix clippy",
            "Add fixtures",
            "x\n\nthis fixes nothing",
            "feat: crash reports",
        ] {
            assert!(!is_fix(no), "{no:?}");
        }
    }
}
