//! A thousand remarks whose place is garbled in every way: none may end on a wrong line.

use base::{RelPath, Text};

use super::super::anchor::{Hint, Sight, place};
use super::super::page::{Page, normal};
use crate::redact::Redactor;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

/// A file of forty functions, of which every third line stands somewhere else too.
fn source() -> String {
    let mut text = String::new();
    for n in 0..40 {
        text.push_str(&format!("def step_{n}(value, options):\n"));
        text.push_str(&format!(
            "    first = prepare_{n}(value, options[\"mode\"])\n"
        ));
        text.push_str("    if first is None:\n        return None\n");
        text.push_str(&format!("    second = combine(first, weight={n}.5)\n"));
        text.push_str("    log.debug(\"combined\")\n\n");
        text.push_str(&format!("    result = finish_{n}(second)\n"));
        text.push_str("    return result\n\n");
    }
    text
}

#[test]
fn no_remark_ends_on_a_wrong_line() {
    let path = RelPath::new("src/steps.py").expect("a path");
    let text = Text::new(source());
    let page = Page::new(&Redactor::default(), &path, &text);
    let lines = page.len() - 1;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut recoverable, mut placed) = (0, 0);
    let mut wrong = Vec::new();
    let mut lost = Vec::new();
    for round in 0..1_500 {
        let start = dice.roll(lines as usize - 6) as u32;
        let len = 1 + dice.roll(4) as u32;
        let truth = start..start + len;
        let quoted: Vec<&str> = truth.clone().map(|line| page.line(line)).collect();
        if quoted.iter().all(|line| line.trim().is_empty()) || quoted[0].trim().is_empty() {
            continue;
        }
        let mut quote = quoted.join("\n");
        // What is garbled: indentation, the end of the quote, the numbers and tags of the prompt, marks.
        let mut cut = None;
        match dice.roll(7) {
            0 => {
                quote = quoted
                    .iter()
                    .map(|line| line.trim())
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            1 => {
                quote = quoted
                    .iter()
                    .map(|line| format!("\t\t{}", line.trim().replace(' ', "  ")))
                    .collect::<Vec<_>>()
                    .join("\n\n")
            }
            2 => {
                let numbered = truth
                    .clone()
                    .map(|line| format!("+{} {}|{}", line + 7, page.tag(line), page.line(line)));
                quote = numbered.collect::<Vec<_>>().join("\n");
            }
            3 => {
                let last = quoted[quoted.len() - 1].trim_end();
                let keep = last.len() * 2 / 3;
                quote.truncate(quote.trim_end().len() - (last.len() - keep));
                cut = Some(normal(&last[..keep]));
            }
            4 => quote = format!("```\n{quote}\n```"),
            5 => quote.push_str("\n..."),
            _ => {}
        }
        let line = match dice.roll(4) {
            0 => 0,
            1 => truth.start + 1,
            2 => truth.start + 2 + dice.roll(30) as u32,
            _ => dice.roll(2 * lines as usize) as u32,
        };
        let tag = match dice.roll(3) {
            0 => "",
            1 => "zz9",
            _ => page.tag(truth.start),
        };
        let symbol = match dice.roll(3) {
            0 => format!("step_{}", truth.start / 10),
            _ => String::new(),
        };
        let whole = dice.roll(3) > 0;
        let near = truth.start.saturating_sub(12)..(truth.end + 12).min(page.len());
        let shown = if whole { 0..page.len() } else { near };
        let symbols = (0..40)
            .map(|n| (format!("step_{n}"), n * 10..n * 10 + 9))
            .collect();
        let sight = Sight {
            page: &page,
            changed: vec![truth.clone()],
            shown: std::iter::once(shown).collect(),
            symbols,
        };
        let hint = Hint {
            quote: &quote,
            tag,
            line,
            symbol: &symbol,
        };
        let first = truth
            .clone()
            .find(|line| !page.line(*line).trim().is_empty())
            .expect("a line");
        // Only one place says this, or the tag says which one: then it can be found.
        let says: Vec<&String> = page
            .solid
            .iter()
            .filter(|(line, _)| truth.contains(line))
            .map(|(_, says)| says)
            .collect();
        let count = says.len();
        let equal = |window: &[(u32, String)]| {
            let same = |at: usize| match (&cut, at + 1 == count) {
                (Some(cut), true) if count == 1 => window[at].1.contains(cut.as_str()),
                (Some(cut), true) => window[at].1.starts_with(cut.as_str()),
                _ => window[at].1 == *says[at],
            };
            (0..count).all(same)
        };
        let twins = page
            .solid
            .windows(count)
            .filter(|window| equal(window))
            .count();
        let letters = quote.chars().filter(|c| c.is_alphanumeric()).count();
        let can_be = twins == 1 && (cut.is_none() || letters >= 10);
        recoverable += usize::from(can_be);
        match place(&sight, hint) {
            Ok(found) if found.start == first => placed += usize::from(can_be),
            Ok(found) => wrong.push(format!("{round}: {found:?} instead of {truth:?}: {hint:?}")),
            Err(why) if can_be => lost.push(format!("{round}: {why:?} {truth:?}: {hint:?}")),
            Err(_) => {}
        }
    }
    assert!(recoverable >= 500, "{recoverable}");
    assert!(
        wrong.is_empty(),
        "{} wrong: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(5)]
    );
    let rate = placed as f64 / recoverable as f64;
    assert!(rate >= 0.95, "{rate}: {:#?}", &lost[..lost.len().min(5)]);
}
