//! `obelus lsp` as a process: what it writes where, and every way in which it ends. What it says is tested in `lsp`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::support::Sandbox;

/// A client: sends, and reads until what it waits for has come. A server that says nothing more ends the test by its
/// closed output, or by the runner's own limit.
pub(crate) struct Client {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Answers that came while something else was waited for.
    answers: Vec<Value>,
}

impl Client {
    pub(crate) fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        Self::start_with(sandbox, &[], args)
    }

    pub(crate) fn start_with(
        sandbox: &Sandbox,
        environment: &[(&str, &str)],
        args: &[&str],
    ) -> Self {
        let mut child = sandbox
            .command(["lsp"].iter().chain(args))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("obelus starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            output,
            answers: Vec::new(),
        }
    }

    /// The server's process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&mut self, message: Value) {
        let body = message.to_string();
        let input = self.child.stdin.as_mut().expect("a pipe");
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it listens");
        input.flush().expect("it listens");
    }

    fn read(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).expect("text") == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a number"),
                Some(_) => {}
                None if line.trim_end().is_empty() => break,
                None => panic!("not a header on standard output: {line:?}"),
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a whole message");
        Some(serde_json::from_slice(&body).expect("JSON"))
    }

    /// The next message that is wanted; an answer may have come while another was waited for.
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.answers.iter().position(&wanted) {
            return self.answers.remove(at);
        }
        loop {
            let message = self.read().expect("the server still talks");
            if wanted(&message) {
                return message;
            }
            match (message.get("method"), message.get("id")) {
                (Some(_), Some(id)) => {
                    self.send(json!({"jsonrpc": "2.0", "id": id, "result": null}));
                }
                (None, Some(_)) => self.answers.push(message),
                _ => {}
            }
        }
    }

    pub(crate) fn initialize(&mut self, sandbox: &Sandbox, pid: Option<u32>) {
        self.initialize_with(sandbox, pid, json!({}));
    }

    pub(crate) fn initialize_with(&mut self, sandbox: &Sandbox, pid: Option<u32>, options: Value) {
        let modest = json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}});
        self.initialize_as(sandbox, pid, options, modest);
    }

    pub(crate) fn initialize_as(
        &mut self,
        sandbox: &Sandbox,
        pid: Option<u32>,
        options: Value,
        capabilities: Value,
    ) {
        let root = uri(sandbox, "");
        self.send(
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "processId": pid, "rootUri": root, "initializationOptions": options,
                "capabilities": capabilities,
                "workspaceFolders": [{"uri": root, "name": "work"}],
            }}),
        );
        let answer = self.wait_for(|message| message["id"] == 1 && message.get("method").is_none());
        assert_eq!(answer["result"]["serverInfo"]["name"], "obelus", "{answer}");
        self.send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    }

    /// How it ended, and what it wrote to standard error.
    fn ended(mut self) -> (Option<i32>, String) {
        while self.read().is_some() {}
        let output = self.child.wait_with_output().expect("it ends");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

pub(crate) fn uri(sandbox: &Sandbox, path: &str) -> String {
    let work = sandbox.work().canonicalize().expect("a folder");
    format!("file://{}/{path}", work.display())
        .trim_end_matches('/')
        .to_owned()
}

#[test]
fn a_session_finds_points_at_pages_and_ends_as_asked() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    let mut client = Client::start(&sandbox, &["--stdio"]);
    client.initialize(&sandbox, None);
    let file = uri(&sandbox, "new.txt");
    client.send(json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {
        "uri": file, "languageId": "plaintext", "version": 1, "text": "<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n",
    }}}));
    let found = client.wait_for(|message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["diagnostics"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
    });
    assert_eq!(found["params"]["uri"], file.as_str());
    let first = &found["params"]["diagnostics"][0];
    assert_eq!(
        (&first["source"], &first["code"]),
        (&json!("obelus"), &json!("text/merge-conflict"))
    );

    client.send(
        json!({"jsonrpc": "2.0", "id": 7, "method": "workspace/executeCommand", "params": {
            "command": "obelus.explain", "arguments": [{"rule": "text/merge-conflict"}],
        }}),
    );
    let page = client.wait_for(|message| message["id"] == 7);
    let page = page["result"]["uri"]
        .as_str()
        .expect("an address")
        .to_owned();
    let path = page.strip_prefix("file://").expect("a file");
    assert!(
        path.starts_with(sandbox.home().to_str().expect("UTF-8")),
        "{path} is not in the cache"
    );
    assert!(
        std::fs::read_to_string(path)
            .expect("a page")
            .contains("text/merge-conflict")
    );

    client.send(json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
    client.wait_for(|message| message["id"] == 2);
    client.send(json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.ended(), (Some(0), String::new()));
}

#[test]
fn a_client_that_goes_away_ends_the_server() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    let mut client = Client::start(&sandbox, &[]);
    client.initialize(&sandbox, None);
    drop(client.child.stdin.take());
    assert_eq!(client.ended().0, Some(1));
}

#[cfg(unix)]
#[test]
fn an_editor_that_was_killed_ends_the_server() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    // Any process will do for an editor; this one is at hand and waits.
    let mut editor = Client::start(&sandbox, &[]);
    let mut client = Client::start(&sandbox, &[]);
    client.initialize(&sandbox, Some(editor.child.id()));
    editor.child.kill().expect("killed");
    editor.child.wait().expect("gone");
    // Its standard input is still open here: only the watch can tell.
    let input = client.child.stdin.take();
    assert_eq!(client.ended().0, Some(1));
    drop(input);
}

#[test]
fn the_log_goes_to_a_file() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    let mut client = Client::start(
        &sandbox,
        &["--log-file", "log.jsonl", "--log-format", "json"],
    );
    client.initialize(&sandbox, None);
    drop(client.child.stdin.take());
    assert_eq!(client.ended(), (Some(1), String::new()));
    let log = std::fs::read_to_string(sandbox.work().join("log.jsonl")).expect("a log");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line["fields"]["message"] == "the session is over"),
        "{log}"
    );
    sandbox
        .run("lsp --log-file nowhere/log")
        .exits(3)
        .says(&["cannot write nowhere/log", "hint:"]);
}

/// Through the handshake, with the status told; returns when the index is through for the first time.
fn indexed(sandbox: &Sandbox) -> Client {
    let mut client = Client::start(sandbox, &[]);
    let root = uri(sandbox, "");
    client.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "processId": null, "capabilities": {}, "initializationOptions": {"status": true},
            "workspaceFolders": [{"uri": root, "name": "work"}],
        }}),
    );
    client.wait_for(|message| message["id"] == 1);
    client.send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    client
}

fn is_idle(message: &Value) -> bool {
    let index = &message["params"]["index"];
    message["method"] == "obelus/status"
        && message["params"]["state"] == "idle"
        && index["files"].as_u64().is_some_and(|files| files > 0)
        && index["files"] == index["done"]
}

/// The files in which `obelus search` finds a definition of this name while the server keeps the index.
fn found(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let ran = sandbox
        .command(["search", name, "--format", "json"])
        .output();
    let ran = crate::support::ran(ran.expect("obelus starts"));
    assert!(
        ran.stderr.contains("another process keeps this index"),
        "the server does not: {}",
        ran.stderr
    );
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let hits = answer["hits"].as_array().expect("a list");
    let path = |hit: &Value| hit["path"].as_str().expect("a path").to_owned();
    let defines = |hit: &&Value| hit["symbol"].to_string().contains(name);
    let mut paths: Vec<String> = hits.iter().filter(defines).map(path).collect();
    paths.sort();
    paths
}

/// Asks until the answer is so; the runner's own limit ends what never will be.
fn until_found(sandbox: &Sandbox, name: &str, wanted: &[&str]) {
    while found(sandbox, name) != wanted {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn sources(count: usize, word: &str) -> Vec<(String, String)> {
    let file = |n: usize| {
        let text = format!("pub fn {word}_{n}() -> u32 {{\n    {n}\n}}\n");
        (format!("src/m{}/f{n}.rs", n / 50), text)
    };
    (0..count).map(file).collect()
}

#[test]
fn the_index_appears_and_follows_the_disk_and_another_process_reads_it() {
    let sandbox = Sandbox::committed(&[("src/a.rs", "pub fn apple() {}\n"), ("b.txt", "pear\n")]);
    let mut client = indexed(&sandbox);
    client.wait_for(is_idle);
    assert_eq!(found(&sandbox, "apple"), ["src/a.rs"]);
    // No client tells of these: the server watches for itself, also in a folder that is new.
    sandbox.write("src/a.rs", "pub fn cherry() {}\n");
    until_found(&sandbox, "cherry", &["src/a.rs"]);
    sandbox.write("new/deep/c.rs", "pub fn damson() {}\n");
    until_found(&sandbox, "damson", &["new/deep/c.rs"]);
    std::fs::remove_dir_all(sandbox.work().join("new")).expect("removed");
    until_found(&sandbox, "damson", &[]);
    // A client that tells counts too.
    sandbox.write("src/a.rs", "pub fn elder() {}\n");
    client.send(
        json!({"jsonrpc": "2.0", "method": "textDocument/didSave", "params": {
            "textDocument": {"uri": uri(&sandbox, "src/a.rs")},
        }}),
    );
    until_found(&sandbox, "elder", &["src/a.rs"]);
    client.send(
        json!({"jsonrpc": "2.0", "id": 5, "method": "workspace/executeCommand", "params": {
            "command": "obelus.reindex", "arguments": [{}],
        }}),
    );
    let answer = client.wait_for(|message| message["id"] == 5);
    assert_eq!(answer["result"]["indexed"], 2, "{answer}");
    assert_eq!(found(&sandbox, "elder"), ["src/a.rs"]);
    client.send(json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
    client.wait_for(|message| message["id"] == 2);
    client.send(json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.ended(), (Some(0), String::new()));
}

#[test]
fn many_files_at_once_end_equal_to_the_disk() {
    let sandbox = Sandbox::committed(&[("README.md", "# Here\n")]);
    for (path, text) in sources(600, "before") {
        sandbox.write(&path, text);
    }
    let mut client = indexed(&sandbox);
    client.wait_for(is_idle);
    for (path, text) in sources(600, "after") {
        sandbox.write(&path, text);
    }
    for (path, _) in sources(600, "").iter().skip(300) {
        std::fs::remove_file(sandbox.work().join(path)).expect("removed");
    }
    until_found(&sandbox, "after_299", &["src/m5/f299.rs"]);
    until_found(&sandbox, "after_300", &[]);
    for n in [0, 150, 299, 300, 599] {
        until_found(&sandbox, &format!("before_{n}"), &[]);
    }
    drop(client.child.stdin.take());
    assert_eq!(client.ended().0, Some(1));
}

#[test]
fn a_server_killed_while_it_indexes_leaves_nothing_in_the_way() {
    let sandbox = Sandbox::committed(&[("README.md", "# Here\n")]);
    for (path, text) in sources(300, "word") {
        sandbox.write(&path, text);
    }
    for _ in 0..3 {
        let mut client = indexed(&sandbox);
        client.wait_for(|message| message["params"]["state"] == "indexing");
        client.child.kill().expect("killed");
        client.child.wait().expect("gone");
    }
    let mut client = indexed(&sandbox);
    let ready = client.wait_for(is_idle);
    assert_eq!(ready["params"]["index"]["files"], 301, "{ready}");
    assert_eq!(found(&sandbox, "word_299"), ["src/m5/f299.rs"]);
    drop(client.child.stdin.take());
    assert_eq!(client.ended().0, Some(1));
}
