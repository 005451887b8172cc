//! What `rules list`, `rules explain` and the generated pages say about the secret kinds.

use base::{Category, CheckKind, Confidence, RuleId, RuleMeta, Severity};

use super::keyed::VENDORS;
use super::kinds::KINDS;

/// Descriptions of every secret rule.
pub(crate) fn metas() -> Vec<RuleMeta> {
    let by_format = KINDS.iter().map(|kind| {
        let shown = format!(
            "token = \"{}…\"",
            kind.literals[0].trim_start_matches(['.', ':', '+', '-', '_'])
        );
        meta(
            kind.id,
            kind.what,
            Severity::Error,
            kind.confidence,
            &shown,
            "It is told by the format its issuer publishes.",
        )
    });
    let by_key = VENDORS.iter().map(|vendor| {
        let key = vendor.key.join("_").to_uppercase().replace("__", "_");
        meta(
            vendor.id,
            vendor.what,
            Severity::Error,
            0.9,
            &format!("{key} = \"…\""),
            "It is told by the name it is assigned to and by its length and alphabet.",
        )
    });
    let others = [
        meta(
            "private-key",
            "Private key",
            Severity::Error,
            0.97,
            "-----BEGIN PRIVATE KEY-----\n…",
            "Only blocks that have a body count, so code that parses keys stays silent.",
        ),
        meta(
            "jwt",
            "Signed web token (JWT)",
            Severity::Error,
            0.85,
            "token = \"eyJ….eyJ….…\"",
            "Its payload was read: it has not expired and is not a published example.",
        ),
        meta(
            "connection-string",
            "Password in an address",
            Severity::Error,
            0.85,
            "url = \"postgres://app:…@db.internal/app\"",
            "Addresses of the local machine and stand-ins such as `user:password` do not count.",
        ),
        meta(
            "generic",
            "Secret",
            Severity::Warning,
            0.8,
            "client_secret = \"…\"",
            "The name says that it is secret and the value looks random.",
        ),
        meta(
            "password",
            "Password",
            Severity::Warning,
            0.65,
            "password = \"…\"",
            "The name says that it is a password and the value looks like a real one.",
        ),
    ];
    let mut metas: Vec<_> = by_format.chain(by_key).chain(others).collect();
    metas.sort_by(|a, b| a.id.cmp(&b.id));
    metas
}

fn meta(
    id: &str,
    what: &str,
    severity: Severity,
    confidence: f32,
    bad: &str,
    told_by: &str,
) -> RuleMeta {
    RuleMeta {
        id: RuleId::new(&format!("secrets/{id}")),
        check: CheckKind::Pattern,
        languages: Vec::new(),
        category: Category::Security,
        severity,
        confidence: Confidence::new(confidence),
        title: format!("{what} in the code"),
        why: format!(
            "Whoever can read the repository, its forks, its backups or a build log can use it; deleting it in a later commit \
             does not take it out of the history. Revoke it and issue a new one, then read it from the environment or a \
             secret store. {told_by} The value itself is never shown; the short fingerprint says whether two findings are about \
             the same one."
        ),
        bad: bad.to_owned(),
        good: "token = os.environ[\"SERVICE_TOKEN\"]".to_owned(),
        references: vec![
            "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"
                .to_owned(),
        ],
        cwe: Some(798),
        has_fix: false,
        profiles: vec!["security".to_owned()],
        from_workspace: false,
    }
}
