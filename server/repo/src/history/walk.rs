//! The walk: commits from a given one backwards, newest first, each looked at once.
//!
//! An own queue by commit time rather than libgit2's, because a parent that is not here (shallow clones) must end the
//! walk there and not fail it, and because commits known from before are walked without opening anything.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Cancel, HistoryEnd, RepoError};
use git2::{ObjectType, Odb, Oid};

use crate::history::Limits;
use crate::history::facts::{Fact, Facts};
use crate::history::message::{self, Header};
use crate::history::trees::{NoDiff, Trees};
use crate::loose::Loose;

/// After so many commits in a row whose trees are absent, this is a clone without trees.
const MAX_ABSENT: u32 = 64;

/// What a walk found.
pub(crate) struct Walked {
    /// Newest first, merges included.
    pub(crate) facts: Vec<Arc<Fact>>,
    pub(crate) end: HistoryEnd,
    /// Commits looked at for the first time.
    pub(crate) mined: u32,
}

/// A commit that waits: the newest first, among equals the one found first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    time: i64,
    order: std::cmp::Reverse<u32>,
    id: Oid,
}

struct Walk<'a> {
    odb: &'a Odb<'a>,
    loose: &'a Loose,
    trees: Trees<'a>,
    /// The opened folder from the top.
    prefix: &'a [u8],
    facts: &'a mut Facts,
    /// Commits that were read because a child was, until they are walked.
    headers: HashMap<Oid, Header>,
}

/// Walks from `start`, adding to `facts` what they lack.
pub(crate) fn walk(
    odb: &Odb<'_>,
    loose: &Loose,
    prefix: &[u8],
    start: Oid,
    facts: &mut Facts,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Walked, RepoError> {
    let deadline = Instant::now() + Duration::from_millis(limits.millis);
    let mut walk = Walk {
        odb,
        loose,
        trees: Trees::new(odb, loose),
        prefix,
        facts,
        headers: HashMap::new(),
    };
    let mut walked = Walked {
        facts: Vec::new(),
        end: HistoryEnd::Complete,
        mined: 0,
    };
    let mut seen = HashSet::from([start]);
    let mut queue = BinaryHeap::new();
    let (mut counted, mut popped, mut absent) = (0, 0, 0);
    match walk.time(start) {
        Some(time) => queue.push(waiting(time, 0, start)),
        None => walked.end = HistoryEnd::NotPresent,
    }
    while let Some(Waiting { id, .. }) = queue.pop() {
        popped += 1;
        // A history of nothing but merges must end as well.
        if counted >= limits.commits || popped > limits.commits.saturating_mul(4) {
            walked.end = HistoryEnd::CommitLimit;
            break;
        }
        if cancel.is_cancelled() {
            return Err(RepoError::Cancelled);
        }
        let fact = match walk.facts.commits.get(&id) {
            Some(fact) => Arc::clone(fact),
            None => {
                if Instant::now() >= deadline {
                    walked.end = HistoryEnd::TimeLimit;
                    break;
                }
                match walk.mine(id) {
                    Some((fact, is_certain)) => {
                        let fact = Arc::new(fact);
                        if is_certain {
                            walked.mined += 1;
                            absent = 0;
                            walk.facts.commits.insert(id, Arc::clone(&fact));
                        } else {
                            absent += 1;
                            walked.end = HistoryEnd::NotPresent;
                        }
                        fact
                    }
                    None => continue,
                }
            }
        };
        if absent > MAX_ABSENT {
            break;
        }
        if fact.parents.len() < 2 {
            counted += 1;
        }
        for &parent in &fact.parents {
            if !seen.insert(parent) {
                continue;
            }
            match walk.time(parent) {
                Some(time) => queue.push(waiting(time, popped, parent)),
                None => walked.end = HistoryEnd::NotPresent,
            }
        }
        walked.facts.push(fact);
    }
    Ok(walked)
}

fn waiting(time: i64, order: u32, id: Oid) -> Waiting {
    Waiting {
        time,
        order: std::cmp::Reverse(order),
        id,
    }
}

impl Walk<'_> {
    /// When a commit was made; `None` when it is not here.
    fn time(&mut self, id: Oid) -> Option<i64> {
        match self.facts.commits.get(&id) {
            Some(fact) => Some(fact.time),
            None => self.header(id).map(|header| header.time),
        }
    }

    fn header(&mut self, id: Oid) -> Option<&Header> {
        if !self.headers.contains_key(&id) {
            let (kind, content) = self.loose.or_packed(id, self.odb)?;
            let is_commit = kind == ObjectType::Commit;
            let header = message::parse(&content).filter(|_| is_commit)?;
            self.headers.insert(id, header);
        }
        self.headers.get(&id)
    }

    /// Looks at one commit; and whether that will hold when more of the history is fetched.
    fn mine(&mut self, id: Oid) -> Option<(Fact, bool)> {
        let header = self.header(id)?.clone();
        let (files, is_certain) = match header.parents.as_slice() {
            [] => self.differing(None, header.tree),
            &[parent] => match self.header(parent).map(|header| header.tree) {
                Some(before) => self.differing(Some(before), header.tree),
                None => (Vec::new(), false),
            },
            _ => (Vec::new(), true),
        };
        // Read once more at most when it is also the parent of a commit on another branch.
        self.headers.remove(&id);
        Some((self.facts.fact(id, &header, &files), is_certain))
    }

    fn differing(
        &mut self,
        old: Option<Oid>,
        new: Oid,
    ) -> (Vec<crate::history::trees::Differs>, bool) {
        let mut compare = || {
            let old = match old {
                Some(old) => self.trees.below(old, self.prefix)?,
                None => None,
            };
            let new = self.trees.below(new, self.prefix)?;
            self.trees.diff(old, new)
        };
        match compare() {
            Ok(files) => (files, true),
            Err(NoDiff::TooLarge) => (Vec::new(), true),
            Err(NoDiff::Missing) => (Vec::new(), false),
        }
    }
}
