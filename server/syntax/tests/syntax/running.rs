//! What a rule run gives, and what a workspace's own rules may not do.

use base::{RelPath, Span};
use syntax::{Language, Match, Rules, Tree};

use crate::parse;

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

fn file(source: &str) -> Vec<(RelPath, String)> {
    vec![(path(".obelus/rules/a.yml"), source.to_owned())]
}

#[track_caller]
fn rule(source: &str) -> Rules {
    let (rules, problems) = Rules::from_files(&file(source));
    assert!(problems.is_empty(), "{problems:?}");
    rules
}

fn run(rules: &Rules, language: Language, code: &str) -> Vec<Match> {
    rules.run(&parse(language, code), &path("src/a"), None, &|_| true)
}

/// `marked text | title`, one a match.
fn shown(code: &str, matches: &[Match]) -> Vec<String> {
    matches
        .iter()
        .map(|found| format!("{} | {}", &code[found.span.range()], found.title))
        .collect()
}

const UNWRAP: &str = "\
id: t/unwrap
language: rust
severity: warning
message: '`$X` is unwrapped'
rule: { pattern: $X.unwrap() }
fix: $X?
metadata: { category: bug }
";

#[test]
fn messages_name_what_was_matched() {
    let code = "fn f() { a(1,\n  2).unwrap(); b.unwrap() }";
    assert_eq!(
        shown(code, &run(&rule(UNWRAP), Language::Rust, code)),
        [
            "a(1,\n  2).unwrap() | `a(1, 2)` is unwrapped",
            "b.unwrap() | `b` is unwrapped"
        ]
    );
}

#[test]
fn long_and_multiple_variables_are_cut_and_unknown_ones_left() {
    let rules = rule(
        "id: t/a\nlanguage: python\nmessage: '$F got $$$ARGS for $5 and $NONE'\nrule: { pattern: $F($$$ARGS) }\n",
    );
    let code = format!("f({}, 2)\n", "a".repeat(80));
    let titles: Vec<_> = run(&rules, Language::Python, &code)
        .into_iter()
        .map(|found| found.title)
        .collect();
    assert_eq!(
        titles,
        [format!("f got {}… for $5 and $NONE", "a".repeat(60))]
    );
}

#[test]
fn a_fix_records_what_it_replaces() {
    let code = "fn f() {\r\n    b.unwrap()\r\n}";
    let found = run(&rule(UNWRAP), Language::Rust, code);
    let fix = found[0].fix.as_ref().expect("fix");
    assert_eq!(fix.title, "Replace by `b?`");
    let edit = &fix.edits[0];
    assert_eq!(
        (edit.replaces.as_str(), edit.new_text.as_str()),
        ("b.unwrap()", "b?")
    );
    assert_eq!(&code[edit.span.range()], "b.unwrap()");
}

#[test]
fn a_fix_keeps_the_files_line_ends() {
    let rules = rule(
        "id: t/a\nlanguage: rust\nmessage: m\nrule: { pattern: 'f($A, $B)' }\nfix: |-\n  g(\n    $A, $B)\nmetadata: { fix: Use g }\n",
    );
    let found = run(&rules, Language::Rust, "fn f() {\r\n    f(1, 2);\r\n}\r\n");
    let fix = found[0].fix.as_ref().expect("fix");
    assert_eq!(
        (fix.title.as_str(), fix.edits[0].new_text.as_str()),
        ("Use g", "g(\r\n      1, 2)")
    );
}

#[test]
fn labels_mark_the_point_and_what_belongs_to_it() {
    let rules = rule(
        "id: t/a\nlanguage: python\nmessage: m\nrule: { pattern: '$F($A, $B)' }\nlabels:\n  A: { style: primary }\n  B: { style: secondary, message: this one }\n",
    );
    let code = "f(x, y)\n";
    let found = run(&rules, Language::Python, code);
    assert_eq!(shown(code, &found), ["x | m"]);
    assert_eq!(found[0].labels, [(Span::new(5, 6), "this one".to_owned())]);
}

#[test]
fn only_what_touches_the_asked_spans_is_reported() {
    let line = "fn f() { b.unwrap(); }\n";
    let code = line.repeat(50);
    let tree = parse(Language::Rust, &code);
    let rules = rule(UNWRAP);
    let at =
        |line_number: usize| Span::new(line.len() * line_number, line.len() * (line_number + 1));
    let starts = |within: &[Span]| -> Vec<usize> {
        let found = rules.run(&tree, &path("a.rs"), Some(within), &|_| true);
        found
            .iter()
            .map(|found| found.span.start as usize / line.len())
            .collect()
    };
    assert_eq!(starts(&[at(7), at(30)]), [7, 30]);
    assert_eq!(starts(&[at(30), at(7)]), [7, 30], "in any order");
    assert_eq!(starts(&[]), [] as [usize; 0]);
    assert_eq!(
        starts(&[Span::new(9, 9)]),
        [0],
        "an empty span touches the node that starts there"
    );
    assert_eq!(rules.run(&tree, &path("a.rs"), None, &|_| true).len(), 50);
}

#[test]
fn switched_off_rules_and_other_files_are_left_alone() {
    let rules = rule(&format!(
        "{UNWRAP}files: ['src/**']\nignores: ['**/gen/*', {{ glob: '**/X.RS', caseInsensitive: true }}]\n"
    ));
    let tree = parse(Language::Rust, "fn f() { b.unwrap(); }");
    let count = |at: &str| rules.run(&tree, &path(at), None, &|_| true).len();
    assert_eq!(
        [
            count("src/a.rs"),
            count("b/a.rs"),
            count("src/gen/a.rs"),
            count("src/x.rs")
        ],
        [1, 0, 0, 0]
    );
    assert!(
        rules
            .run(&tree, &path("src/a.rs"), None, &|id| id.as_str()
                != "t/unwrap")
            .is_empty()
    );
}

#[test]
fn one_rule_serves_several_languages() {
    let rules = rule(
        "id: t/eval\nlanguage: javascript\nmessage: m\nrule: { pattern: eval($X) }\nmetadata: { languages: [typescript, tsx] }\n",
    );
    for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
        assert!(rules.covers(language));
        assert_eq!(
            run(&rules, language, "eval(a)").len(),
            1,
            "{}",
            language.name()
        );
    }
    assert!(!rules.covers(Language::Python));
}

#[test]
fn trees_are_shared_between_threads() {
    fn sent<T: Send + Sync>() {}
    sent::<Tree>();
    sent::<Rules>();
}

#[track_caller]
fn refused(source: &str, expected: &str) {
    let (rules, problems) = Rules::builtin().with_workspace(&file(source), &[]);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(expected), "{problems:?}");
    assert!(
        problems[0].starts_with(".obelus/rules/a.yml: ") && !problems[0].contains('\n'),
        "{problems:?}"
    );
    assert_eq!(rules.metas().len(), Rules::builtin().metas().len());
}

#[test]
fn wrong_workspace_rules_are_told_with_their_line() {
    let with = |line: &str| format!("id: t/a\nlanguage: rust\nmessage: m\n{line}\n");
    refused("id: [", "line");
    refused(
        "id: t/a\nlanguage: klingon\nmessage: m\nrule: { kind: a }\n",
        "language `klingon` is unknown",
    );
    refused(
        &UNWRAP.replace("t/unwrap", "rust/block-on-in-async"),
        "the id `rust/block-on-in-async` belongs to a built-in rule",
    );
    refused(
        &UNWRAP.replace("t/unwrap", "T/Unwrap!"),
        "may hold lower-case letters",
    );
    refused(
        &UNWRAP.replace("message: '`$X` is unwrapped'", ""),
        "`message` is missing",
    );
    refused(
        &UNWRAP.replace("severity: warning", "severity: fatal"),
        "severity `fatal` is unknown",
    );
    refused(
        &UNWRAP.replace("category: bug", "category: bugs"),
        "category `bugs` is unknown",
    );
    refused(&with("rule:\n  any:\n    - kind: no_such_kind"), "line 6: ");
    refused(&with("rule: { regex: a }"), "kind");
    refused(
        &with("rule: { kind: identifier, regex: '(' }"),
        "line 4: the regular expression `(` is not valid",
    );
    refused(&with("rule: { kind: identifier }\nrulez: 1"), "rulez");
    refused(&with("rule: { kind: identifier }\nfiles: ['[']"), "files: ");
    refused(&with("rule: { kind: identifier }\nfix: $NONE"), "NONE");
}

#[test]
fn costly_workspace_rules_are_refused() {
    let with = |regex: &str| {
        format!(
            "id: t/a\nlanguage: rust\nmessage: m\nrule:\n  kind: identifier\n  regex: '{regex}'\n"
        )
    };
    refused(
        &with(&"a".repeat(1025)),
        "line 6: a regular expression of 1025 bytes",
    );
    refused(&with("a{500}{500}"), "make it simpler");
    refused(&with(r"(\p{L}{1,50}){1,50}"), "make it simpler");
    refused(
        &format!("{UNWRAP}note: {}\n", "a".repeat(70_000)),
        "over the limit of 65536",
    );
    let bomb = (1..9).fold(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(),
        |text, n| {
            let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
            text + &format!("a{n}: &a{n} [{aliases}]\n")
        },
    );
    let indented: String = bomb.lines().map(|line| format!("  {line}\n")).collect();
    let metadata = format!("metadata:\n{indented}");
    refused(
        &UNWRAP.replace("metadata: { category: bug }\n", &metadata),
        "budget",
    );
    refused(&bomb, "");
    refused(
        &format!("id: {}1{}", "[".repeat(5_000), "]".repeat(5_000)),
        "",
    );
    let many: Vec<_> = (0..201)
        .map(|n| {
            (
                path(&format!("r/{n}.yml")),
                UNWRAP.replace("t/unwrap", &format!("t/{n}")),
            )
        })
        .collect();
    let (rules, problems) = Rules::builtin().with_workspace(&many, &[]);
    assert_eq!(rules.metas().len(), Rules::builtin().metas().len() + 200);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].what.contains("at most 200"), "{problems:?}");
}

#[test]
fn a_workspace_rule_says_that_it_is_one() {
    let (rules, problems) = Rules::builtin().with_workspace(&file(UNWRAP), &[]);
    assert!(problems.is_empty(), "{problems:?}");
    let found = run(&rules, Language::Rust, "fn f() { q.unwrap() }");
    let own: Vec<_> = found
        .iter()
        .filter(|found| found.rule.from_workspace)
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        (own[0].rule.id.as_str(), own[0].rule.has_fix),
        ("t/unwrap", true)
    );
}

#[test]
fn tests_of_rules_find_what_is_wrong() {
    let failures = |test: &str| -> Vec<String> {
        let results = syntax::test_rules(&rule(UNWRAP), &[(path("a.test.yml"), test.to_owned())]);
        results
            .into_iter()
            .filter_map(|case| {
                Some(format!(
                    "{:?} {}: {}",
                    case.kind,
                    case.number,
                    case.failure?.lines().next()?
                ))
            })
            .collect()
    };
    let good = "id: t/unwrap\nvalid: ['fn f() { a }']\ninvalid: ['fn f() { a.unwrap() }']\n";
    assert_eq!(
        failures(&format!("{good}fixed: ['fn f() {{ a? }}']\n")),
        [] as [String; 0]
    );
    assert_eq!(failures(good), [] as [String; 0], "`fixed` is optional");
    assert_eq!(
        failures(&format!("{good}fixed: ['fn f() {{ b? }}']\n")),
        ["Fixed 1: the fix gives"]
    );
    assert_eq!(
        failures("id: t/unwrap\nvalid: ['fn f() { a.unwrap() }']\ninvalid: ['fn f() { a }']\n")
            [..1],
        ["Valid 1: is reported as rust at 1:10"]
    );
    assert!(
        failures("id: t/unwrap\nvalid: [a]\ninvalid: ['fn f() { a }']\n")[0]
            .starts_with("Invalid 1: is not reported")
    );
    assert_eq!(
        failures("id: t/none\nvalid: [a]\ninvalid: [a]\n"),
        ["File 1: there is no rule `t/none`"]
    );
    assert_eq!(
        failures("id: t/unwrap\nvalid: [a]\n"),
        ["File 1: a test needs at least one `valid` and one `invalid` case"]
    );
    assert_eq!(failures("id: [").len(), 1);
}
