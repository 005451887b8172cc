//! What a text gives a name to without a symbol: environment variables that it reads, options of a command line, scripts
//! and targets, features of a crate, routes, keys of translations.
//!
//! Read by their form, one line at a time, in the words that the common libraries have for them. What is written another
//! way is not seen, on either side of the change, so nothing is said about it.

use std::sync::LazyLock;

use base::{RelPath, Span};
use regex::Regex;
use syntax::Language;

use super::places::is_translation;
use super::settings::{given, is_config};

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An environment variable.
    Variable,
    /// An option of the command line, without its dashes.
    Flag,
    /// A feature of a Rust crate.
    Feature,
    /// A script of `package.json`.
    Script,
    /// A target of a makefile.
    Target,
    /// A route of a server.
    Route,
    /// A text to be translated, by its key.
    Translation,
    /// A key that a file of settings gives.
    Setting,
    /// A key of the settings that code reads.
    Key,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "environment variable",
            Self::Flag => "option",
            Self::Feature => "feature",
            Self::Script => "script",
            Self::Target => "target",
            Self::Route => "route",
            Self::Translation => "translation",
            Self::Setting | Self::Key => "configuration key",
        }
    }
}

/// One name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) span: Span,
}

macro_rules! patterns {
    ($($name:ident = $kind:expr, $words:expr, $source:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($source).ok());)*
        /// Each pattern has one group, the name, and words of which one is in every text that it matches.
        static IN_CODE: &[Pattern] = &[$(Pattern { kind: $kind, words: $words, pattern: &$name }),*];
    };
}

/// A form in which code names something. Most texts have none of its words, so most patterns are never compiled.
struct Pattern {
    kind: Kind,
    words: &'static [&'static str],
    pattern: &'static LazyLock<Option<Regex>>,
}

const ROUTES: &[&str] = &[
    ".get(",
    ".post(",
    ".put(",
    ".patch(",
    ".delete(",
    ".route(",
    ".GET(",
    ".POST(",
    ".PUT(",
    ".PATCH(",
    ".DELETE(",
    ".Get(",
    ".Post(",
    ".Put(",
    ".Patch(",
    ".Delete(",
    ".HandleFunc(",
    ".Handle(",
    ".add_url_rule(",
];

const CONFIGS: &[&str] = &["onfig", "ettings", "conf", "cfg", "viper", "rop"];

patterns! {
    VARIABLE_CALL = Kind::Variable, &["env", "Env", "ENV"], r#"(?:\benv::var(?:_os)?|\bgetenv|\bGetenv|\bLookupEnv|\bGetEnvironmentVariable|\benviron\.get|\bENV\.fetch|\benv\.get|\benv|\boption_env!|\benv!)\s*\(\s*["']([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']"#;
    VARIABLE_INDEX = Kind::Variable, &["environ", "ENV", "process.env"], r#"(?:\benviron|\bENV|\bprocess\.env|\$_ENV)\s*\[\s*["']([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']"#;
    VARIABLE_MEMBER = Kind::Variable, &[".env."], r"\b(?:process|import\.meta)\.env\.([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b";
    FLAG_CALL = Kind::Flag, &["--"], r#"(?:\badd_argument|\badd_option|\.option|\.addOption\(new Option|\bnew Option|\bclick\.option)\(\s*(?:["']-\w["'],\s*)?["'][^"'\n]{0,12}?--([a-z][a-z0-9]+(?:-[a-z0-9]+)*)\b"#;
    FLAG_LONG = Kind::Flag, &["long"], r#"(?:\blong\s*=\s*|\.long\(\s*)"([a-z][a-z0-9]+(?:-[a-z0-9]+)*)""#;
    FLAG_FIELD = Kind::Flag, &["long"], r"#\[(?:arg|clap|structopt)\((?:[^\]\n]*,\s*)?long(?:,[^\]\n]*)?\)\]\s*(?:pub(?:\([a-z]+\))?\s+)?([a-z][a-z0-9]+(?:_[a-z0-9]+)*)\s*:";
    FLAG_GO = Kind::Flag, &[".String", ".Bool", ".Int", ".Uint", ".Float64", ".Duration"], r#"(?i:flags?|flagset|flags\(\)|\bfs)\.(?:String|Bool|Int|Int64|Uint|Uint64|Float64|Duration|StringSlice|StringArray)(?:Var)?P?\(\s*(?:&?[\w.]+,\s*)?"([a-z][a-z0-9]+(?:-[a-z0-9]+)*)""#;
    KEY_READ = Kind::Key, CONFIGS, r#"(?i:config|settings|conf|cfg|viper|properties|props)\w*(?:\(\))?(?:(?:\.|->|::)(?:get|fetch|value|has|string|int|bool|require|read)\w*(?:<[^>\n]{0,40}>)?|(?:\.|->|::)(?:Get|Is|Read)\w*)?\s*[(\[]\s*["']([A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)+)["']"#;
    KEY_VALUE = Kind::Key, &["@Value("], r#"@Value\(\s*"\$\{([a-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)+)[}:]"#;
    ROUTE_CALL = Kind::Route, ROUTES, r#"\b(?:app|router|server|api|mux|blueprint|bp|\w*[rR]outer?s?)\.(?:get|post|put|patch|delete|route|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|HandleFunc|Handle|add_url_rule)\(\s*["'](/[\w.-]+(?:/[\w.-]+)+)/?["']"#;
    ROUTE_MAPPING = Kind::Route, &["Mapping("], r#"@(?:Get|Post|Put|Patch|Delete|Request)Mapping\(\s*(?:(?:value|path)\s*=\s*)?"(/[\w.-]+(?:/[\w.-]+)+)/?""#;
}

static TARGET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)^([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)\s*::?(?:[^=:\n]|$)").ok()
});
static YAML_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^( *)["']?([A-Za-z_][\w-]*)["']?:(?:\s|$)"#).ok());
static JSON_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\s*"((?:[^"\\]|\\.)+)"\s*:\s*(.)?"#).ok());

/// Everything in a text that has such a name.
pub(super) fn named(path: &RelPath, text: &str) -> Vec<Named> {
    let file = path.file_name();
    match file {
        "Cargo.toml" => return table(text, "[features]", Kind::Feature),
        "package.json" => return scripts(text),
        "Makefile" | "makefile" | "GNUmakefile" => return targets(text),
        _ if file.ends_with(".mk") => return targets(text),
        _ if is_translation(path) => return translations(path, text),
        _ if is_config(path) => return given(path, text),
        _ => {}
    }
    let is_code = Language::detect(path, "")
        .is_some_and(|language| language.is_code() && language.name() != "bash");
    if is_code { in_code(text) } else { Vec::new() }
}

fn in_code(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    for Pattern {
        kind,
        words,
        pattern,
    } in IN_CODE
    {
        if !words.iter().any(|word| text.contains(word)) {
            continue;
        }
        let Some(pattern) = pattern.as_ref() else {
            continue;
        };
        for captures in pattern.captures_iter(text) {
            let Some(name) = captures.get(1) else {
                continue;
            };
            // Every library of options has these two by itself.
            if *kind == Kind::Flag && matches!(name.as_str(), "help" | "version") {
                continue;
            }
            found.push(Named {
                kind: *kind,
                name: match kind {
                    Kind::Flag => name.as_str().replace('_', "-"),
                    _ => name.as_str().to_owned(),
                },
                span: Span::new(name.start(), name.end()),
            });
        }
    }
    found
}

/// The keys of one table of TOML.
fn table(text: &str, head: &str, kind: Kind) -> Vec<Named> {
    let mut found = Vec::new();
    let (mut at, mut inside) = (0, false);
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        if said.starts_with('[') && !said.contains('=') {
            inside = said == head;
        } else if inside && let Some((key, _)) = line.split_once('=') {
            let name = key.trim().trim_matches('"');
            let is_key = !name.is_empty() && name.chars().all(is_name) && key.trim_start() == key;
            if is_key && let Some(start) = line.find(name) {
                found.push(Named {
                    kind,
                    name: name.to_owned(),
                    span: Span::new(at + start, at + start + name.len()),
                });
            }
        }
        at += line.len();
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// The scripts of a `package.json`, written as people and tools write it: one to a line.
fn scripts(text: &str) -> Vec<Named> {
    json_keys(text)
        .into_iter()
        .filter_map(|(keys, span)| match keys.as_slice() {
            [group, name] if group == "scripts" => Some(Named {
                kind: Kind::Script,
                name: name.clone(),
                span,
            }),
            _ => None,
        })
        .collect()
}

fn targets(text: &str) -> Vec<Named> {
    let Some(pattern) = TARGET.as_ref() else {
        return Vec::new();
    };
    let found = pattern.captures_iter(text).filter_map(|captures| {
        let name = captures.get(1)?;
        Some(Named {
            kind: Kind::Target,
            name: name.as_str().to_owned(),
            span: Span::new(name.start(), name.end()),
        })
    });
    found.collect()
}

/// Keys of translations, as code says them: `a.b.c`.
fn translations(path: &RelPath, text: &str) -> Vec<Named> {
    let keys = if path.extension() == Some("json") {
        json_keys(text)
    } else {
        yaml_keys(text)
    };
    let language = path.file_name().split('.').next().unwrap_or_default();
    keys.into_iter()
        .filter_map(|(mut keys, span)| {
            // Rails begins with the language.
            if keys.len() > 1 && keys.first().is_some_and(|first| first == language) {
                keys.remove(0);
            }
            let name = keys.join(".");
            // A single word may be anything.
            (name.contains('.') && !name.contains(' ')).then_some(Named {
                kind: Kind::Translation,
                name,
                span,
            })
        })
        .collect()
}

pub(super) type Keys = Vec<(Vec<String>, Span)>;

/// The keys of JSON with those around them, where each stands on a line of its own; objects are no entries.
pub(super) fn json_keys(text: &str) -> Keys {
    let Some(pattern) = JSON_KEY.as_ref() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut around: Vec<String> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim_end();
        if said.trim_start().starts_with(['}', ']']) {
            around.pop();
        }
        if let Some(captures) = pattern.captures(said)
            && let Some(key) = captures.get(1)
        {
            let opens = said.ends_with(['{', '[']);
            if opens {
                around.push(key.as_str().to_owned());
            } else {
                let mut keys = around.clone();
                keys.push(key.as_str().to_owned());
                found.push((keys, Span::new(at + key.start(), at + key.end())));
            }
        } else if said.ends_with(['{', '[']) && !around.is_empty() {
            around.push(String::new());
        }
        at += line.len();
    }
    found
}

/// The keys of block YAML with those around them, by their indentation.
pub(super) fn yaml_keys(text: &str) -> Keys {
    let Some(pattern) = YAML_KEY.as_ref() else {
        return Vec::new();
    };
    let mut found: Keys = Vec::new();
    let mut around: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim_end();
        if let Some(captures) = pattern.captures(said)
            && let (Some(indent), Some(key)) = (captures.get(1), captures.get(2))
        {
            let depth = indent.len();
            around.retain(|(other, _)| *other < depth);
            let is_group = said.ends_with(':');
            around.push((depth, key.as_str().to_owned()));
            if !is_group {
                let keys = around.iter().map(|(_, key)| key.clone()).collect();
                found.push((keys, Span::new(at + key.start(), at + key.end())));
            }
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::named;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let path = RelPath::new(path).expect("a path");
        let found: Vec<String> = named(&path, text)
            .into_iter()
            .map(|one| format!("{} {}", one.kind.as_str(), one.name))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn environment_variables_are_read_in_every_language() {
        for (path, text) in [
            ("a.rs", "let x = std::env::var(\"RATES_DIR\")?;"),
            ("a.rs", "let x = env!(\"RATES_DIR\");"),
            ("a.py", "os.environ[\"RATES_DIR\"]"),
            ("a.py", "os.environ.get('RATES_DIR', 1)"),
            ("a.py", "os.getenv('RATES_DIR')"),
            ("a.js", "process.env.RATES_DIR || 1"),
            ("a.ts", "process.env['RATES_DIR']"),
            ("a.rb", "ENV.fetch(\"RATES_DIR\")"),
            ("a.go", "os.LookupEnv(\"RATES_DIR\")"),
            ("A.java", "System.getenv(\"RATES_DIR\")"),
            ("A.cs", "Environment.GetEnvironmentVariable(\"RATES_DIR\")"),
            ("a.c", "getenv(\"RATES_DIR\")"),
            ("a.php", "env('RATES_DIR')"),
        ] {
            check(path, text, &["environment variable RATES_DIR"]);
        }
        check("a.py", "rates = RATES_DIR\nos.getenv('HOME')\n", &[]);
        check("a.md", "os.getenv('RATES_DIR')", &[]);
    }

    #[test]
    fn options_of_a_command_line_are_read() {
        for (path, text) in [
            ("a.py", "parser.add_argument('-m', '--max-cost', type=int)"),
            ("a.py", "@click.option(\"--max-cost\")"),
            ("a.js", ".option('-m, --max-cost <usd>', 'limit')"),
            ("a.rs", "#[arg(long = \"max-cost\")]"),
            (
                "a.rs",
                "#[arg(long, value_name = \"USD\")]\n    pub max_cost: f64,",
            ),
            ("a.rs", "Arg::new(\"x\").long(\"max-cost\")"),
            (
                "a.go",
                "flag.StringVar(&cost, \"max-cost\", \"\", \"limit\")",
            ),
            ("a.go", "cmd.Flags().Bool(\"max-cost\", false, \"limit\")"),
        ] {
            check(path, text, &["option max-cost"]);
        }
        check("a.py", "run(['git', '--no-pager'])", &[]);
    }

    #[test]
    fn scripts_targets_features_routes_and_translations_are_read() {
        check(
            "package.json",
            "{\n  \"name\": \"a\",\n  \"scripts\": {\n    \"lint\": \"eslint .\"\n  },\n  \"files\": [\n    \"a\"\n  ]\n}\n",
            &["script lint"],
        );
        check(
            "Makefile",
            "X := 1\n.PHONY: lint\nlint: deps\n\techo a: b\nbuild:\n",
            &["target lint", "target build"],
        );
        check(
            "Cargo.toml",
            "[features]\ndefault = []\nfast = [\"simd\"]\n[dependencies]\nserde = \"1\"\n",
            &["feature default", "feature fast"],
        );
        check("a.js", "app.get('/api/rates', list)", &["route /api/rates"]);
        check(
            "locales/en.json",
            "{\n  \"cart\": {\n    \"empty\": \"Nothing\"\n  }\n}\n",
            &["translation cart.empty"],
        );
        check(
            "config/locales/en.yml",
            "en:\n  cart:\n    empty: Nothing\n  other: x\n",
            &["translation cart.empty"],
        );
    }
}
