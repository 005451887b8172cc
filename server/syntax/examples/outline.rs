//! Outlines of files: `outline FILE…` prints definitions and mentions; `outline --tags` reads paths from standard
//! input and prints `path, line, kind, name` for a comparison with ctags; `outline --speed` times parsing and outlines;
//! `outline --profile` makes each outline twenty times and prints nothing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool for the people who work on this crate"
)]

use std::io::Read as _;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use base::{RelPath, Text};
use syntax::{Language, Tree};

#[path = "../tests/syntax/render.rs"]
mod render;

const DEADLINE: Duration = Duration::from_secs(20);

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1).peekable();
    let mode = arguments.next_if(|first| first.starts_with("--"));
    let mut paths: Vec<String> = arguments.collect();
    if paths.is_empty() {
        let mut input = String::new();
        io::stdin().read_to_string(&mut input)?;
        paths = input.lines().map(str::to_owned).collect();
    }
    let mut speed = Speed::default();
    for path in paths {
        let Ok(source) = fs::read_to_string(&path) else {
            continue;
        };
        let text = Text::new(source);
        let name = path.rsplit('/').next().unwrap_or(&path);
        let Some(language) = RelPath::new(name)
            .ok()
            .and_then(|name| Language::of(&name, &text))
        else {
            continue;
        };
        let started = Instant::now();
        let Ok(tree) = Tree::parse(language, &text, DEADLINE) else {
            eprintln!("{path}: took too long");
            continue;
        };
        let parsed = started.elapsed();
        let outline = tree.outline();
        if mode.as_deref() == Some("--profile") {
            (0..20).for_each(|_| drop(std::hint::black_box(tree.outline())));
        }
        match mode.as_deref() {
            Some("--speed") => {
                speed.bytes += text.as_str().len();
                speed.parsing += parsed;
                speed.outlining += started.elapsed() - parsed;
                speed.definitions += outline.definitions.len();
                speed.references += outline.references.len();
            }
            Some("--tags") => {
                for definition in &outline.definitions {
                    let line = text.lines().line_of(definition.name_span.start) + 1;
                    let name: Vec<&str> = definition.name.split_whitespace().collect();
                    println!("{path}\t{line}\t{:?}\t{}", definition.kind, name.join(" "));
                }
            }
            Some("--profile") => {}
            Some("--shape") => println!("{}", tree.shape()),
            _ => print!("{}", render::render(&outline, &text)),
        }
    }
    if speed.bytes > 0 {
        println!("{speed}");
    }
    Ok(())
}

#[derive(Default)]
struct Speed {
    bytes: usize,
    parsing: Duration,
    outlining: Duration,
    definitions: usize,
    references: usize,
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = self.bytes as f64 / 1e6;
        let (parsing, outlining) = (self.parsing.as_secs_f64(), self.outlining.as_secs_f64());
        write!(
            f,
            "{megabytes:.1} MB: parsing {:.1} MB/s, with outline {:.1} MB/s ({:.2} times); {} definitions, {} mentions",
            megabytes / parsing,
            megabytes / (parsing + outlining),
            (parsing + outlining) / parsing,
            self.definitions,
            self.references,
        )
    }
}
