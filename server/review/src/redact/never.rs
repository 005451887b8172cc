//! Files that are never shown to a model, whatever stands in them.
//!
//! The built-in list holds what exists to keep secrets. Settings add to it; nothing takes away from it.

use base::RelPath;

/// The built-in rule that keeps a file from every model, if one does.
pub(crate) fn built_in(path: &RelPath) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        ".npmrc",
        ".netrc",
        "_netrc",
        ".pypirc",
        ".pgpass",
        ".my.cnf",
        ".htpasswd",
        ".git-credentials",
        ".dockercfg",
        "kubeconfig",
        "credentials",
        "credentials.json",
        "secrets.yml",
        "secrets.yaml",
        "secrets.json",
        "secrets.toml",
        "master.key",
        ".vault_pass",
        "terraform.tfvars",
        ".terraformrc",
        "shadow",
    ];
    const ENDS: &[&str] = &[
        ".pem",
        ".key",
        ".p12",
        ".pfx",
        ".jks",
        ".keystore",
        ".kdbx",
        ".asc",
        ".ppk",
        ".p8",
        ".tfstate",
        ".tfstate.backup",
        ".kubeconfig",
        ".ovpn",
    ];
    const FOLDERS: &[&str] = &[".ssh", ".gnupg", ".aws", ".kube", ".docker"];
    let lower = path.as_str().to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") || name == ".envrc" {
        // Examples of it are there to be read.
        let is_example = [".example", ".sample", ".template", ".dist"]
            .iter()
            .any(|end| name.ends_with(end));
        return (!is_example).then_some(".env*");
    }
    if name.starts_with("id_") && !name.contains('.')
        || name.starts_with("id_") && name.ends_with(".bak")
    {
        return Some("id_*");
    }
    if let Some(known) = NAMES.iter().find(|known| **known == name) {
        return Some(known);
    }
    if let Some(end) = ENDS.iter().find(|end| name.ends_with(**end)) {
        return Some(end);
    }
    let folders: Vec<&str> = lower.split('/').rev().skip(1).collect();
    FOLDERS
        .iter()
        .copied()
        .find(|known| folders.contains(known))
}
