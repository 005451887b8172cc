//! Where a remark belongs: found by the text it quotes, never by its number alone.
//!
//! First the lines that the model was shown, then the file. Where equal lines stand at several places the tag decides,
//! then the symbol; a number that contradicts them makes the place doubtful, and what is doubtful is dropped.

use std::ops::Range;

use super::page::{Page, normal};

/// A file of a unit, and what of it the model was shown.
pub(super) struct Sight<'a> {
    pub(super) page: &'a Page,
    /// Changed lines; an empty range is a place where lines were taken away.
    pub(super) changed: Vec<Range<u32>>,
    /// Lines that were shown.
    pub(super) shown: Vec<Range<u32>>,
    /// Definitions by name, with their lines.
    pub(super) symbols: Vec<(String, Range<u32>)>,
}

/// Why a remark has no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Its quote stands nowhere.
    Absent,
    /// It may belong to several places.
    Ambiguous,
}

/// What a remark says about its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint<'a> {
    pub(super) quote: &'a str,
    pub(super) tag: &'a str,
    /// 1-based; 0 where none was given.
    pub(super) line: u32,
    pub(super) symbol: &'a str,
}

/// The 0-based lines that a remark is about.
pub(super) fn place(sight: &Sight<'_>, hint: Hint<'_>) -> Result<Range<u32>, Lost> {
    let mut lost = Lost::Absent;
    for (lines, own_tag) in readings(hint.quote) {
        let tag = match hint.tag.trim_start_matches('#') {
            "" => own_tag.as_str(),
            tag => tag,
        };
        let hint = Hint { tag, ..hint };
        for found in [exact(sight.page, &lines), partial(sight, &lines)] {
            match choose(sight, found, hint) {
                Ok(place) => return Ok(place),
                Err(Lost::Ambiguous) => {
                    lost = Lost::Ambiguous;
                    break;
                }
                Err(Lost::Absent) => {}
            }
        }
    }
    Err(lost)
}

/// Whether some lines touch a changed line, or the place where lines were taken away.
pub(super) fn touches(changed: &[Range<u32>], lines: &Range<u32>) -> bool {
    changed.iter().any(|change| match change.is_empty() {
        true => lines.start <= change.start && change.start <= lines.end,
        false => lines.start < change.end && change.start < lines.end,
    })
}

/// What the quoted lines may be: as they are, or with the marks, numbers and tags of the prompt copied along. With the
/// tag of the first line, where it was copied.
fn readings(quote: &str) -> Vec<(Vec<String>, String)> {
    let fenced = quote
        .trim()
        .trim_start_matches("```")
        .trim_end_matches("```");
    let mut raw: Vec<&str> = fenced
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    // What follows dots was left out; what stands before them was copied.
    let dots = raw
        .iter()
        .position(|line| matches!(line.trim(), "..." | "…" | "// ..." | "# ..."));
    if let Some(dots) = dots {
        raw.truncate(dots);
    }
    let mut readings: Vec<(Vec<String>, String)> = Vec::new();
    let numbered: Option<Vec<(&str, &str)>> = raw.iter().map(|line| without_number(line)).collect();
    if let Some(numbered) = numbered.filter(|lines| !lines.is_empty()) {
        let tag = numbered[0].0.to_owned();
        readings.push((numbered.iter().map(|(_, line)| normal(line)).collect(), tag));
    }
    readings.push((raw.iter().map(|line| normal(line)).collect(), String::new()));
    let marked: Option<Vec<&str>> = raw.iter().map(|line| line.strip_prefix('+')).collect();
    readings.extend(marked.map(|lines| (lines.into_iter().map(normal).collect(), String::new())));
    for (lines, _) in &mut readings {
        lines.retain(|line: &String| !line.is_empty());
        if let Some(last) = lines.last_mut() {
            let cut = last
                .trim_end_matches("...")
                .trim_end_matches('…')
                .trim_end();
            last.truncate(cut.len());
        }
        lines.truncate(40);
    }
    readings.retain(|(lines, _)| lines.iter().any(|line| !line.is_empty()));
    readings
}

/// The tag and the rest of `+ 12 7kq|rest`.
fn without_number(line: &str) -> Option<(&str, &str)> {
    let (head, rest) = line.split_once('|')?;
    let head = head.trim_start_matches(['+', ' ']);
    let (number, tag) = head.trim_end().split_once(' ')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && tag.trim().len() == 3).then(|| (tag.trim(), rest))
}

/// Places where the page says these lines one after the other, blank lines aside.
fn exact(page: &Page, lines: &[String]) -> Vec<Range<u32>> {
    let Some(starts) = lines.first().and_then(|first| page.saying.get(first)) else {
        return Vec::new();
    };
    let fits = |start: usize| {
        let window = page.solid.get(start..start + lines.len())?;
        let same = window
            .iter()
            .zip(lines)
            .all(|((_, says), line)| says == line);
        same.then(|| window[0].0..window[window.len() - 1].0 + 1)
    };
    starts.iter().filter_map(|start| fits(*start)).collect()
}

/// Places on shown lines where the first line ends, and the last begins, like the quote: it was cut while copying.
fn partial(sight: &Sight<'_>, lines: &[String]) -> Vec<Range<u32>> {
    /// A shorter piece of a line says too little.
    const LEAST: usize = 10;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Vec::new();
    };
    let letters: usize = lines
        .iter()
        .map(|line| line.chars().filter(|c| c.is_alphanumeric()).count())
        .sum();
    if letters < LEAST {
        return Vec::new();
    }
    let solid = &sight.page.solid;
    let mut found = Vec::new();
    for start in 0..(solid.len() + 1).saturating_sub(lines.len()) {
        let window = &solid[start..start + lines.len()];
        if !is_in(&sight.shown, window[0].0) {
            continue;
        }
        let (says_first, says_last) = (&window[0].1, &window[window.len() - 1].1);
        let fits = match lines.len() {
            1 => says_first.contains(first.as_str()),
            count => {
                says_first.ends_with(first.as_str())
                    && says_last.starts_with(last.as_str())
                    && window[1..count - 1]
                        .iter()
                        .zip(&lines[1..count - 1])
                        .all(|((_, says), line)| says == line)
            }
        };
        if fits {
            found.push(window[0].0..window[window.len() - 1].0 + 1);
        }
    }
    found
}

fn is_in(ranges: &[Range<u32>], line: u32) -> bool {
    ranges.iter().any(|range| range.contains(&line))
}

/// The one place that is meant.
fn choose(sight: &Sight<'_>, found: Vec<Range<u32>>, hint: Hint<'_>) -> Result<Range<u32>, Lost> {
    let (seen, unseen): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|place| is_in(&sight.shown, place.start));
    let among = if seen.is_empty() { unseen } else { seen };
    let (Some(only), 1) = (among.first(), among.len()) else {
        return match among.is_empty() {
            true => Err(Lost::Absent),
            false => among_several(sight, &among, hint),
        };
    };
    Ok(only.clone())
}

fn among_several(
    sight: &Sight<'_>,
    places: &[Range<u32>],
    hint: Hint<'_>,
) -> Result<Range<u32>, Lost> {
    let numbered = |place: &Range<u32>| hint.line > 0 && place.contains(&(hint.line - 1));
    let one = |fits: &dyn Fn(&Range<u32>) -> bool| {
        let mut fitting = places.iter().filter(|place| fits(place));
        let first = fitting.next()?;
        fitting.next().is_none().then(|| first.clone())
    };
    // A number that names another of these places speaks against the rest.
    let contradicted = |chosen: &Range<u32>| {
        places
            .iter()
            .any(|place| place != chosen && numbered(place))
    };
    let by_tag = one(&|place| sight.page.tag(place.start) == hint.tag);
    let symbol = hint
        .symbol
        .rsplit(['.', ':', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches("()");
    let by_symbol = || {
        let mut named = sight
            .symbols
            .iter()
            .filter(|(name, _)| !symbol.is_empty() && name == symbol);
        let (_, lines) = named.next()?;
        match named.next() {
            Some(_) => None,
            None => one(&|place| lines.contains(&place.start)),
        }
    };
    let by_change = || one(&|place| touches(&sight.changed, place)).filter(numbered);
    let chosen = match (by_tag, by_symbol()) {
        (Some(tagged), Some(named)) if tagged != named => None,
        (tagged, named) => tagged.or(named).or_else(by_change),
    };
    chosen
        .filter(|chosen| !contradicted(chosen))
        .ok_or(Lost::Ambiguous)
}
