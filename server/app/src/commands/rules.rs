//! `obelus rules`: list them, explain one, run the examples beside your own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::memory::MemoryRepo;
use base::{RelPath, RuleMeta};
use review::{Catalogue, Engine, Flags, Trust};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::args::{Plain, Rules};
use crate::render::style::{BAD, CODE, FAINT, GOOD, STRONG, paint, severity};
use crate::render::visible::{visible, visible_lines};
use crate::render::{counted, pretty, prose};
use crate::status::{Failure, Status, warning};
use crate::terminal::Terminal;
use crate::workspace;

/// Where a workspace keeps its own rules.
const RULES_FOLDER: &str = ".obelus/rules";
/// Larger files are no rules.
const MAX_RULE_FILE: u64 = 1_000_000;
/// Folders deeper than this are not searched for rules.
const MAX_DEPTH: usize = 8;

pub(crate) fn run(
    args: &Rules,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    match args {
        Rules::List {
            language,
            category,
            profile,
            format,
        } => {
            let filter = Filter {
                language: language.as_deref(),
                category: category.as_deref(),
            };
            list(
                &known(folder, profile.as_deref(), terminal)?.0,
                &filter,
                *format,
                terminal,
            )
        }
        Rules::Explain { id, format } => {
            explain(id, &known(folder, None, terminal)?.1, *format, terminal)
        }
        Rules::Test { rules } => test(rules.as_deref(), folder, terminal),
    }
}

/// The rules that `profile` runs (all without one), and the catalogue: the workspace's own rules included, where there
/// is a workspace that can be read.
fn known(
    folder: Option<&Path>,
    profile: Option<&str>,
    terminal: &Terminal,
) -> Result<(Vec<Arc<RuleMeta>>, Catalogue), Failure> {
    let flags = Flags {
        profile: profile.map(str::to_owned),
        ..Flags::default()
    };
    let engine = match workspace::open(folder) {
        Ok(workspace) => workspace::engine(&workspace, flags, Trust::Worktree)?,
        // The rules that come with Obelus can be read about anywhere.
        Err(_) if folder.is_none() => {
            let nowhere = Arc::new(MemoryRepo::default());
            Engine::open(nowhere, workspace::layers(flags)?, Trust::None)?
        }
        Err(failure) => return Err(failure),
    };
    for problem in engine.problems() {
        terminal.aside(&warning(problem));
    }
    let rules = if profile.is_some() {
        engine.enabled()
    } else {
        engine.catalogue().metas()
    };
    Ok((rules, engine.catalogue().clone()))
}

struct Filter<'a> {
    language: Option<&'a str>,
    category: Option<&'a str>,
}

impl Filter<'_> {
    /// Rules about any text are rules for every language.
    fn takes(&self, meta: &RuleMeta) -> bool {
        let language = |name: &str| {
            meta.languages.is_empty() || meta.languages.iter().any(|language| language == name)
        };
        self.language.is_none_or(language)
            && self
                .category
                .is_none_or(|name| meta.category.as_str() == name)
    }
}

fn list(
    rules: &[Arc<RuleMeta>],
    filter: &Filter<'_>,
    format: Plain,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let rules: Vec<_> = rules.iter().filter(|meta| filter.takes(meta)).collect();
    let text = match format {
        Plain::Json => pretty(&rules.iter().map(|meta| as_json(meta)).collect::<Vec<_>>()),
        // A pipe has no width: what reads it may search the titles.
        Plain::Human => table(&rules, terminal.columns().unwrap_or(usize::MAX)),
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}

fn table(rules: &[&Arc<RuleMeta>], width: usize) -> String {
    let mut out = String::new();
    let group = |meta: &RuleMeta| {
        meta.id
            .as_str()
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    for rules in rules.chunk_by(|a, b| group(a) == group(b)) {
        let name = rules.first().map_or(String::new(), |meta| group(meta));
        let _ = writeln!(
            out,
            "{} {}",
            paint(STRONG, visible(&name)),
            paint(FAINT, rules.len())
        );
        let ids: Vec<_> = rules.iter().map(|meta| visible(meta.id.as_str())).collect();
        let column = ids.iter().map(|id| id.width()).max().unwrap_or(0);
        for (meta, id) in rules.iter().zip(&ids) {
            let level = paint(severity(meta.severity), format_args!("{:7}", meta.severity));
            let gap = column.saturating_sub(id.width());
            let room = width.saturating_sub(2 + 7 + 2 + column + 2);
            let title = shortened(&visible(&meta.title), room);
            let _ = writeln!(out, "  {level}  {id}{:gap$}  {}", "", paint(FAINT, title));
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{} · `obelus rules explain ID` tells more, such as rust/dbg-left-in",
        counted(rules.len(), "rule")
    );
    out
}

/// `text` cut to `width` columns.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + 1 >= width {
            break;
        }
        cut.push(c);
    }
    format!("{}…", cut.trim_end())
}

fn explain(
    id: &str,
    catalogue: &Catalogue,
    format: Plain,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let Some(meta) = catalogue.get(id) else {
        let hint = match catalogue.nearest(id) {
            Some(nearest) => {
                format!("did you mean `{nearest}`? `obelus rules list` shows them all")
            }
            None => "`obelus rules list` shows them all".to_owned(),
        };
        return Err(Failure::usage(
            format_args!("no rule is called `{id}`"),
            hint,
        ));
    };
    let text = match format {
        Plain::Json => pretty(&as_json(&meta)),
        Plain::Human => page(&meta, terminal.width()),
    };
    terminal.result(&text)?;
    Ok(Status::Fine)
}

fn page(meta: &RuleMeta, width: usize) -> String {
    let mut out = String::new();
    for line in prose::wrapped(&visible(&meta.title), width) {
        let _ = writeln!(out, "{}", paint(STRONG, line));
    }
    let languages = if meta.languages.is_empty() {
        "any text".to_owned()
    } else {
        meta.languages.join(", ")
    };
    let cwe = meta
        .cwe
        .map_or(String::new(), |cwe| format!(" · CWE-{cwe}"));
    let facts = format!(
        "{} · {:.0} % sure{cwe} · {languages}",
        meta.category,
        meta.confidence.get() * 100.0
    );
    let level = paint(severity(meta.severity), meta.severity);
    let _ = writeln!(
        out,
        "{}\n{level} · {}\n",
        visible(meta.id.as_str()),
        visible(&facts)
    );
    for line in prose::lines(&meta.why, width) {
        let _ = writeln!(out, "{line}");
    }
    for (heading, code) in [("Reported", &meta.bad), ("Better", &meta.good)] {
        if !code.trim().is_empty() {
            let _ = writeln!(out, "\n{}", paint(STRONG, heading));
            for line in visible_lines(&code.trim_end().replace('\t', "    ")).lines() {
                let _ = writeln!(out, "    {}", paint(CODE, line));
            }
        }
    }
    if meta.has_fix {
        let _ = writeln!(
            out,
            "\nA quick fix is offered: reviews show it as a diff, editors apply it."
        );
    }
    let id = visible(meta.id.as_str());
    let _ = writeln!(out, "\n{}", paint(STRONG, "To silence it"));
    let _ = writeln!(
        out,
        "    in a comment on the line or the line above:\n        {}",
        paint(CODE, format_args!("obelus: allow({id}) why"))
    );
    let _ = writeln!(
        out,
        "    in obelus.toml:\n        {}",
        paint(CODE, format_args!("[rules]\n        \"{id}\" = \"off\""))
    );
    if !meta.references.is_empty() {
        let _ = writeln!(out, "\n{}", paint(STRONG, "Read more"));
        for url in &meta.references {
            let _ = writeln!(out, "    {}", visible(url));
        }
    }
    out
}

fn as_json(meta: &RuleMeta) -> Value {
    json!({
        "id": meta.id,
        "check": meta.check,
        "languages": meta.languages,
        "category": meta.category,
        "severity": meta.severity,
        "confidence": (f64::from(meta.confidence.get()) * 1000.0).round() / 1000.0,
        "title": meta.title,
        "why": meta.why,
        "bad": meta.bad,
        "good": meta.good,
        "references": meta.references,
        "cwe": meta.cwe,
        "has_fix": meta.has_fix,
        "profiles": meta.profiles,
        "from_workspace": meta.from_workspace,
    })
}

fn test(
    rules: Option<&Path>,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let top = match rules {
        Some(rules) => folder.unwrap_or(Path::new(".")).join(rules),
        None => workspace::open(folder)?.top.join(RULES_FOLDER),
    };
    let files = read(&top)?;
    if !files.iter().any(|(path, _)| is_test(path.as_str())) {
        return Err(Failure::outside(
            format_args!("no `*.test.yml` in {}", top.display()),
            "put NAME.test.yml (id, valid, invalid) beside NAME.yml, or name the folder: `obelus rules test DIR`",
        ));
    }
    // Elsewhere the rules may be any, the built-in ones among them; a workspace's own have to have their own ids.
    let report = match top.ends_with(RULES_FOLDER) {
        true => review::rule_tests::run_workspace(&files),
        false => review::rule_tests::run(&files),
    };
    let mut out = String::new();
    for failure in &report.failures {
        let _ = writeln!(
            out,
            "{} {}  {}",
            paint(BAD, "failed:"),
            paint(STRONG, visible(&failure.rule)),
            paint(FAINT, visible(&failure.path))
        );
        for line in visible_lines(failure.message.trim()).lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    let ran = format!(
        "{} of {}",
        counted(report.cases, "example"),
        counted(report.rules, "rule")
    );
    let _ = match report.failures.len() {
        0 => writeln!(out, "{} · {ran}", paint(GOOD, "All as expected")),
        failed => writeln!(
            out,
            "\n{} · {ran}",
            paint(BAD, format_args!("{failed} not as expected"))
        ),
    };
    terminal.result(&out)?;
    Ok(if report.failures.is_empty() {
        Status::Fine
    } else {
        Status::Findings
    })
}

fn is_test(path: &str) -> bool {
    path.ends_with(".test.yml") || path.ends_with(".test.yaml")
}

/// Every YAML file below `top`, without following symbolic links.
fn read(top: &Path) -> Result<Vec<(RelPath, String)>, Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::outside(
            format_args!("cannot read {}: {error}", path.display()),
            "name the folder that holds the rules: `obelus rules test DIR`",
        )
    };
    let mut files = Vec::new();
    let mut folders: Vec<(PathBuf, String, usize)> = vec![(top.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
            let entry = entry.map_err(|error| failed(&folder, error))?;
            let kind = entry.file_type().map_err(|error| failed(&folder, error))?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let path = format!("{prefix}{name}");
            if kind.is_dir() && depth < MAX_DEPTH {
                folders.push((entry.path(), format!("{path}/"), depth + 1));
            } else if kind.is_file() && (name.ends_with(".yml") || name.ends_with(".yaml")) {
                let small = entry
                    .metadata()
                    .is_ok_and(|data| data.len() <= MAX_RULE_FILE);
                if let (true, Ok(path)) = (small, RelPath::new(&path)) {
                    files.push((
                        path,
                        fs::read_to_string(entry.path())
                            .map_err(|error| failed(&entry.path(), error))?,
                    ));
                }
            }
        }
    }
    files.sort();
    Ok(files)
}
