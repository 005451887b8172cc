//! Positives made from every row's published format, and the look-alikes that must stay silent.

use base::{RelPath, Span};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::kinds::{Check, Head, KINDS, Kind};
use super::scan;

fn found(path: &str, text: &str) -> Vec<String> {
    let path = RelPath::new(path).expect("valid");
    scan(&path, text, None)
        .into_iter()
        .map(|hit| hit.rule)
        .collect()
}

/// A value of this kind, made from its pattern; `None` where the pattern made something too regular to be random.
pub(crate) fn sample(kind: &Kind, runner: &mut TestRunner) -> String {
    // The generator draws a class's ranges evenly, so one symbol would be a third of the value instead of a sixtieth:
    // leave symbols out of long classes here.
    let symbols = [
        "0-9_-]",
        "0-9+/]",
        "0-9+/=]",
        "0-9_=-]",
        "0-9_.=-]",
        "0-9_~.-]",
        "0-9+/=_-]",
        "0-9+/_-]",
        "0-9-]",
        "0-9%]",
    ];
    let plain = |pattern: String, class: &&str| pattern.replace(class, "0-9]");
    let pattern = symbols.iter().fold(kind.pattern.replace(r"\b", ""), plain);
    let body = proptest::string::string_regex(&pattern)
        .expect("a pattern")
        .new_tree(runner)
        .expect("a value")
        .current();
    let head = kind.head.map_or(String::new(), |Head { min, class, .. }| {
        let alphabet: Vec<u8> = (b'!'..=b'~')
            .filter(|byte| class(*byte))
            .filter(u8::is_ascii_alphanumeric)
            .collect();
        let picks = proptest::collection::vec(0..alphabet.len(), min)
            .new_tree(runner)
            .expect("picks")
            .current();
        picks
            .into_iter()
            .map(|pick| char::from(alphabet[pick]))
            .collect()
    });
    let mut value = head + &body;
    if kind.check == Check::Crc32Base62 {
        let sum = checksum(&value[4..value.len() - 6]);
        value.replace_range(value.len() - 6.., &sum);
    }
    value
}

fn checksum(random: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = crc32fast::hash(random.as_bytes());
    let mut sum = Vec::new();
    for _ in 0..6 {
        sum.insert(0, DIGITS[(crc % 62) as usize]);
        crc /= 62;
    }
    String::from_utf8(sum).expect("ASCII")
}

#[test]
fn every_kind_is_found_in_every_syntax() {
    const SYNTAXES: &[(&str, &str)] = &[
        ("src/a.py", "TOKEN = \"VALUE\"\n"),
        ("src/a.rs", "    let token: &str = \"VALUE\"; // live\n"),
        ("src/a.ts", "const client = connect({ token: 'VALUE' });\n"),
        ("deploy/values.yaml", "  token: VALUE\n"),
        (".env.production", "TOKEN=VALUE\n"),
        ("Dockerfile", "ENV TOKEN=VALUE\n"),
        (
            "ci/run.sh",
            "curl -H \"Authorization: Bearer VALUE\" https://api.internal/\n",
        ),
        ("conf/app.json", "{\"token\": \"VALUE\"}\n"),
        ("main.tf", "  token = \"VALUE\"\n"),
        ("src/Main.java", "String t = \"VALUE\";\n"),
    ];
    let mut runner = TestRunner::deterministic();
    let (mut tried, mut missed) = (0, Vec::new());
    for kind in KINDS {
        for (path, line) in SYNTAXES {
            for _ in 0..3 {
                let value = sample(kind, &mut runner);
                tried += 1;
                let hits = found(
                    path,
                    &format!("# before\n{}# after\n", line.replace("VALUE", &value)),
                );
                if hits.is_empty() {
                    missed.push((kind.id, *path, value));
                }
            }
        }
    }
    let rate = missed.len() as f64 / f64::from(tried);
    assert!(tried >= 4_000, "{tried}");
    assert!(
        rate <= 0.01,
        "{} of {tried} missed ({rate:.4}): {:?}",
        missed.len(),
        &missed[..missed.len().min(20)]
    );
}

#[test]
fn look_alikes_are_silent() {
    const SILENT: &[(&str, &str)] = &[
        ("a.py", "KEY = 'AKIAIOSFODNN7EXAMPLE'"),
        ("a.py", "token = os.environ['GITHUB_TOKEN']"),
        ("a.py", "password = 'password'"),
        ("a.py", "password = \"changeme123!\""),
        ("a.py", "API_KEY = \"your-api-key-here\""),
        (
            "a.py",
            "headers = {'X-Token': 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}",
        ),
        ("a.js", "const token = jwt.sign(payload, secret);"),
        ("a.js", "const TOKEN_KEY = 'access-token-storage-key';"),
        (
            "a.ts",
            "export const passwordField: string = 'input[type=password]';",
        ),
        (
            "a.go",
            "var sha256sum = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
        ),
        (
            "a.json",
            "\"integrity\": \"sha512-9fK2mQx7Vb3LpZ8wT4c2VjcmV0LXZhbHVl9QmZ7x1K==\"",
        ),
        ("a.yaml", "tokenId: 0b9f5c2e-58a1-4f3a-9d2e-7c1f4b6a8d90"),
        ("a.yaml", "password: ${DB_PASSWORD}"),
        ("a.yaml", "secretName: my-app-tls-certificate2024"),
        (
            "a.properties",
            "spring.datasource.url=postgres://user:password@localhost/db",
        ),
        ("README.md", "postgres://user:pass@host:5432/db"),
        ("a.rs", "if header == \"-----BEGIN RSA PRIVATE KEY-----\" {"),
        (
            "testdata/key.pem",
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n",
        ),
        (
            "a.md",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        ),
        (
            "a.ts",
            "import { TokenService } from './auth/token.service';",
        ),
        (
            "a.css",
            "background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ)",
        ),
        (
            "a.py",
            "csrf_token = request.POST.get('csrfmiddlewaretoken')",
        ),
        (
            "a.java",
            "private static final String AUTH_TOKEN_HEADER = \"X-Auth-Token-V2\";",
        ),
        (
            "ssh.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqb2dV1o1lXo0gRkO0wH8r6O5m1N0m3vS7b8dZpTqLr me@host",
        ),
        (
            ".env.example",
            "STRIPE_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        ),
        (
            "a.rs",
            "    \"Int16\" => Token::SimpleType(DataType::Int16),\n    aws_lc_rs::ECDSA_P256_SHA256,\n",
        ),
        (
            "a.rs",
            "R_AARCH64_TLSLD_ADD_LO12_NC => \"AARCH64_TLSLD_ADD_LO12_NC\",",
        ),
        (
            "a.go",
            "rcloneEncryptedClientSecret = \"sYbJYm99WB8jzeaLPU0OPDMJKIkZvD2qOn3SyEMfiJr03RdtDt3x\"",
        ),
        (
            "a.py",
            "token = random_string(32)\nTRANSFORM_aws = \"AWS::Serverless-2016-10-31\"",
        ),
        (
            "topics.json",
            "\"imageUrl\": \"https://files.acme.io/o/a.svg?alt=media&token=506faab0-617a-4668-9e63-4113fb996603\",",
        ),
        (
            "values.yaml",
            "password: 'sha1:aae8550c0a44:9507d45e087d5ee481a5ce9f4f16f37a0867318c'",
        ),
        (
            "a.sh",
            "export DEDYN_TOKEN=d41d8cd98f00b204e9800998ecf8427e",
        ),
        (
            "google-services.json",
            "\"current_key\": \"AIzaSyD5jqwKMm1SeoYsW25vxCXfTlhDBeZ4H5c\"",
        ),
        (
            "README.md",
            "tls:\n  key: |-\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEpQIBAAKCAQEAvLYcyu8f3skuRyUgeeNpeDvYBCDcgq+LsWap6zbX5f8oLqp4\n    MIIEpQIBAAKCAQEAvLYcyu8f3skuRyUgeeNpeDvYBCDcgq+LsWap6zbX5f8oLqp4\n    ...\n",
        ),
        (
            "a.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    const SECRET: &str = \"OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV\";\n}\n",
        ),
        (
            "a.rs",
            "#[cfg(all(test, unix))]\nmod tests {\n    let correct_password = b\"correct_master_key_123!\";\n}\n",
        ),
        (
            "a.rs",
            "#[cfg(test)]\n#[cfg(feature = \"std\")]\nmod checks {\n    const TOKEN: &str = \"OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV\";\n}\n",
        ),
        (
            "a.rs",
            "#[test]\nfn a() {\n    let token = \"OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV\";\n}\n",
        ),
        (
            "Held.kt",
            "/**\n * -----BEGIN PRIVATE KEY-----\n * MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJQJbuc2Q2bKPYBxi\n * VnHsbrgxcVxrJJ3TFV2DdbzMS7ahRANCAAQXOq2oP6n5xyGFyNNNDMvvt4MNgUZo\n */",
        ),
        (
            "a.py",
            "url = 'mysql+pymysql://scott:tiger@192.168.0.134/test'",
        ),
    ];
    for (path, text) in SILENT {
        assert_eq!(found(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn assignments_without_a_format_need_a_telling_key_and_a_random_value() {
    const FOUND: &[(&str, &str, &str)] = &[
        (
            "a.py",
            "DATADOG_API_KEY = \"3f9a1c27be04d58f6a7c9e2b1d40f86c\"",
            "secrets/datadog-api-key",
        ),
        (
            "a.py",
            "aws_secret_access_key = 'q8Zr1vT5kXw2Yb7NcE4mGj9LhP0sD3fA6uViBoRt'",
            "secrets/aws-secret-access-key",
        ),
        (
            "a.yaml",
            "client_secret: 9fK2mQx7Vb3LpZ8wT4c2Vj",
            "secrets/generic",
        ),
        (
            "a.rs",
            "const SIGNING_KEY: &str = \"9fK2mQx7Vb3LpZ8wT4c2Vj\";",
            "secrets/generic",
        ),
        (
            "a.js",
            "db: { password: 'tR0ub4dor&3xY' }",
            "secrets/password",
        ),
        (
            ".env",
            "MONGO_PASSWORD=DdVMffX7Mj8ZrrmS5rHiWignyFqWp263bCexRktzCk",
            "secrets/password",
        ),
        (
            "a.rs",
            "const SECRET: &str = \"OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV\";\n#[cfg(test)]\nmod tests {}\n",
            "secrets/generic",
        ),
        (
            "azure-secret.yaml",
            "  azurestorageaccountkey: eElGMXpKYm5ub2pGTE1Ta0JwNTBteDAyckhzTUsyc2pVN21GdDRMMTNob0I3ZHJBYUo4akQ2K0E0NDNqSm9nVjd5MkZVT2hRQ1dQbU02WWFOSHk3cWc9PQ==",
            "secrets/generic",
        ),
        (
            "README.md",
            "curl -H 'X-Key: glpat-9fK2mQx7Vb3LpZ8wT4c2' https://api.acme.io/",
            "secrets/gitlab-personal-token",
        ),
        (
            "a.py",
            "url = \"postgres://app:9fK2mQx7Vb@db.prod.acme.io/app\"",
            "secrets/connection-string",
        ),
    ];
    for (path, text, rule) in FOUND {
        assert_eq!(found(path, text), [*rule], "{path}: {text}");
    }
}

#[test]
fn a_private_key_needs_a_body_and_may_be_one_string() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let lines = format!("-----BEGIN PRIVATE KEY-----\n{body}\n{body}\n");
    assert_eq!(found("deploy/server.key", &lines), ["secrets/private-key"]);
    let escaped = format!("KEY = \"-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n{body}\\n\"");
    assert_eq!(found("a.py", &escaped), ["secrets/private-key"]);
    assert_eq!(
        found(
            "a.py",
            "HEADER = '-----BEGIN RSA PRIVATE KEY-----'\nbody = read()\n"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn only_what_touches_the_change_counts_while_typing() {
    let line = "a = \"AKIAZ5GMXQ3K7WPN2RTB\"\n";
    let text = format!("{line}{}{line}", "x = 1\n".repeat(20));
    let path = RelPath::new("a.py").expect("valid");
    let last = text.len() - line.len();
    let hits = scan(&path, &text, Some(&[Span::new(last, text.len())]));
    assert_eq!(
        hits.iter()
            .map(|hit| hit.span.start as usize)
            .collect::<Vec<_>>(),
        [last + 5]
    );
    assert_eq!(scan(&path, &text, None).len(), 2);
}

#[test]
fn nothing_of_the_value_is_in_a_hit() {
    let path = RelPath::new("a.py").expect("valid");
    let hits = scan(&path, "a = \"AKIAZ5GMXQ3K7WPN2RTB\"\n", None);
    let shown = format!("{:?}", hits);
    assert!(
        !shown.contains("Z5GMXQ") && shown.contains("(fingerprint "),
        "{shown}"
    );
}

#[test]
fn no_text_panics() {
    let path = RelPath::new("a.py").expect("valid");
    proptest::proptest!(|(text in "(token|password|://|eyJ|AKIA|-----BEGIN |é|\"|=|:|\n|[a-z0-9]{0,9}){0,40}", from in 0_usize..200, len in 0_usize..50)| {
        scan(&path, &text, None);
        let from = from.min(text.len());
        scan(&path, &text, Some(&[Span::new(from, (from + len).min(text.len()))]));
    });
}

#[test]
fn ids_of_keys_in_documentation_are_examples() {
    let id = "secrets/aws-access-key-id";
    let with_key = "AKIAZ5GMXQ3K7WPN2RTB\n\n    secret: 9fK2mQx7Vb3LpZ8wT4c2Vj+hR6nY1dGs5eUa0oXi\n";
    for (path, text, expected) in [
        (
            "a.py",
            "\"\"\"\n  \"AKIAZ5GMXQ3K7WPN2RTB\" => \"123456789012\"\n\"\"\"\n",
            false,
        ),
        (
            "a.py",
            "\"\"\"What it does\"\"\"\nid = \"AKIAZ5GMXQ3K7WPN2RTB\"\n",
            true,
        ),
        (
            "README.md",
            "aws_access_key_id = AKIAZ5GMXQ3K7WPN2RTB\n",
            false,
        ),
        ("docs/keys.html", "<b>AKIAZ5GMXQ3K7WPN2RTB</b>\n", false),
        ("keys.txt", "AKIAZ5GMXQ3K7WPN2RTB\n", true),
        ("README.md", with_key, true),
        ("a.rs", "/// Such as AKIAZ5GMXQ3K7WPN2RTB.\n", false),
        ("a.rs", "let id = \"AKIAZ5GMXQ3K7WPN2RTB\";\n", true),
        ("a.rs", "let id = \"AKIAIOSFODNN7EXAMPLE\";\n", false),
        ("a.rs", "let id = \"AKIAABCDEFGHIJKLMNOP\";\n", false),
        ("a.rs", "let id = \"AKIAQWERQWERQWERQWER\";\n", false),
    ] {
        let found = found(path, text);
        assert_eq!(
            found.iter().any(|rule| rule == id),
            expected,
            "{path}: {text}: {found:?}"
        );
    }
}
