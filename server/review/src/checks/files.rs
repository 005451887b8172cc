//! Files that do not belong in a repository, told by name and size: environment files, keys, large binaries, and names
//! with hidden characters.
//!
//! Looks at files that a change adds (all of them in an audit), also at those whose content is not reviewed.

use base::change::SkipReason;
use base::{Category, FileChange, FileStatus, RelPath, Severity, Span, Text};

use super::secrets::{self, Setting, setting_of};
use super::{About, Draft, unicode};

const ENV_FILE: &str = "files/env-file";
const KEY_FILE: &str = "files/key-file";
const STATE_FILE: &str = "files/credentials-file";
const LARGE_BINARY: &str = "files/large-binary";
const HIDDEN_NAME: &str = "files/hidden-name";

/// A binary larger than this belongs elsewhere, in bytes.
const LARGE: u64 = 500_000;

pub(super) const ABOUT: &[About] = &[
    About {
        id: ENV_FILE,
        category: Category::Security,
        severity: Severity::Warning,
        confidence: 0.8,
        title: "An environment file is added",
        why: "Files named `.env` hold the settings of one machine, and usually its passwords and keys. Once committed they \
              stay in the history, even after they are deleted. Add the name to `.gitignore` and commit a `.env.example` \
              with the names and no values.",
        bad: "",
        good: "",
        cwe: Some(538),
        references: &["https://12factor.net/config"],
    },
    About {
        id: KEY_FILE,
        category: Category::Security,
        severity: Severity::Error,
        confidence: 0.9,
        title: "A private key or key store is added",
        why: "Whoever can read the repository can use the key, and it stays in the history after it is deleted. Do not \
              commit it; if it was pushed, revoke it and make a new one.",
        bad: "",
        good: "",
        cwe: Some(321),
        references: &["https://cwe.mitre.org/data/definitions/321.html"],
    },
    About {
        id: STATE_FILE,
        category: Category::Security,
        severity: Severity::Warning,
        confidence: 0.85,
        title: "A file that holds credentials is added",
        why: "Tools write tokens and passwords in plain text into files such as `.npmrc`, a kubeconfig or Terraform's state. \
              Keep them out of the repository; if it was pushed, revoke what stands in it.",
        bad: "",
        good: "",
        cwe: Some(522),
        references: &[],
    },
    About {
        id: LARGE_BINARY,
        category: Category::Process,
        severity: Severity::Warning,
        confidence: 0.9,
        title: "A large binary file is added",
        why: "Everybody who clones the repository downloads it for ever, also after it is deleted, and git cannot merge or \
              compress it well. Publish it as a release artefact or a package, or track it with Git LFS.",
        bad: "",
        good: "",
        cwe: None,
        references: &["https://git-lfs.com/"],
    },
    About {
        id: HIDDEN_NAME,
        category: Category::Security,
        severity: Severity::Error,
        confidence: 0.95,
        title: "A file's name holds an invisible character",
        why: "Two names that look the same are two files, and a name can be shown in another order than it is stored, so \
              that people open or run another file than they mean to. Rename it.",
        bad: "",
        good: "",
        cwe: Some(1007),
        references: &[],
    },
];

/// What is to be said about a file as such. `text` is its new text where there is one, `skip` why it is not reviewed.
pub(crate) fn check(
    file: &FileChange,
    text: Option<&Text>,
    skip: Option<&SkipReason>,
) -> Vec<Draft> {
    let added = matches!(
        file.status,
        FileStatus::Added
            | FileStatus::Untracked
            | FileStatus::Copied
            | FileStatus::Renamed
            | FileStatus::TypeChanged
    );
    if !added && file.status != FileStatus::Whole {
        return Vec::new();
    }
    let mut drafts = Vec::new();
    let content = text.map_or("", Text::as_str);
    let mut report = |rule: &str, title: Option<String>| {
        let draft = Draft::new(rule, Span::new(0, 0));
        let harmless = match rule {
            // Ports and versions that a team shares on purpose stand in such files too.
            ENV_FILE => secrets::scan(&file.path, content, None).is_empty(),
            // Keys made for tests, and the one that every Android project signs its debug builds with.
            KEY_FILE => {
                setting_of(&file.path) != Setting::Real || file.path.file_name() == "debug.keystore"
            }
            _ => false,
        };
        let severity = harmless.then_some(Severity::Info);
        drafts.push(Draft {
            title,
            severity,
            ..draft
        });
    };
    let nothing = text.is_some_and(|text| text.as_str().trim().is_empty());
    match kind_of(&file.path, content) {
        Some(rule) if !nothing => report(
            rule,
            Some(format!(
                "{}: `{}`",
                said(rule),
                file.path.file_name().escape_debug()
            )),
        ),
        _ => {}
    }
    if let Some(c) = unicode::hidden_in_name(file.path.as_str()) {
        report(
            HIDDEN_NAME,
            Some(format!(
                "The file's name holds the invisible character U+{:04X}",
                u32::from(c)
            )),
        );
    }
    // In an audit every old picture would be listed; only who adds one can still decide otherwise.
    let new_binary = added && file.status != FileStatus::Renamed && is_binary(&file.path, skip);
    if let Some(size) = size_of(file, skip).filter(|size| new_binary && *size > LARGE) {
        let title = format!("A large binary file is added ({})", human(size));
        report(LARGE_BINARY, Some(title));
    }
    drafts
}

fn said(rule: &str) -> &'static str {
    ABOUT
        .iter()
        .find(|about| about.id == rule)
        .map_or("", |about| about.title)
}

fn kind_of(path: &RelPath, content: &str) -> Option<&'static str> {
    let name = path.file_name().to_ascii_lowercase();
    let name = name.as_str();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let examples = [
        "example", "sample", "template", "dist", "defaults", "tpl", "schema",
    ];
    let is_example = name
        .split(['.', '-', '_'])
        .any(|part| examples.contains(&part));
    if name == ".env" || name == ".envrc" || name.starts_with(".env.") {
        // `.envrc` is code for direnv; it is only worth a word when it sets something secret.
        let harmless = name == ".envrc"
            && !["SECRET", "TOKEN", "PASSWORD", "KEY"]
                .iter()
                .any(|word| content.contains(word));
        return (!is_example && !harmless).then_some(ENV_FILE);
    }
    let ssh = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "id_ecdsa_sk",
        "id_ed25519_sk",
    ];
    if ssh.contains(&name) {
        return Some(KEY_FILE);
    }
    match extension {
        "p12" | "pfx" | "keystore" | "jks" | "ppk" | "kdbx" => Some(KEY_FILE),
        "pem" | "key" | "p8" => content.contains("PRIVATE KEY-----").then_some(KEY_FILE),
        "tfstate" => Some(STATE_FILE),
        "backup" if name.ends_with(".tfstate.backup") => Some(STATE_FILE),
        _ => match name {
            ".npmrc" | ".yarnrc" => has_token(content, "_authtoken").then_some(STATE_FILE),
            ".yarnrc.yml" => has_token(content, "npmauthtoken").then_some(STATE_FILE),
            ".pypirc" | ".netrc" | "_netrc" => content
                .to_ascii_lowercase()
                .contains("password")
                .then_some(STATE_FILE),
            ".htpasswd" | ".git-credentials" | ".pgpass" => Some(STATE_FILE),
            "kubeconfig" | "config"
                if name == "kubeconfig"
                    || path
                        .parent()
                        .is_some_and(|p| p == ".kube" || p.ends_with("/.kube")) =>
            {
                let secret = ["client-key-data", "token:", "password:"];
                secret
                    .iter()
                    .any(|word| content.contains(word))
                    .then_some(STATE_FILE)
            }
            "credentials"
                if path
                    .parent()
                    .is_some_and(|p| p == ".aws" || p.ends_with("/.aws")) =>
            {
                Some(STATE_FILE)
            }
            _ => None,
        },
    }
}

/// A line `…key=value` whose value is written out rather than taken from the environment.
fn has_token(content: &str, key: &str) -> bool {
    content.lines().any(|line| {
        let lower = line.to_ascii_lowercase();
        let Some(at) = lower.find(key) else {
            return false;
        };
        let value = lower[at + key.len()..].trim_start_matches([' ', '=', ':', '"', '\'']);
        !value.is_empty() && !value.starts_with('$') && !value.starts_with("<")
    })
}

/// Binary by what was read, or, when it was too large to be read, by its name.
fn is_binary(path: &RelPath, skip: Option<&SkipReason>) -> bool {
    match skip {
        Some(SkipReason::Binary) => true,
        Some(SkipReason::TooLarge { .. }) => {
            let text = [
                "txt", "csv", "tsv", "svg", "xml", "log", "lock", "sum", "jsonl", "ndjson",
                "geojson", "ipynb", "po", "tex", "rst", "map", "snap", "diff", "patch", "less",
                "scss", "vue", "svelte", "proto", "r", "jl", "hs", "ml", "clj", "dart",
            ];
            let known = path
                .extension()
                .is_some_and(|extension| text.contains(&extension.to_ascii_lowercase().as_str()));
            !known && syntax::Language::detect(path, "").is_none()
        }
        _ => false,
    }
}

fn size_of(file: &FileChange, skip: Option<&SkipReason>) -> Option<u64> {
    match skip {
        Some(SkipReason::TooLarge { bytes, .. }) => Some(*bytes),
        _ => file.size,
    }
}

fn human(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use base::change::SkipReason;
    use base::{FileChange, FileStatus, RelPath, Severity, Text};

    use super::check;

    fn rules(
        path: &str,
        status: FileStatus,
        text: Option<&str>,
        skip: Option<SkipReason>,
        size: Option<u64>,
    ) -> Vec<String> {
        let path = RelPath::new(path).expect("a path");
        let file = FileChange {
            size,
            ..FileChange::plain(path, status)
        };
        let text = text.map(Text::new);
        let drafts = check(&file, text.as_ref(), skip.as_ref());
        drafts.iter().map(|draft| draft.rule.to_string()).collect()
    }

    #[test]
    fn a_file_is_as_bad_as_what_is_in_it() {
        let key = "-----BEGIN RSA PRIVATE KEY-----";
        for (path, content, expected) in [
            (
                ".env",
                "PORT=8080\nTIMEZONE=Etc/UTC\n",
                Some(Severity::Info),
            ),
            (".env", "POSTGRES_PASSWORD=changeit\n", Some(Severity::Info)),
            (".env", "API_KEY=\nSECRET=${SECRET}\n", Some(Severity::Info)),
            (".env", "API_TOKEN=k7Qm2xV9pL4tR8wZ3nB6\n", None),
            (
                ".env",
                "DB=postgres://app:k7Qm2xV9pL@db.internal/app\n",
                None,
            ),
            ("deploy/server.key", key, None),
            ("release.keystore", "x", None),
            ("Tests/Utilities/localhost.key", key, Some(Severity::Info)),
            ("cmd/testdata/test.key.pem", key, Some(Severity::Info)),
            ("app/debug.keystore", "x", Some(Severity::Info)),
        ] {
            let path = RelPath::new(path).expect("a path");
            let file = FileChange::plain(path, FileStatus::Added);
            let drafts = check(&file, Some(&Text::new(content)), None);
            let severities: Vec<_> = drafts.iter().map(|draft| draft.severity).collect();
            assert_eq!(severities, [expected], "{} {content}", file.path);
        }
    }

    #[test]
    fn names_tell_files_that_do_not_belong() {
        for (path, text, expected) in [
            (".env", "A=1", "files/env-file"),
            ("app/.env.production", "A=1", "files/env-file"),
            (".env", "\n", ""),
            (".env.example", "A=1", ""),
            (".env.sample", "A=1", ""),
            (".env.local.template", "A=1", ""),
            (".envrc", "use flake", ""),
            (".envrc", "export API_TOKEN=x", "files/env-file"),
            ("environment.rs", "A=1", ""),
            ("id_rsa", "x", "files/key-file"),
            ("id_rsa.pub", "x", ""),
            (
                "a/key.pem",
                "-----BEGIN RSA PRIVATE KEY-----",
                "files/key-file",
            ),
            ("a/cert.pem", "-----BEGIN CERTIFICATE-----", ""),
            ("release.keystore", "x", "files/key-file"),
            (
                ".npmrc",
                "//registry.npmjs.org/:_authToken=abc",
                "files/credentials-file",
            ),
            (
                ".npmrc",
                "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
                "",
            ),
            (".npmrc", "save-exact=true", ""),
            ("terraform.tfstate", "{}", "files/credentials-file"),
            (
                ".kube/config",
                "client-key-data: x",
                "files/credentials-file",
            ),
            ("src/config", "token: x", ""),
            ("a\u{202e}txt.exe", "x", "files/hidden-name"),
        ] {
            let expected: Vec<&str> = expected
                .split(' ')
                .filter(|rule| !rule.is_empty())
                .collect();
            assert_eq!(
                rules(path, FileStatus::Added, Some(text), None, None),
                expected,
                "{path} {text}"
            );
        }
    }

    #[test]
    fn only_added_files_count() {
        for (status, expected) in [
            (FileStatus::Added, 1),
            (FileStatus::Untracked, 1),
            (FileStatus::Whole, 1),
            (FileStatus::Modified, 0),
            (FileStatus::Deleted, 0),
        ] {
            assert_eq!(
                rules(".env", status, Some("A=1"), None, None).len(),
                expected,
                "{status:?}"
            );
        }
    }

    #[test]
    fn large_binaries_are_told_by_size_and_kind() {
        let large = |bytes| {
            Some(SkipReason::TooLarge {
                bytes,
                limit: 1_000_000,
            })
        };
        for (path, status, skip, size, expected) in [
            (
                "a.bin",
                FileStatus::Added,
                Some(SkipReason::Binary),
                Some(600_000),
                1,
            ),
            (
                "a.bin",
                FileStatus::Added,
                Some(SkipReason::Binary),
                Some(400_000),
                0,
            ),
            (
                "a.bin",
                FileStatus::Added,
                Some(SkipReason::Binary),
                None,
                0,
            ),
            (
                "a.bin",
                FileStatus::Modified,
                Some(SkipReason::Binary),
                Some(600_000),
                0,
            ),
            (
                "a.bin",
                FileStatus::Whole,
                Some(SkipReason::Binary),
                Some(600_000),
                0,
            ),
            ("a.mp4", FileStatus::Untracked, large(9_000_000), None, 1),
            ("a.csv", FileStatus::Untracked, large(9_000_000), None, 0),
            ("a.txt", FileStatus::Added, None, Some(600_000), 0),
        ] {
            let found = rules(path, status, None, skip.clone(), size);
            assert_eq!(
                found.len(),
                expected,
                "{path} {status:?} {skip:?} {size:?}: {found:?}"
            );
        }
    }
}
