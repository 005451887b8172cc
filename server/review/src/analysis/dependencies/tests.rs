//! Manifests, lock files and images of a change, and what is said about them.

use crate::analysis::tests::check;

#[test]
fn a_lock_file_follows_its_manifest() {
    let manifest = |lock: &str| {
        format!(
            "\
//- old Cargo.toml
[dependencies]
serde = \"1.0\"
//- new Cargo.toml
[dependencies]
serde = \"1.0\"
rand = \"0.9\"
//- src/lib.rs
use rand::Rng;
{lock}"
        )
    };
    check(
        &manifest("//- Cargo.lock\nname = \"serde\"\n"),
        &[
            "Cargo.toml:3 dependency/lock-out-of-step: `rand` is not in Cargo.lock",
            "  Cargo.lock:1 does not know it",
        ],
    );
    check(&manifest("//- Cargo.lock\nname = \"rand\"\n"), &[]);
    check(
        &manifest("//- old Cargo.lock\nname = \"serde\"\n//- new Cargo.lock\nname = \"other\"\n"),
        &[],
    );
    check(&manifest(""), &[]);
}

#[test]
fn versions_and_names_of_dependencies() {
    check(
        "\
//- old package.json
{
  \"dependencies\": {
    \"react\": \"^18.2.0\",
    \"axios\": \"^1.7.0\",
    \"zod\": \"3.23.0\"
  }
}
//- new package.json
{
  \"scripts\": {
    \"postinstall\": \"node setup.js\"
  },
  \"dependencies\": {
    \"react\": \"^18.1.0\",
    \"axios\": \"*\",
    \"expresss\": \"^4.0.0\",
    \"zod\": \"3.23\"
  }
}
//- a.js
import app from \"expresss\";
",
        &[
            "package.json:6 dependency/version-lowered: `react` goes back from ^18.2.0 to ^18.1.0",
            "package.json:7 dependency/version-left-open: `axios` takes any version",
            "package.json:8 dependency/lookalike-name: `expresss` is nearly `express`",
            "package.json:3 dependency/install-script: `postinstall` runs on every machine that installs this package",
        ],
    );
}

#[test]
fn a_name_that_is_nearly_that_of_a_neighbour_is_told() {
    let fixture = |name: &str| {
        format!(
            "//- old package.json\n{{\n  \"dependencies\": {{\n    \"autocannon\": \"1.0.0\"\n  }}\n}}\n\
             //- new package.json\n{{\n  \"dependencies\": {{\n    \"autocannon\": \"1.0.0\",\n    \"{name}\": \"1.0.0\"\n  }}\n}}\n"
        )
    };
    check(
        &fixture("auotcannon"),
        &["package.json:4 dependency/lookalike-name: `auotcannon` is nearly `autocannon`"],
    );
    check(&fixture("autocannons"), &[]);
}

#[test]
fn a_base_image_keeps_its_version() {
    check(
        "\
//- old Dockerfile
FROM python:3.12-slim AS build
FROM localhost:5000/base
//- new Dockerfile
FROM python AS build
FROM localhost:5000/base
",
        &[
            "Dockerfile:1 dependency/image-without-version: `python` named the version 3.12-slim and now takes the latest",
        ],
    );
}

#[test]
fn a_version_that_is_taken_away_is_told_whatever_the_neighbours_do() {
    let fixture = |old: &str, new: &str| {
        format!(
            "//- old requirements/extras/yaml.txt\n{old}\n//- new requirements/extras/yaml.txt\n{new}\n"
        )
    };
    check(
        &fixture("PyYAML>=3.10", "PyYAML"),
        &[
            "requirements/extras/yaml.txt:1 dependency/version-left-open: `pyyaml` takes any version",
        ],
    );
    check(&fixture("PyYAML", "PyYAML>=3.10"), &[]);
}
