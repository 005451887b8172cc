//! The record of requests: one line of JSON each, and each holds the hash of the line before.
//!
//! A line that was changed, taken out or put in breaks the chain from there on; where the chain ends is also noted in the
//! spend database, so that cutting off its end is found too. A last line that a kill or a full disk cut short was never
//! promised to anybody: it is taken away before the next one is written.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use base::ContentHash;
use base::calendar;
use base::store::{Seconds, Sent};
use serde::{Deserialize, Serialize};

use crate::lock;
use crate::place;
use crate::spending::Head;

/// No line is longer: places are cut before, and more than that was not written by us.
const LONGEST: u64 = 1 << 20;
/// Places beyond this many are counted, not named.
const MOST_PLACES: usize = 2_000;
/// Characters of an outcome.
const LONGEST_OUTCOME: usize = 400;

/// The file.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    /// The workspace's folder, as every line names it.
    workspace: String,
}

/// One line.
#[derive(Serialize, Deserialize)]
struct Line {
    number: u64,
    at: String,
    workspace: String,
    model: String,
    role: String,
    attempt: u32,
    places: Vec<String>,
    request: String,
    input_tokens: u64,
    cached_tokens: u64,
    cache_written_tokens: u64,
    output_tokens: u64,
    estimated: bool,
    cost_micro_usd: Option<u64>,
    outcome: String,
    before: String,
}

/// What looking through the record showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Requests that are recorded and follow from the first line.
    pub requests: u64,
    /// The first line that does not.
    pub broken: Option<Broken>,
}

/// Where the record is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

impl Record {
    pub(crate) fn new(path: PathBuf, workspace: String) -> Self {
        Self { path, workspace }
    }

    pub(crate) fn workspace(&self) -> &str {
        &self.workspace
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Appends a line after what is there (`workspace`: of another one than this), and hands its number and hash to `noted` before another window can append.
    /// `last` is the end as the database knows it: the chain goes on from there where the file is gone.
    pub(crate) fn append(
        &self,
        now: Seconds,
        workspace: Option<&str>,
        sent: &Sent,
        last: Option<Head>,
        noted: impl FnOnce(&Head),
    ) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            place::folder(folder)?;
        }
        let mut file = place::append(&self.path, true)?;
        lock::take(&file)?;
        let end = heal(&mut file)?;
        let before = match last_line(&mut file, end)? {
            Some(line) => Head {
                number: serde_json::from_slice::<Line>(&line)
                    .map(|line| line.number)
                    .or_else(|_| last.map(|last| last.number).ok_or(()))
                    .unwrap_or(0),
                hash: ContentHash::of(&line).to_bytes().to_vec(),
            },
            None => last.unwrap_or(Head {
                number: 0,
                hash: vec![0; 16],
            }),
        };
        let mut line = serde_json::to_vec(&self.line(now, workspace, sent, &before))?;
        let head = Head {
            number: before.number.saturating_add(1),
            hash: ContentHash::of(&line).to_bytes().to_vec(),
        };
        line.push(b'\n');
        if let Err(error) = write(&mut file, &line) {
            // Half a line helps nobody, and taking it away needs no room.
            file.set_len(end).ok();
            return Err(error);
        }
        noted(&head);
        Ok(())
    }

    /// Looks through all lines. `last` is the end as the database knows it.
    pub(crate) fn verify(&self, last: Option<&Head>) -> io::Result<Verified> {
        let file = match place::append(&self.path, false) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let broken = last.map(|last| Broken {
                    line: 1,
                    why: format!(
                        "the file is gone; {} requests were recorded in it",
                        last.number
                    ),
                });
                return Ok(Verified {
                    requests: 0,
                    broken,
                });
            }
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(file);
        let mut verified = Verified::default();
        let mut before = Head {
            number: 0,
            hash: vec![0; 16],
        };
        let mut seen_last = last.is_none();
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader
                .by_ref()
                .take(LONGEST + 1)
                .read_until(b'\n', &mut text)?;
            let cut = text.pop_if(|last| *last == b'\n').is_none() && length as u64 <= LONGEST;
            if length == 0 || (cut && serde_json::from_slice::<Line>(&text).is_err()) {
                // The end, or a line that was cut short by a kill.
                break;
            }
            let line = verified.requests + 1;
            match follows(&text, &before) {
                Ok(head) => before = head,
                Err(why) => {
                    verified.broken = Some(Broken { line, why });
                    return Ok(verified);
                }
            }
            verified.requests = line;
            seen_last |= Some(&before) == last;
        }
        if !seen_last {
            let known = last.map_or(0, |last| last.number);
            let (line, why) = if known > verified.requests {
                let why = format!("it ends here, and {known} requests were recorded");
                (verified.requests + 1, why)
            } else {
                (known, "it is not the line that was written".to_owned())
            };
            verified.requests = verified.requests.min(line.saturating_sub(1));
            verified.broken = Some(Broken { line, why });
        }
        Ok(verified)
    }

    fn line(&self, now: Seconds, workspace: Option<&str>, sent: &Sent, before: &Head) -> Line {
        let usage = &sent.usage;
        let mut places: Vec<_> = sent.places.iter().take(MOST_PLACES).cloned().collect();
        if sent.places.len() > places.len() {
            places.push(format!("and {} more", sent.places.len() - places.len()));
        }
        let outcome = sent.outcome.chars().take(LONGEST_OUTCOME).collect();
        Line {
            number: before.number.saturating_add(1),
            at: calendar::moment(now),
            workspace: workspace.unwrap_or(&self.workspace).to_owned(),
            model: sent.model.to_string(),
            role: sent.role.clone(),
            attempt: sent.attempt,
            places,
            request: sent.hash.to_string(),
            input_tokens: usage.input_tokens,
            cached_tokens: usage.cached_tokens,
            cache_written_tokens: usage.cache_written_tokens,
            output_tokens: usage.output_tokens,
            estimated: usage.estimated,
            cost_micro_usd: usage.cost_micro_usd,
            outcome,
            before: hex(&before.hash),
        }
    }
}

/// The line's place in the chain, if it follows the one before.
fn follows(text: &[u8], before: &Head) -> Result<Head, String> {
    let line: Line =
        serde_json::from_slice(text).map_err(|_| "it is not a line of this record".to_owned())?;
    if line.before != hex(&before.hash) {
        return Err(match before.number {
            0 => "lines before it are missing".to_owned(),
            _ => "it does not follow the line before: one of the two was changed, or lines between them are missing".to_owned(),
        });
    }
    if line.number != before.number + 1 {
        return Err(format!(
            "it is number {}, and {} comes here",
            line.number,
            before.number + 1
        ));
    }
    Ok(Head {
        number: line.number,
        hash: ContentHash::of(text).to_bytes().to_vec(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes away a last line that was cut short, or ends it where only its line feed is missing; where the file ends now.
fn heal(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let end = line_start(file, length)?;
    if end == length {
        return Ok(end);
    }
    file.seek(SeekFrom::Start(end))?;
    let mut tail = Vec::new();
    Read::by_ref(file)
        .take(length - end)
        .read_to_end(&mut tail)?;
    if serde_json::from_slice::<Line>(&tail).is_ok() {
        file.write_all(b"\n")?;
        return Ok(length + 1);
    }
    file.set_len(end)?;
    Ok(end)
}

/// The last line before `end`, without its line feed.
fn last_line(file: &mut File, end: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(inner) = end.checked_sub(1) else {
        return Ok(None);
    };
    let start = line_start(file, inner)?;
    file.seek(SeekFrom::Start(start))?;
    let mut line = Vec::new();
    file.take(inner - start).read_to_end(&mut line)?;
    Ok(Some(line))
}

/// Where the line begins that `at` lies in: behind the last line feed before `at`.
fn line_start(file: &mut File, at: u64) -> io::Result<u64> {
    const STEP: u64 = 4_096;
    let mut end = at;
    let mut chunk = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        if at - start > 2 * LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its last line is no line of this record; move the file away",
            ));
        }
        file.seek(SeekFrom::Start(start))?;
        chunk.clear();
        Read::by_ref(file)
            .take(end - start)
            .read_to_end(&mut chunk)?;
        if let Some(found) = chunk.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + found as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn write(file: &mut File, line: &[u8]) -> io::Result<()> {
    #[cfg(test)]
    crate::tests::full_disk::permit(file, line)?;
    file.write_all(line)?;
    file.sync_data()
}
