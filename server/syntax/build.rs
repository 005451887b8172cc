//! Lists the files under `queries` for embedding: queries for outlines, rules, and apart from them the rules' tests.
//!
//! Only names are collected here; reading, checking and compiling happen at run time in `src/rules`. A new file is
//! seen because the folder itself is watched.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script's work is reading and writing files"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .ok_or_else(|| io::Error::other(name))
    };
    let queries = variable("CARGO_MANIFEST_DIR")?
        .join("../../queries")
        .canonicalize()?;
    let root = queries.join("rules");
    let out = variable("OUT_DIR")?;
    // A folder is watched with all that is below it.
    println!("cargo:rerun-if-changed={}", queries.display());
    let mut outlines = Vec::new();
    collect(&queries, &queries, "scm", &mut outlines)?;
    outlines.sort();
    fs::write(out.join("queries.rs"), list(&outlines))?;
    let mut files = Vec::new();
    collect(&root, &root, "yml", &mut files)?;
    files.sort();
    let (tests, rules): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|(name, _)| name.ends_with(".test.yml"));
    fs::write(out.join("rules.rs"), list(&rules))?;
    fs::write(out.join("rule_tests.rs"), list(&tests))
}

fn collect(
    root: &Path,
    folder: &Path,
    wanted: &str,
    files: &mut Vec<(String, PathBuf)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, wanted, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == wanted)
        {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push((name, path));
        }
    }
    Ok(())
}

/// A Rust expression: `&[(name, content), ...]`.
fn list(files: &[(String, PathBuf)]) -> String {
    let mut code = String::from("&[\n");
    for (name, path) in files {
        let _ = writeln!(
            code,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        );
    }
    code.push_str("]\n");
    code
}
