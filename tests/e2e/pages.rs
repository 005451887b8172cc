//! The generated documentation is in step with the program: `docs/rules/` and the JSON Schemas.
//!
//! `UPDATE_EXPECT=1 cargo test -p app --test e2e pages` writes them anew, as it does for the other expectations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::memory::MemoryRepo;
use review::{Catalogue, Engine, Flags, Layers, Trust};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Every Markdown file beneath `folder`, relative to it, but for the measured page, which is written from tables.
fn pages_there(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.insert(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.remove("precision.md");
    found
}

#[test]
fn every_rule_has_its_page_and_no_page_lacks_its_rule() {
    let catalogue = Catalogue::builtin();
    let mut expected: BTreeMap<String, String> = catalogue
        .metas()
        .iter()
        .filter_map(|meta| {
            let page = catalogue.page(meta.id.as_str())?;
            Some((format!("{}.md", meta.id), page))
        })
        .collect();
    expected.insert("README.md".to_owned(), contents(&catalogue));
    let folder = docs().join("rules");
    let there = pages_there(&folder);
    let stale: Vec<&String> = there
        .iter()
        .filter(|page| !expected.contains_key(*page))
        .collect();
    let wrong: Vec<&String> = expected
        .iter()
        .filter(|(page, text)| {
            fs::read_to_string(folder.join(page))
                .map_or(true, |there| there.replace("\r\n", "\n") != **text)
        })
        .map(|(page, _)| page)
        .collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for page in stale {
            fs::remove_file(folder.join(page)).expect("removed");
        }
        for page in wrong {
            let file = folder.join(page);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, &expected[page]).expect("written");
        }
        return;
    }
    assert!(
        stale.is_empty() && wrong.is_empty(),
        "docs/rules/ differs from the rules; run the tests with UPDATE_EXPECT=1\nwithout a rule: {stale:?}\nmissing or old: {wrong:?}"
    );
}

const PROFILES: &str = "
## Profiles

`--profile`, or `profile` in `obelus.toml`, says how much is shown. A rule may also ask for a profile by name, in its file.

| profile | shows | rules |
|---|---|---:|
";

const SWITCHES: &str = r#"
`obelus rules list --profile quick` lists them; `--language` and `--category` narrow it further. Any rule can be switched and any
severity changed, everywhere or by path; a rule that is named so runs in every profile:

```toml
profile = "default"

[rules]
"rust/dbg-left-in" = "error"
"go/*" = "hint"

[[overrides]]
paths = ["migrations"]
rules = { "sql/*" = "error", "text/invisible-unicode" = "off" }
```
"#;

/// How many rules a profile runs.
fn rules_of(profile: &str) -> usize {
    let layers = Layers {
        flags: Flags {
            profile: Some(profile.to_owned()),
            ..Flags::default()
        },
        ..Layers::default()
    };
    let nowhere = Arc::new(MemoryRepo::default());
    let engine = Engine::open(nowhere, layers, Trust::None).expect("no configuration");
    engine.enabled().len()
}

/// The table of contents: rules by language or domain.
fn contents(catalogue: &Catalogue) -> String {
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    let metas = catalogue.metas();
    for meta in &metas {
        let (group, name) = meta
            .id
            .as_str()
            .split_once('/')
            .expect("an id has a folder");
        let _written = writeln!(
            groups.entry(group.to_owned()).or_default(),
            "| [{name}]({}.md) | {} | {} | {} |",
            meta.id,
            meta.severity.as_str(),
            if meta.has_fix { "yes" } else { "" },
            meta.title.replace('|', "\\|"),
        );
    }
    let mut page = format!(
        "# Rules\n\n{} rules that need no model and no network. How often each is wrong on well-kept code: [precision](precision.md).\n",
        metas.len()
    );
    page.push_str(PROFILES);
    for (name, shows) in [
        ("quick", "errors and warnings that are at least 80 % sure"),
        (
            "default",
            "errors, warnings and infos that are at least 50 % sure",
        ),
        (
            "security",
            "everything of the category security, hints included, however sure",
        ),
        ("deep", "everything"),
    ] {
        let _written = writeln!(page, "| `{name}` | {shows} | {} |", rules_of(name));
    }
    page.push_str(SWITCHES);
    for (group, rows) in groups {
        let _written = write!(
            page,
            "\n## {group}\n\n| rule | severity | fix | finds |\n|---|---|---|---|\n{rows}"
        );
    }
    page
}

#[test]
fn the_schemas_are_those_that_the_program_prints() {
    for (file, schema) in [
        ("obelus.schema.json", review::config_schema()),
        ("obelus-user.schema.json", review::user_config_schema()),
        ("obelus.report.schema.json", review::report_schema()),
        ("obelus.eval.schema.json", review::eval_schema()),
    ] {
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        expect_test::expect_file![docs().join(file)].assert_eq(&text);
    }
}
