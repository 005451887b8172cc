//! What takes minutes: kills at random moments, random corruption, a long session. `tests/run --slow` runs these; what
//! they measured is in `docs/reliability.md`.

#![expect(
    clippy::print_stderr,
    reason = "what was measured is read by whoever runs these"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lsp_process::{Client, uri};
use crate::support::{Sandbox, ran};

/// xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// A work tree of `count` files with something to find in each.
fn filled(count: usize) -> Sandbox {
    let files: Vec<(String, String)> = (0..count)
        .map(|n| {
            (
                format!("src/part{n}.rs"),
                format!("pub fn part{n}(a: u32) -> u32 {{\n    a + {n}\n}}\n").repeat(20),
            )
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let sandbox = Sandbox::committed(&borrowed);
    for (path, text) in &files {
        sandbox.write(path, text.replace("a + ", "dbg!(a) + "));
    }
    sandbox
}

#[test]
#[ignore = "slow: 200 kills"]
fn a_killed_review_leaves_the_old_report_or_the_new_one() {
    let sandbox = filled(200);
    let report = sandbox.work().join("report.json");
    let review = || {
        sandbox
            .command("review --format json --fail-on never --output report.json".split(' '))
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("obelus starts")
    };
    // Kills are spread over a whole run and a little more, however fast the machine is.
    let started = Instant::now();
    review().wait().expect("it ends");
    let longest = started.elapsed().as_micros() as usize * 3 / 2;
    let mut random = Random(1);
    let (mut old, mut new) = (0, 0);
    for _ in 0..200 {
        fs::write(&report, "old\n").expect("written");
        let mut child = review();
        std::thread::sleep(Duration::from_micros(random.below(longest) as u64));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let text = fs::read_to_string(&report).expect("a report");
        if text == "old\n" {
            old += 1;
        } else {
            let report: Value = serde_json::from_str(&text).expect("the whole new report");
            assert_eq!(report["schema"], "obelus.report/1");
            new += 1;
        }
    }
    eprintln!("200 kills: {old} left the old report, {new} the new one, none a part");
    assert!(
        old > 0 && new > 0,
        "the moments were badly chosen: {old} old, {new} new"
    );
}

/// Every file beneath a folder.
fn beneath(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
#[ignore = "slow: 500 corruptions"]
fn a_corrupted_repository_is_an_answer_not_a_crash() {
    let sandbox = filled(30);
    let files = beneath(&sandbox.work().join(".git"));
    let mut random = Random(7);
    let mut counts = std::collections::BTreeMap::<i32, usize>::new();
    for _ in 0..500 {
        let file = &files[random.below(files.len())];
        let whole = fs::read(file).expect("a file");
        let mut broken = whole.clone();
        match random.below(4) {
            0 => broken.truncate(random.below(whole.len())),
            1 => broken.clear(),
            2 => broken.extend((0..random.below(200)).map(|n| n as u8)),
            _ => {
                for _ in 0..=random.below(8) {
                    let at = random.below(broken.len());
                    if let Some(byte) = broken.get_mut(at) {
                        *byte = random.below(256) as u8;
                    }
                }
            }
        }
        // git makes its objects read-only.
        drop(fs::remove_file(file));
        fs::write(file, &broken).expect("written");
        let ran = ran(sandbox
            .command("review --format json".split(' '))
            .output()
            .expect("obelus starts"));
        assert!(
            // 2: a broken configuration is wrong configuration.
            matches!(ran.status, 0..=4) && !ran.stderr.contains("panicked"),
            "{} after {}: {}",
            ran.status,
            file.display(),
            ran.stderr
        );
        if matches!(ran.status, 0 | 1 | 4) {
            let report: Value = serde_json::from_str(&ran.stdout).expect("a report");
            // What was not reviewed is never shown as clean: each file has findings or a reason.
            let named = |list: &str| -> Vec<String> {
                let entries = report[list].as_array().into_iter().flatten();
                entries
                    .filter_map(|entry| entry["path"].as_str())
                    .map(str::to_owned)
                    .collect()
            };
            let mut seen: BTreeSet<String> = named("findings").into_iter().collect();
            seen.extend(named("skipped"));
            assert!(seen.len() >= 30, "{} after {}", seen.len(), file.display());
        }
        *counts.entry(ran.status).or_default() += 1;
        drop(fs::remove_file(file));
        fs::write(file, &whole).expect("restored");
    }
    eprintln!("500 corruptions, exit statuses: {counts:?}");
    sandbox.run("review --fail-on never").exits(0);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow: 20,000 edits"]
fn a_long_session_does_not_grow() {
    let sandbox = Sandbox::committed(&[("a.rs", "fn a() {}\n")]);
    let mut client = Client::start(&sandbox, &[]);
    client.initialize(&sandbox, None);
    let file = uri(&sandbox, "a.rs");
    let text = "fn a(x: u32) -> u32 {\n    x + 1\n}\n".repeat(400);
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": file, "languageId": "rust", "version": 0, "text": text,
        }}}),
    );
    let resident = |client: &Client| -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", client.id())).expect("it runs");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("VmRSS");
        line.split_whitespace()
            .nth(1)
            .expect("kB")
            .parse()
            .expect("a number")
    };
    let mut random = Random(3);
    let mut early = 0;
    for version in 1..=20_000_u64 {
        let line = random.below(1_200);
        let text = ["dbg!(x);", "", "// é📐\n", "fn b() {}\n"][random.below(4)];
        client.send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": file, "version": version},
            "contentChanges": [{"range": {
                "start": {"line": line, "character": 0}, "end": {"line": line, "character": random.below(3)},
            }, "text": text}],
        }}));
        // An answer to a question says that everything before it was taken in.
        if version % 100 == 0 {
            client.send(
                json!({"jsonrpc": "2.0", "id": version, "method": "textDocument/hover", "params": {
                    "textDocument": {"uri": file}, "position": {"line": line, "character": 0},
                }}),
            );
            client.wait_for(|message| message["id"] == version && message.get("method").is_none());
        }
        if version == 5_000 {
            early = resident(&client);
        }
    }
    let late = resident(&client);
    eprintln!("resident after 5,000 edits {early} kB, after 20,000 edits {late} kB");
    assert!(late < early + 15_000, "{early} kB, then {late} kB");
}
