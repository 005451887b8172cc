//! What a changed file is for, by its path alone.
//!
//! A path that says nothing is code where its language is known, and something else where it is not; content is not
//! looked at, so the answer is the same for a file that could not be read.

use base::RelPath;

use crate::context::is_test_path;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A change of a database's schema or data.
    Migration,
    /// Code of the product.
    Code,
    /// Tests and what belongs to them.
    Test,
    /// What the project depends on: manifests and lock files.
    Dependencies,
    /// How the project is checked and released.
    Ci,
    /// Settings and data.
    Config,
    /// Prose for people.
    Docs,
    /// Anything else.
    Other,
}

impl Role {
    /// The role of the file at `path`.
    pub fn of(path: &RelPath) -> Self {
        let full = path.as_str().to_ascii_lowercase();
        let name = path.file_name().to_ascii_lowercase();
        let folders: Vec<&str> = full.split('/').rev().skip(1).collect();
        let in_folder = |names: &[&str]| folders.iter().any(|folder| names.contains(folder));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_prose = matches!(
            extension,
            "md" | "mdx" | "rst" | "adoc" | "txt" | "markdown" | "org"
        );
        if in_folder(&[
            ".github",
            ".circleci",
            ".gitlab",
            ".buildkite",
            ".azuredevops",
        ]) && matches!(extension, "yml" | "yaml")
            || matches!(
                name.as_str(),
                ".gitlab-ci.yml"
                    | ".travis.yml"
                    | "jenkinsfile"
                    | "azure-pipelines.yml"
                    | "appveyor.yml"
                    | ".appveyor.yml"
                    | "bitbucket-pipelines.yml"
                    | ".cirrus.yml"
            )
        {
            return Self::Ci;
        }
        if is_manifest(&name) || is_lock(&name) {
            return Self::Dependencies;
        }
        if in_folder(&["migrations", "migrate", "alembic"]) && !is_prose && !is_test_path(path) {
            return Self::Migration;
        }
        if is_prose && !is_test_path(path) {
            return Self::Docs;
        }
        if is_test_path(path)
            || in_folder(&["fixtures", "testdata", "__snapshots__", "__fixtures__"])
            || full.starts_with("t/")
            || name == "conftest.py"
            || extension == "snap"
        {
            return Self::Test;
        }
        if is_prose {
            return Self::Docs;
        }
        if matches!(
            name.as_str(),
            "license" | "changelog" | "readme" | "authors" | "notice" | "codeowners"
        ) {
            return Self::Docs;
        }
        if matches!(
            extension,
            "yml"
                | "yaml"
                | "toml"
                | "json"
                | "ini"
                | "cfg"
                | "conf"
                | "properties"
                | "env"
                | "xml"
                | "editorconfig"
                | "json5"
                | "jsonc"
        ) || name.starts_with('.')
            || name.starts_with("dockerfile")
            || name == "makefile"
        {
            return Self::Config;
        }
        let is_code = matches!(
            extension,
            "rs" | "py"
                | "pyi"
                | "js"
                | "mjs"
                | "cjs"
                | "jsx"
                | "ts"
                | "mts"
                | "cts"
                | "tsx"
                | "go"
                | "java"
                | "c"
                | "h"
                | "cc"
                | "cpp"
                | "cxx"
                | "hpp"
                | "hh"
                | "cs"
                | "rb"
                | "php"
                | "kt"
                | "kts"
                | "swift"
                | "scala"
                | "sh"
                | "bash"
                | "lua"
                | "ex"
                | "exs"
                | "sql"
                | "tf"
                | "hcl"
                | "html"
                | "css"
                | "scss"
                | "less"
                | "vue"
                | "svelte"
                | "proto"
                | "graphql"
                | "phtml"
                | "erb"
                | "twig"
                | "m"
                | "mm"
                | "pl"
                | "pm"
                | "r"
                | "jl"
                | "dart"
                | "zig"
                | "hs"
                | "ml"
                | "clj"
        );
        if is_code { Self::Code } else { Self::Other }
    }

    /// The word for it in a list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Migration => "Migrations",
            Self::Code => "Code",
            Self::Test => "Tests",
            Self::Dependencies => "Dependencies",
            Self::Ci => "CI",
            Self::Config => "Configuration",
            Self::Docs => "Docs",
            Self::Other => "Other files",
        }
    }
}

fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "cargo.toml"
            | "package.json"
            | "pyproject.toml"
            | "pipfile"
            | "go.mod"
            | "gemfile"
            | "composer.json"
            | "pom.xml"
            | "build.gradle"
            | "build.gradle.kts"
            | "package.swift"
            | "mix.exs"
            | "pubspec.yaml"
            | "directory.packages.props"
            | "libs.versions.toml"
    ) || name.starts_with("requirements") && name.ends_with(".txt")
        || name.ends_with(".csproj")
        || name.ends_with(".gemspec")
}

fn is_lock(name: &str) -> bool {
    name.ends_with(".lock")
        || matches!(
            name,
            "package-lock.json"
                | "npm-shrinkwrap.json"
                | "pnpm-lock.yaml"
                | "go.sum"
                | "go.work.sum"
                | "package.resolved"
                | "packages.lock.json"
                | ".terraform.lock.hcl"
                | "gradle.lockfile"
        )
}

#[cfg(test)]
mod tests {
    use base::RelPath;

    use super::Role;

    #[test]
    fn a_path_says_what_a_file_is_for() {
        for (path, role) in [
            ("src/lib.rs", Role::Code),
            ("tests/lib.rs", Role::Test),
            ("pkg/a_test.go", Role::Test),
            ("README.md", Role::Docs),
            ("docs/guide.rst", Role::Docs),
            (".github/workflows/ci.yml", Role::Ci),
            ("Cargo.lock", Role::Dependencies),
            ("requirements/base.txt", Role::Docs),
            ("requirements-dev.txt", Role::Dependencies),
            ("db/migrate/2024_a.rb", Role::Migration),
            ("config/app.yaml", Role::Config),
            ("logo.png", Role::Other),
        ] {
            let path = RelPath::new(path).expect("a path");
            assert_eq!(Role::of(&path), role, "{path}");
        }
    }
}
