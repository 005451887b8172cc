//! Planted secrets in many kinds and languages, and what must stay as it is.

use base::{RelPath, Text};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::{Redactor, built_in};
use crate::checks::secrets::kinds::KINDS;
use crate::checks::secrets::tests::sample;

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("a path")
}

fn shown(name: &str, text: &str) -> String {
    let redacted = Redactor::default();
    let lines = redacted.text(&path(name), &Text::new(text));
    (0..lines.len())
        .map(|line| lines.line(line).to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// One place for a value in each of ten languages; the name tells that it is a secret.
const PLACES: &[(&str, &str)] = &[
    ("src/a.py", "client_secret = \"VALUE\"\n"),
    ("src/a.rs", "    let api_token: &str = \"VALUE\"; // live\n"),
    (
        "src/a.ts",
        "const client = connect({ token: 'VALUE', retries: 3 });\n",
    ),
    ("deploy/values.yaml", "  password: VALUE\n"),
    ("conf/settings.ini", "API_TOKEN=VALUE\n"),
    ("Dockerfile", "ENV API_KEY=VALUE\n"),
    (
        "ci/run.sh",
        "curl -H \"Authorization: Bearer VALUE\" https://api.internal/\n",
    ),
    ("conf/app.json", "{\"access_token\": \"VALUE\"}\n"),
    ("main.tf", "  secret_key = \"VALUE\"\n"),
    ("src/Main.java", "headers.put(\"X-Api-Key\", \"VALUE\");\n"),
    ("src/main.go", "cfg := Config{Password: \"VALUE\"}\n"),
    ("src/app.rb", "config.secret_key_base = 'VALUE'\n"),
    ("src/a.kt", "val apiKey: String = \"VALUE\"\n"),
    ("src/a.php", "define('DB_PASSWORD', 'VALUE');\n"),
];

/// Values without a format of their own.
const FREE: &[&str] = &[
    "[a-z]{3}[0-9]{4}[A-Z]{3}",
    "[A-Za-z0-9]{16}",
    "[A-Za-z0-9]{24}",
    "[a-f0-9]{32}",
    "[a-f0-9]{40}",
    "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=",
    "[a-z]{4}-[A-Z]{4}-[0-9]{4}",
    "[A-Za-z][a-z]{4,8}[0-9]{2,4}[!#%^]",
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "[A-Z2-7]{26}",
];

#[test]
fn planted_values_are_not_in_what_is_shown() {
    let mut runner = TestRunner::deterministic();
    let mut missed = Vec::new();
    let mut tried = 0;
    let mut kinds = 0;
    let mut plant = |kind: &str, value: &str, name: &str, line: &str| {
        tried += 1;
        let text = format!("# before\n{}# after\n", line.replace("VALUE", value));
        let seen = shown(name, &text);
        assert_eq!(seen.matches('\n').count(), text.matches('\n').count());
        assert!(
            seen.starts_with("# before\n") && seen.ends_with("# after\n"),
            "{seen}"
        );
        if seen.contains(value) {
            missed.push(format!("{kind} {name}: {value}"));
        }
    };
    for kind in KINDS {
        kinds += 1;
        for (name, line) in PLACES {
            for _ in 0..2 {
                plant(kind.id, &sample(kind, &mut runner), name, line);
            }
        }
        // Nothing beside it tells what it is.
        plant(
            kind.id,
            &sample(kind, &mut runner),
            "src/a.py",
            "send(\"VALUE\")\n",
        );
    }
    for pattern in FREE {
        kinds += 1;
        let values = proptest::string::string_regex(pattern).expect("a pattern");
        for (name, line) in PLACES {
            for _ in 0..4 {
                let value = values.new_tree(&mut runner).expect("a value").current();
                plant(pattern, &value, name, line);
            }
        }
    }
    let rate = missed.len() as f64 / f64::from(tried);
    assert!(
        kinds >= 60 && tried >= 2_000,
        "{kinds} kinds, {tried} values"
    );
    assert!(
        rate <= 0.005,
        "{} of {tried} missed ({rate:.4}): {:#?}",
        missed.len(),
        &missed[..missed.len().min(25)]
    );
}

#[test]
fn secrets_are_known_by_where_they_stand() {
    for (name, line, value) in [
        (
            "a.py",
            "url = \"postgres://app:tr0ub4dor@db:5432/x\"",
            "tr0ub4dor",
        ),
        (
            "a.py",
            "url = 'https://ghx0123456789abcdef@git.internal/x'",
            "ghx0123456789abcdef",
        ),
        ("a.sh", "curl -u admin:opensesame https://x/", "opensesame"),
        ("a.sh", "mysql --password=opensesame db", "opensesame"),
        ("a.sh", "deploy --api-key opensesame7", "opensesame7"),
        ("a.ts", "fetch(`/x?api_key=opensesame7&y=1`)", "opensesame7"),
        (
            "a.cs",
            "var c = \"Server=x;Password=open-sesame;Port=1\";",
            "open-sesame",
        ),
        ("a.xml", "<password>opensesame</password>", "opensesame"),
        (
            "a.sql",
            "ALTER USER app PASSWORD 'opensesame';",
            "opensesame",
        ),
        (
            "a.sql",
            "CREATE USER app IDENTIFIED BY 'opensesame';",
            "opensesame",
        ),
        ("a.py", "if password == \"opensesame\":", "opensesame"),
        ("a.py", "login(user, password=\"opensesame\")", "opensesame"),
        (
            "a.py",
            "wallet.mnemonic = \"legal winner thank year wave\"",
            "legal winner",
        ),
        ("a.rs", "login.set_password(\"opensesame\");", "opensesame"),
        ("a.yaml", "db_password: opensesame # old", "opensesame"),
        (
            "a.properties",
            "spring.datasource.password=opensesame",
            "opensesame",
        ),
        (
            "a.go",
            "req.Header.Set(\"Authorization\", \"Basic dXNlcjpwYXNz\")",
            "dXNlcjpwYXNz",
        ),
        ("a.js", "const secret = `open\nsesame7`;", "sesame7"),
    ] {
        let seen = shown(name, line);
        assert!(!seen.contains(value), "{line} -> {seen}");
    }
}

#[test]
fn a_private_key_loses_its_body_and_keeps_its_lines() {
    let body: Vec<String> = (0..6)
        .map(|n| format!("MIIEpAIBAAKCAQEA{n}hQk3Zr8vT1mN0pLw9XyB2cD4fG6hJ8kM"))
        .collect();
    for (open, close, between) in [
        (
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "\nab==\n-----END RSA PRIVATE KEY-----\n",
            "\n",
        ),
        (
            "KEY = \"-----BEGIN PRIVATE KEY-----\\n",
            "\\n-----END PRIVATE KEY-----\\n\"\n",
            "\\n",
        ),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "\n", "\n"),
        (
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n",
            "\n",
            "\n",
        ),
        (
            "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 6\n",
            "\n",
            "\n",
        ),
    ] {
        let text = format!("a = 1\n{open}{}{close}b = 2\n", body.join(between));
        let seen = shown("a.txt", &text);
        assert!(
            body.iter().all(|line| !seen.contains(&line[..20])),
            "{seen}"
        );
        assert!(
            seen.contains("a = 1\n") && seen.ends_with("b = 2\n"),
            "{seen}"
        );
        assert_eq!(seen.lines().count(), text.lines().count());
    }
}

#[test]
fn names_and_plain_code_stay() {
    for (name, line) in [
        ("a.rs", "let token = self.next_token(&mut lexer)?;"),
        (
            "a.rs",
            "fn get_utf8_from_base64_string(password: &str, token: Token) -> Secret {",
        ),
        (
            "a.ts",
            "const tokenType = \"bearer\"; type Token = { kind: string };",
        ),
        (
            "a.ts",
            "import { getUtf8FromBase64String } from './api/v2/userSessionTokens';",
        ),
        ("a.py", "password = getpass.getpass(\"Password: \")"),
        ("a.py", "raise ValueError(\"password is required\")"),
        (
            "a.py",
            "if not check_password_hash(user.password_hash, password):",
        ),
        (
            "a.go",
            "token, err := jwt.ParseWithClaims(tokenString, &claims, keyFunc)",
        ),
        ("a.yaml", "password: ${DB_PASSWORD}"),
        ("a.yaml", "password: {{ .Values.password }}"),
        ("a.rs", "const SHA256_AVX2_X64_ROUNDS_V3: usize = 64;"),
        (
            "a.rs",
            "#[test]\nfn parses_http2_header_frame_v1_with_3_bytes_of_padding() {}",
        ),
        (
            "a.rs",
            "impl<T> RangedI64ValueParser<T> { const SEED: u64 = 0x9e37_79b9_7f4a_7c15; }",
        ),
        (
            "a.rs",
            "    pub context_tokens: Option<u32>,\n    most_tokens: 1_000_000,",
        ),
        (
            "a.c",
            "static const struct option_with_a_long_name long_options_table_v2[] = {",
        ),
        (
            "a.md",
            "See docs/architecture/decision-records/0012-use-sqlite-for-state.md",
        ),
        ("a.py", "session.cookies.clear(); key = row[\"id\"]"),
        (
            "a.ts",
            "export function useAuthToken(): string | undefined {",
        ),
    ] {
        assert_eq!(shown(name, line), line);
    }
}

#[test]
fn what_comes_back_is_restored_to_the_byte_or_not_at_all() {
    let redactor = Redactor::default();
    let text = "password = \"tr0ub4dor&3\"\nname = \"a\u{200b}b ⟦x⟧ ⟨U+0041⟩\"\r\nkey = 1\n";
    let lines = redactor.text(&path("a.py"), &Text::new(text));
    let seen: Vec<&str> = (0..lines.len()).map(|line| lines.line(line)).collect();
    assert!(!seen[0].contains("tr0ub4dor"), "{seen:?}");
    assert_eq!(seen[0].chars().count(), "password = \"tr0ub4dor&3\"".len());
    assert!(seen[1].contains("a⟨U+200B⟩b"), "{seen:?}");
    let back = redactor.restore(&seen.join("\n")).expect("ours");
    assert_eq!(back, text.replace('\r', ""));
    for changed in [
        "⟦SECRET:aws#9⟧",
        "⟦S1⟧ and ⟦",
        "⟧",
        "⟨U+FFFFFF⟩",
        "⟨U+D800⟩",
    ] {
        assert_eq!(redactor.restore(changed), None, "{changed}");
    }
    assert_eq!(redactor.restore("plain").as_deref(), Some("plain"));
    // The same value has the same placeholder; another look changes nothing.
    let sealed = redactor.seal(&seen.join("\n"));
    assert_eq!(sealed.as_str(), seen.join("\n"));
}

#[test]
fn files_that_keep_secrets_are_never_sent() {
    for name in [
        ".env",
        "app/.env.production",
        "prod.env",
        "certs/server.pem",
        "a.KEY",
        ".ssh/id_ed25519",
        "id_rsa",
        ".npmrc",
        "x/.netrc",
        "infra/terraform.tfstate",
        "kubeconfig",
        ".aws/credentials",
    ] {
        assert!(built_in(&path(name)).is_some(), "{name}");
    }
    for name in [
        ".env.example",
        "src/keys.rs",
        "id_map.rs",
        "docs/env.md",
        "src/pem.go",
        "environment.ts",
    ] {
        assert_eq!(built_in(&path(name)), None, "{name}");
    }
}
