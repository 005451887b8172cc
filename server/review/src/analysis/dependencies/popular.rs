//! Names that many projects depend on: what a name that is nearly one of them may be mistaken for.
//!
//! Chosen by hand from what the package registries list as most downloaded; it need not be complete, because a name
//! that is missing here only fails to warn.

use super::manifest::Ecosystem;

/// The popular name that `name` is nearly, if it is not popular itself.
pub(super) fn lookalike(ecosystem: Ecosystem, name: &str) -> Option<&'static str> {
    let names = match ecosystem {
        Ecosystem::Cargo => CARGO,
        Ecosystem::Npm => NPM,
        Ecosystem::Python => PYTHON,
        Ecosystem::Ruby => RUBY,
        Ecosystem::Go | Ecosystem::Composer => return None,
    };
    let plain = |name: &str| name.replace(['-', '_', '.'], "");
    if names.contains(&name) || name.len() < 4 {
        return None;
    }
    names.iter().copied().find(|popular| {
        popular.len() >= 5
            && (strsim::osa_distance(name, popular) == 1 || plain(name) == plain(popular))
            // A number or a letter at the end is how families of packages are named: `react-dom18`, `serde2`.
            && !is_series(name, popular)
    })
}

/// The one of `others` that `name` is surely meant to be: two letters have changed places, or one is doubled or missing
/// in a long name. Other letters make names of families (`tslint` and `eslint`).
pub(super) fn misspelt<'a>(name: &str, others: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let mut others = others.filter(|other| other.len() >= 5 && *other != name);
    others.find(|other| {
        let near = strsim::osa_distance(name, other) == 1;
        let turned = name.len() == other.len() && sorted(name) == sorted(other);
        let doubled = name.len() != other.len() && name.len().min(other.len()) >= 8;
        near && (turned || doubled) && !is_series(name, other) && !is_plural(name, other)
    })
}

fn is_plural(a: &str, b: &str) -> bool {
    a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a)
}

/// `name` is `popular` with a digit or a plural, or the other way round.
fn is_series(name: &str, popular: &str) -> bool {
    let tail = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    tail(name, popular) || tail(popular, name)
}

const CARGO: &[&str] = &[
    "anyhow",
    "async-trait",
    "axum",
    "base64",
    "bincode",
    "bitflags",
    "bytes",
    "chrono",
    "clap",
    "criterion",
    "crossbeam",
    "dashmap",
    "env_logger",
    "futures",
    "git2",
    "globset",
    "hyper",
    "indexmap",
    "indicatif",
    "itertools",
    "lazy_static",
    "libc",
    "memchr",
    "memmap2",
    "mime",
    "notify",
    "num_cpus",
    "once_cell",
    "parking_lot",
    "proc-macro2",
    "proptest",
    "quote",
    "rand",
    "rayon",
    "regex",
    "reqwest",
    "rusqlite",
    "rustls",
    "schemars",
    "semver",
    "serde",
    "serde_json",
    "serde_yaml",
    "smallvec",
    "sqlx",
    "strsim",
    "tempfile",
    "thiserror",
    "tokio",
    "toml",
    "tower",
    "tracing",
    "tracing-subscriber",
    "unicode-width",
    "walkdir",
];

const NPM: &[&str] = &[
    "angular",
    "async",
    "axios",
    "babel-core",
    "body-parser",
    "chalk",
    "cheerio",
    "chokidar",
    "classnames",
    "commander",
    "cors",
    "cross-env",
    "dayjs",
    "debug",
    "dotenv",
    "electron",
    "eslint",
    "express",
    "fastify",
    "fs-extra",
    "glob",
    "graphql",
    "enquirer",
    "inquirer",
    "jest",
    "jquery",
    "jsonwebtoken",
    "lodash",
    "minimist",
    "mocha",
    "moment",
    "mongoose",
    "mysql",
    "next",
    "node-fetch",
    "nodemon",
    "passport",
    "playwright",
    "postcss",
    "preact",
    "prettier",
    "prop-types",
    "puppeteer",
    "react",
    "react-dom",
    "react-router",
    "redux",
    "request",
    "rimraf",
    "rollup",
    "rxjs",
    "semver",
    "socket.io",
    "tailwindcss",
    "typescript",
    "uuid",
    "vite",
    "vitest",
    "vue",
    "webpack",
    "winston",
    "yargs",
    "zod",
];

const PYTHON: &[&str] = &[
    "aiohttp",
    "attrs",
    "beautifulsoup4",
    "black",
    "boto3",
    "botocore",
    "celery",
    "certifi",
    "cffi",
    "charset-normalizer",
    "click",
    "colorama",
    "cryptography",
    "django",
    "fastapi",
    "flask",
    "gunicorn",
    "httpx",
    "idna",
    "jinja2",
    "jsonschema",
    "keras",
    "lxml",
    "markupsafe",
    "matplotlib",
    "mypy",
    "networkx",
    "numpy",
    "openai",
    "packaging",
    "pandas",
    "paramiko",
    "pillow",
    "pluggy",
    "psutil",
    "psycopg2",
    "pyarrow",
    "pydantic",
    "pygments",
    "pyjwt",
    "pymongo",
    "pytest",
    "python-dateutil",
    "pytorch",
    "pyyaml",
    "redis",
    "requests",
    "rich",
    "scikit-learn",
    "scipy",
    "selenium",
    "setuptools",
    "sqlalchemy",
    "tensorflow",
    "tornado",
    "tqdm",
    "typing-extensions",
    "urllib3",
    "uvicorn",
    "werkzeug",
    "wheel",
];

const RUBY: &[&str] = &[
    "activerecord",
    "activesupport",
    "bcrypt",
    "bundler",
    "capybara",
    "devise",
    "faraday",
    "jekyll",
    "minitest",
    "nokogiri",
    "puma",
    "rails",
    "rspec",
    "rubocop",
    "sidekiq",
    "sinatra",
    "thor",
];

#[cfg(test)]
mod tests {
    use super::super::manifest::Ecosystem;
    use super::lookalike;

    #[test]
    fn what_is_nearly_a_popular_name_is_told() {
        for (ecosystem, name, expected) in [
            (Ecosystem::Npm, "expresss", Some("express")),
            (Ecosystem::Npm, "lodahs", Some("lodash")),
            (Ecosystem::Npm, "lodash", None),
            (Ecosystem::Npm, "preact", None),
            (Ecosystem::Python, "reqeusts", Some("requests")),
            (Ecosystem::Python, "urllib", None),
            (Ecosystem::Python, "beautifulsoup", None),
            (Ecosystem::Cargo, "serde-json", Some("serde_json")),
            (Ecosystem::Cargo, "tokio", None),
            (Ecosystem::Go, "anything", None),
        ] {
            assert_eq!(lookalike(ecosystem, name), expected, "{name}");
        }
    }
}
