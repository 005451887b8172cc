//! The source excerpt under a finding's title: the marked lines with a line of context, drawn by annotate-snippets.
//!
//! Only a window of the file is handed over (a drawing must not cost what the file's length costs), made safe first:
//! tabs become spaces, hidden characters are spelled out, secrets become dots, and very long lines are cut around the
//! mark. Therefore the place in the header is given as numbers, not computed from the window.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use anstream::adapter::strip_str;
use base::{Finding, RelPath, Report, Severity, Span, Text};

use super::Secrets;
use super::style::{self, paint};
use super::visible::{is_hidden, visible};

/// What a secret is replaced by, whatever its length.
const MASK: &str = "••••••••";
/// Spaces for a tab.
const TAB: &str = "    ";
/// Bytes of one line that are shown at most; the renderer cuts further to the width.
const LINE_BYTES: usize = 600;
/// A mark over more lines than this is drawn folded.
const UNFOLDED_LINES: u32 = 8;
/// Evidence further than this from the finding gets an excerpt of its own.
const NEAR_LINES: u32 = 30;

/// The drawing: the place with `label` beside it, the excerpt, and the evidence; ends in a line feed.
pub(crate) fn draw(
    report: &Report,
    secrets: &Secrets<'_>,
    finding: &Finding,
    label: &str,
    width: usize,
) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Hint => Level::HELP,
    };
    let mut clusters = vec![Cluster {
        path: &finding.path,
        marks: vec![Mark {
            span: finding.span,
            note: String::new(),
            primary: true,
        }],
    }];
    for evidence in &finding.evidence {
        let mark = Mark {
            span: evidence.span,
            note: visible(&evidence.note).into_owned(),
            primary: false,
        };
        let text = report.sources.get(&evidence.path);
        let near = text.is_some_and(|text| {
            let distance = text
                .lines()
                .line_of(evidence.span.start)
                .abs_diff(text.lines().line_of(finding.span.start));
            evidence.path == finding.path && distance <= NEAR_LINES
        });
        if near {
            clusters[0].marks.push(mark);
        } else {
            clusters.push(Cluster {
                path: &evidence.path,
                marks: vec![mark],
            });
        }
    }
    let renderer = Renderer::styled()
        .decor_style(DecorStyle::Unicode)
        .term_width(width)
        .error(style::BAD)
        .warning(style::CAUTION)
        .info(style::severity(Severity::Info))
        .help(style::HELP)
        .line_num(style::FAINT)
        .context(style::FAINT);
    let mut out = String::new();
    for cluster in &clusters {
        let path = visible(cluster.path.as_str());
        let label = if cluster.marks[0].primary { label } else { "" };
        let Some(text) = report.sources.get(cluster.path) else {
            let _ = writeln!(
                out,
                "  {} {path}  {}",
                paint(style::FAINT, "╭▸"),
                paint(style::FAINT, label)
            );
            continue;
        };
        let place = text.line_column(cluster.marks[0].span.start);
        let masked = secrets.of(cluster.path);
        let place = format!(
            "{path}:{}:{}  {}",
            place.line,
            place.column,
            paint(style::FAINT, label)
        );
        let group = Group::with_level(level.clone()).element(cluster.snippet(text, masked));
        let drawn = renderer.render(&[group]);
        for (number, line) in drawn.lines().enumerate() {
            // The header has no place (see above), and the box is closed by an empty line where context comes last.
            match number {
                0 => drop(writeln!(out, "{line}{}", place.trim_end())),
                _ if strip_str(line).to_string().trim() == "╰╴" => {}
                _ => drop(writeln!(out, "{}", line.trim_end())),
            }
        }
    }
    out
}

struct Cluster<'a> {
    path: &'a RelPath,
    marks: Vec<Mark>,
}

struct Mark {
    span: Span,
    note: String,
    primary: bool,
}

impl Cluster<'_> {
    fn snippet(&self, text: &Text, masked: &[Span]) -> Snippet<'static, Annotation<'static>> {
        let index = text.lines();
        let spans: Vec<Span> = self
            .marks
            .iter()
            .map(|mark| within(text, mark.span))
            .collect();
        let first = spans
            .iter()
            .map(|span| index.line_of(span.start))
            .min()
            .unwrap_or(0);
        let last = spans
            .iter()
            .map(|span| index.line_of(last_byte(*span)))
            .max()
            .unwrap_or(0);
        let blank = |line: u32| text.line(line).is_none_or(|line| line.trim().is_empty());
        let top = if first > 0 && !blank(first - 1) {
            first - 1
        } else {
            first
        };
        let bottom = if blank(last + 1) { last } else { last + 1 };
        let window = Window::new(text, top..bottom + 1, &spans, masked);
        let mut snippet = Snippet::source(window.shown)
            .line_start(top as usize + 1)
            .fold(last - first >= UNFOLDED_LINES);
        for (mark, span) in self.marks.iter().zip(window.spans) {
            let kind = if mark.primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let label = (!mark.note.is_empty()).then(|| mark.note.clone());
            snippet = snippet.annotation(kind.span(span).label(label));
        }
        snippet
    }
}

/// The shown form of some lines, and where spans ended up in it.
struct Window {
    shown: String,
    spans: Vec<Range<usize>>,
}

impl Window {
    fn new(text: &Text, lines: Range<u32>, spans: &[Span], masked: &[Span]) -> Self {
        let mut shown = String::new();
        let mut places: Vec<(Option<usize>, Option<usize>)> = vec![(None, None); spans.len()];
        for line in lines.clone() {
            let Some(content) = text.line(line) else {
                break;
            };
            let start = text.lines().line_start(line) as usize;
            let (from, to) = cut(content, start, spans);
            if from > 0 {
                shown.push('…');
            }
            for (at, c) in content[from..to].char_indices() {
                let offset = (start + from + at) as u32;
                note(&mut places, spans, offset, shown.len());
                match masked
                    .iter()
                    .find(|span| span.start <= offset && offset < span.end)
                {
                    // Once per line of the secret: its first character, or the first of the line.
                    Some(span) if offset == span.start || at == 0 => shown.push_str(MASK),
                    Some(_) => {}
                    None if c == '\t' => shown.push_str(TAB),
                    None if is_hidden(c) => shown.extend(c.escape_unicode()),
                    None => shown.push(c),
                }
            }
            note(&mut places, spans, (start + to) as u32, shown.len());
            if to < content.len() {
                shown.push('…');
            }
            // Offsets in the cut-off rest and in the line ending belong to the end of what is shown.
            let end = text.lines().line_start(line + 1).saturating_sub(1);
            note(&mut places, spans, end, shown.len());
            if line + 1 < lines.end {
                shown.push('\n');
            }
        }
        let end = shown.len();
        let spans = places
            .into_iter()
            .map(|(from, to)| {
                let from = from.unwrap_or(0).min(end);
                from..to.unwrap_or(end).clamp(from, end)
            })
            .collect();
        Self { shown, spans }
    }
}

/// Sets the start and end of each span that lies at or before `offset` and was not placed yet.
fn note(places: &mut [(Option<usize>, Option<usize>)], spans: &[Span], offset: u32, shown: usize) {
    for (place, span) in places.iter_mut().zip(spans) {
        if place.0.is_none() && span.start <= offset {
            place.0 = Some(shown);
        }
        if place.1.is_none() && span.end <= offset {
            place.1 = Some(shown);
        }
    }
}

/// Which bytes of a line to show: all of it, or a piece around the first mark in it.
fn cut(content: &str, start: usize, spans: &[Span]) -> (usize, usize) {
    if content.len() <= LINE_BYTES {
        return (0, content.len());
    }
    let mark = spans
        .iter()
        .map(|span| span.start as usize)
        .find(|at| (start..start + content.len()).contains(at));
    let from = mark.map_or(0, |at| (at - start).saturating_sub(LINE_BYTES / 4));
    let boundary = |mut at: usize| {
        while !content.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(from);
    (from, boundary((from + LINE_BYTES).min(content.len())))
}

/// A span cut to the text.
fn within(text: &Text, span: Span) -> Span {
    let len = text.len() as u32;
    Span {
        start: span.start.min(len),
        end: span.end.min(len).max(span.start.min(len)),
    }
}

/// The last byte a span covers: its end may stand at the start of a line that it does not touch.
fn last_byte(span: Span) -> u32 {
    if span.is_empty() {
        span.start
    } else {
        span.end - 1
    }
}

#[cfg(test)]
mod tests {
    use base::{Evidence, Finding, RelPath, Report, Span, Text};

    use super::super::{fixture, secrets};

    /// Numbers that look random and are the same in every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % end.max(1)
        }
    }

    const PIECES: &[&str] = &[
        "a",
        "let x = 1;",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "é",
        "日本",
        "👩‍💻",
        "\u{202e}",
        "\u{1b}[31m",
        "\0",
        "\u{2028}",
        "\u{301}",
        "\u{feff}",
    ];

    #[test]
    fn any_text_and_any_span_can_be_drawn() {
        let mut numbers = Numbers(7);
        let path = RelPath::new("a.txt").expect("a path");
        for round in 0..4_000 {
            let long = if round % 50 == 0 { 3_000 } else { 30 };
            let text: String = (0..numbers.below(long))
                .map(|_| PIECES[numbers.below(PIECES.len())])
                .collect();
            let mut span = || {
                let start = numbers.below(text.len() + 3);
                Span::new(start, start + numbers.below(text.len() + 3))
            };
            let (marked, noted, secret) = (span(), span(), span());
            let template = fixture::report().findings.remove(0);
            let finding = Finding {
                path: path.clone(),
                span: marked,
                evidence: vec![Evidence {
                    path: path.clone(),
                    span: noted,
                    note: "here".to_owned(),
                }],
                fix: None,
                ..template
            };
            let hidden = Finding {
                span: secret,
                sensitive: true,
                evidence: Vec::new(),
                ..finding.clone()
            };
            let mut report = Report {
                findings: vec![finding.clone(), hidden],
                ..Report::default()
            };
            report.sources.insert(path.clone(), Text::new(text.clone()));
            let drawn = super::draw(&report, &secrets(&report), &finding, "rule", 60);
            let plain = anstream::adapter::strip_str(&drawn).to_string();
            let raw = plain.chars().find(|c| *c != '\n' && super::is_hidden(*c));
            assert_eq!(raw, None, "{text:?} {marked:?} {noted:?} {secret:?}");
        }
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let path = RelPath::new("a.txt").expect("a path");
        let text = format!("{}MARK{}\n", "x".repeat(100_000), "y".repeat(100_000));
        let finding = Finding {
            path: path.clone(),
            span: Span::new(100_000, 100_004),
            ..fixture::report().findings.remove(1)
        };
        let mut report = Report::default();
        report.sources.insert(path, Text::new(text));
        let drawn = super::draw(&report, &secrets(&report), &finding, "rule", 80);
        let plain = anstream::adapter::strip_str(&drawn).to_string();
        assert!(plain.contains("a.txt:1:100001"), "{plain}");
        let line = plain
            .lines()
            .find(|line| line.contains("MARK"))
            .expect("the mark is shown");
        assert!(line.chars().count() <= 90, "{line}");
    }
}
