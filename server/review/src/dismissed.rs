//! `.obelus/dismissed.toml`: findings that the team decided to live with.
//!
//! A dismissal names a fingerprint, and may name its rule and path; then all must agree, so that an entry never hides
//! more than was looked at. What is wrong in the file is reported and left out; an expired entry hides nothing.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base::{Finding, FindingId};
use serde_json::{Map, Value};

use crate::settings::{ConfigProblem, Source, nearest, toml};

const KEYS: &[&str] = &[
    "fingerprint",
    "rule",
    "path",
    "reason",
    "author",
    "date",
    "expiry",
];

/// The dismissals of a workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dismissals(HashMap<FindingId, Vec<Dismissal>>);

#[derive(Clone, Debug)]
struct Dismissal {
    rule: Option<String>,
    path: Option<String>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    expiry: Option<String>,
}

impl Dismissals {
    /// Whether a finding is dismissed on the day `today` (`YYYY-MM-DD`).
    pub(crate) fn hide(&self, finding: &Finding, today: &str) -> bool {
        let same = |given: &Option<String>, actual: &str| {
            given.as_deref().is_none_or(|given| given == actual)
        };
        self.0
            .get(&finding.id)
            .into_iter()
            .flatten()
            .any(|dismissal| {
                same(&dismissal.rule, finding.rule.as_str())
                    && same(&dismissal.path, finding.path.as_str())
                    && dismissal
                        .expiry
                        .as_deref()
                        .is_none_or(|expiry| today <= expiry)
            })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the file: entries `[[dismissed]]`.
pub(crate) fn parse(source: &Source) -> (Dismissals, Vec<ConfigProblem>) {
    let mut dismissals = Dismissals::default();
    let problem = |line, key: &str, message: String| ConfigProblem {
        file: source.name.clone(),
        line,
        key: key.to_owned(),
        message,
    };
    let written = match toml(&source.text) {
        Ok(written) => written,
        Err((line, message)) => {
            return (
                dismissals,
                vec![problem(line, "", format!("not valid TOML: {message}"))],
            );
        }
    };
    let mut problems = Vec::new();
    let line_of = |key: &str| written.lines.get(key).copied();
    for key in written.value.keys().filter(|key| *key != "dismissed") {
        let message = "unknown key; entries are written as `[[dismissed]]`".to_owned();
        problems.push(problem(line_of(key), key, message));
    }
    let entries = match written.value.get("dismissed") {
        None => return (dismissals, problems),
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(_) => {
            let message = "expected a list of entries, each written as `[[dismissed]]`".to_owned();
            problems.push(problem(line_of("dismissed"), "dismissed", message));
            return (dismissals, problems);
        }
    };
    for (index, entry) in entries.iter().enumerate() {
        let at = format!("dismissed[{index}]");
        let read = match entry {
            Value::Object(entry) => read_entry(entry),
            _ => Err(("", "expected a table".to_owned())),
        };
        match read {
            Ok((id, dismissal)) => dismissals.0.entry(id).or_default().push(dismissal),
            Err((key, message)) => {
                let path = match key {
                    "" => at.clone(),
                    _ => format!("{at}.{key}"),
                };
                problems.push(problem(
                    line_of(&path).or_else(|| line_of(&at)),
                    &path,
                    message,
                ));
            }
        }
    }
    (dismissals, problems)
}

fn read_entry(entry: &Map<String, Value>) -> Result<(FindingId, Dismissal), (&str, String)> {
    if let Some(key) = entry.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let hint = nearest(key, KEYS.iter().copied())
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err((key, format!("unknown key{hint}")));
    }
    let text = |key: &'static str| match entry.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err((key, "expected a string".to_owned())),
    };
    let id = text("fingerprint")?
        .ok_or(("fingerprint", "the key `fingerprint` is missing".to_owned()))?;
    let hex = id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let id: FindingId = match id.parse() {
        Ok(id) if hex => id,
        _ => {
            return Err((
                "fingerprint",
                "expected 16 hexadecimal digits, the id of a finding".to_owned(),
            ));
        }
    };
    if text("reason")?.is_none_or(|reason| reason.trim().is_empty()) {
        return Err((
            "reason",
            "a reason is missing; say why this finding is no problem".to_owned(),
        ));
    }
    text("author")?;
    let day = |key: &'static str| match text(key)? {
        Some(text) if !is_day(text) => Err((key, "expected a date like 2026-01-31".to_owned())),
        text => Ok(text.map(str::to_owned)),
    };
    day("date")?;
    let dismissal = Dismissal {
        rule: text("rule")?.map(str::to_owned),
        path: text("path")?.map(str::to_owned),
        expiry: day("expiry")?,
    };
    Ok((id, dismissal))
}

/// Whether `text` reads `YYYY-MM-DD`; such days compare as strings.
pub(crate) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number =
        |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok());
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, b)| match index {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        })
        && number(5, 7).is_some_and(|month| (1..=12).contains(&month))
        && number(8, 10).is_some_and(|day| (1..=31).contains(&day))
}

/// Today in UTC, `YYYY-MM-DD`.
pub(crate) fn today() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    day_of((since.as_secs() / 86_400) as i64)
}

/// The civil date of a number of days since 1970-01-01 (Gregorian, by eras of 400 years that start in March).
fn day_of(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{day_of, is_day, parse};
    use crate::settings::Source;

    #[test]
    fn days_are_civil_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_454, "2026-01-01"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(day_of(days), expected);
        }
    }

    #[test]
    fn a_day_has_one_form() {
        for (text, expected) in [
            ("2026-01-31", true),
            ("2026-13-01", false),
            ("2026-1-1", false),
            ("20260101xx", false),
        ] {
            assert_eq!(is_day(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let good = "[[dismissed]]\nfingerprint = \"00000000000000aa\"\nreason = \"known\"\nexpiry = 2030-01-01\n";
        for (text, expected) in [
            ("", ""),
            (good, ""),
            ("x = [", "d.toml:1: not valid TOML"),
            ("other = 1", "d.toml:1: other: unknown key"),
            ("dismissed = 1", "d.toml:1: dismissed: expected a list"),
            (
                "[[dismissed]]\nreason = \"r\"",
                "d.toml:1: dismissed[0].fingerprint: the key `fingerprint` is missing",
            ),
            (
                "[[dismissed]]\nfingerprint = \"+0000000000000aa\"\nreason=\"r\"",
                "d.toml:2: dismissed[0].fingerprint: expected 16",
            ),
            (
                "[[dismissed]]\nfingerprint = \"00000000000000aa\"",
                "d.toml:1: dismissed[0].reason: a reason is missing",
            ),
            (
                "[[dismissed]]\nfingerprnt = \"00000000000000aa\"",
                "d.toml:2: dismissed[0].fingerprnt: unknown key; did you mean `fingerprint`?",
            ),
            (
                "[[dismissed]]\nfingerprint = \"00000000000000aa\"\nreason = \"r\"\nexpiry = \"soon\"",
                "d.toml:4: dismissed[0].expiry: expected a date",
            ),
        ] {
            let source = Source {
                name: "d.toml".into(),
                text: text.into(),
            };
            let (_, problems) = parse(&source);
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            match expected {
                "" => assert!(shown.is_empty(), "{shown:?}"),
                _ => assert!(
                    shown.len() == 1 && shown[0].starts_with(expected),
                    "{shown:?} should start with {expected}"
                ),
            }
        }
    }
}
