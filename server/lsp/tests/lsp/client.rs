//! A client for tests: typed where tests read better for it, plain JSON where the bytes are the point.
//!
//! It owns its runtime, so tests are plain functions. Messages from the server stay in an inbox until a test takes
//! them; dropping the client ends the session and fails on every message left. Only `window/logMessage` of type log or
//! info may be left: what a server notes for a bug report is not part of what it does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use lsp::Ended;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::index::MemoryIndex;
use crate::model::Silent;
use crate::workspace::{Fixture, Process};

/// A server that says nothing for so long says nothing at all. Only a failing test waits.
const WATCHDOG: Duration = Duration::from_secs(60);
/// What the pipes hold, as those of the system do.
const PIPE: usize = 64 << 10;

/// What a session starts with.
pub(crate) struct Setup {
    process: Arc<Process>,
    folders: Vec<String>,
    capabilities: Value,
    options: Value,
    pid: Option<u32>,
}

impl Setup {
    /// The folder `/w` with the files of a fixture, and a client that can do nothing special. Checks follow edits at
    /// once.
    pub(crate) fn new(fixture: &str) -> Self {
        Self::with(Fixture::new(fixture))
    }

    pub(crate) fn with(fixture: Fixture) -> Self {
        Self::empty().folder("/w", Arc::new(fixture))
    }

    /// No folder.
    pub(crate) fn empty() -> Self {
        Self {
            process: Arc::default(),
            folders: Vec::new(),
            capabilities: json!({}),
            options: json!({ "debounceMs": 0 }),
            pid: None,
        }
    }

    pub(crate) fn folder(mut self, path: &str, fixture: Arc<Fixture>) -> Self {
        self.process.add(path, fixture);
        self.folders.push(uri_of(path));
        self
    }

    /// A folder that exists but is not part of the workspace (yet).
    pub(crate) fn elsewhere(self, path: &str, fixture: Arc<Fixture>) -> Self {
        self.process.add(path, fixture);
        self
    }

    /// The folder has this index.
    pub(crate) fn indexed(self, path: &str, index: Arc<MemoryIndex>) -> Self {
        self.process.index(path, index);
        self
    }

    /// The user's own configuration names a model, and this is a rest.
    pub(crate) fn with_model(self, model: Arc<Silent>, user: &str, rest: Duration) -> Self {
        self.process.has_model(model, user, rest);
        self
    }

    pub(crate) fn capabilities(mut self, capabilities: Value) -> Self {
        self.capabilities = capabilities;
        self
    }

    pub(crate) fn options(mut self, options: Value) -> Self {
        self.options = options;
        self
    }

    pub(crate) fn pid(mut self, pid: u32) -> Self {
        self.pid = Some(pid);
        self
    }

    /// What `initialize` is sent with.
    pub(crate) fn params(&self) -> Value {
        let folders: Vec<Value> = self
            .folders
            .iter()
            .map(|uri| json!({ "uri": uri, "name": uri }))
            .collect();
        json!({
            "processId": self.pid,
            "rootUri": self.folders.first(),
            "capabilities": self.capabilities,
            "initializationOptions": self.options,
            "workspaceFolders": folders,
        })
    }

    /// Connected; nothing was said yet.
    pub(crate) fn connect(self) -> Client {
        Client::connect(&self)
    }

    /// Through the handshake.
    pub(crate) fn start(self) -> Client {
        let mut client = Client::connect(&self);
        client.result = client
            .request("initialize", self.params())
            .expect("initialize succeeds");
        client.notify("initialized", json!({}));
        client
    }
}

/// How a session is to be ended when the client is dropped.
#[derive(PartialEq)]
enum Goodbye {
    /// `shutdown`, its answer, `exit`.
    Full,
    /// It has ended already, or the test ends it by other means.
    None,
}

pub(crate) struct Client {
    pub(crate) process: Arc<Process>,
    /// The answer to `initialize`.
    pub(crate) result: Value,
    runtime: Runtime,
    input: Option<WriteHalf<DuplexStream>>,
    received: mpsc::UnboundedReceiver<Value>,
    reading: watch::Sender<bool>,
    inbox: VecDeque<Value>,
    server: Option<JoinHandle<Ended>>,
    next_id: i64,
    ignored: Vec<&'static str>,
    goodbye: Goodbye,
}

impl Client {
    fn connect(setup: &Setup) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let (server_input, server_output) = tokio::io::split(theirs);
        let (output, input) = tokio::io::split(ours);
        let (sender, received) = mpsc::unbounded_channel();
        let (reading, may_read) = watch::channel(true);
        let process = Arc::clone(&setup.process);
        let server = runtime.spawn(lsp::serve(
            server_input,
            server_output,
            Arc::clone(&process) as _,
        ));
        runtime.spawn(read(output, sender, may_read));
        Self {
            process,
            result: Value::Null,
            runtime,
            input: Some(input),
            received,
            reading,
            inbox: VecDeque::new(),
            server: Some(server),
            next_id: 0,
            ignored: Vec::new(),
            goodbye: Goodbye::Full,
        }
    }

    // Sending

    /// Bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        let sent = self.runtime.block_on(async {
            tokio::time::timeout(WATCHDOG, async {
                input.write_all(bytes).await?;
                input.flush().await
            })
            .await
        });
        sent.expect("the server reads").expect("the server listens");
    }

    /// A body as it is, in a frame.
    pub(crate) fn send_body(&mut self, body: &str) {
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_body(&message.to_string());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and returns its id; the answer is for [`Client::response`].
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Sends a request and waits for its result, or its error.
    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.response(id)
    }

    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "", "version": 1, "text": text } }),
        );
    }

    /// Replaces the whole text.
    pub(crate) fn replace(&mut self, uri: &str, version: i32, text: &str) {
        self.change(uri, version, json!([{ "text": text }]));
    }

    /// Sends content changes: `[{ "range", "text" }]`.
    pub(crate) fn change(&mut self, uri: &str, version: i32, changes: Value) {
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes }),
        );
    }

    pub(crate) fn close(&mut self, uri: &str) {
        self.notify(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn command(&mut self, command: &str, argument: Value) -> Result<Value, Value> {
        self.request(
            "workspace/executeCommand",
            json!({ "command": command, "arguments": [argument] }),
        )
    }

    /// The code actions of a range.
    #[track_caller]
    pub(crate) fn actions(&mut self, uri: &str, range: Value) -> Vec<Value> {
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
        let actions = self
            .request("textDocument/codeAction", params)
            .expect("actions");
        actions.as_array().expect("a list").clone()
    }

    // Receiving

    /// Takes the first message that `wanted` accepts, now or when it comes.
    #[track_caller]
    pub(crate) fn take(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.inbox.iter().position(&wanted) {
            return self.inbox.remove(at).expect("it is there");
        }
        loop {
            let Some(message) = self.receive() else {
                panic!("waited for {what}; the inbox holds {:#?}", self.inbox);
            };
            if wanted(&message) {
                return message;
            }
            self.inbox.push_back(message);
        }
    }

    /// The next message; `None` at the end of the output, or when the server says nothing more.
    fn receive(&mut self) -> Option<Value> {
        let received = &mut self.received;
        self.runtime
            .block_on(async { tokio::time::timeout(WATCHDOG, received.recv()).await })
            .ok()
            .flatten()
    }

    /// The answer to a request.
    #[track_caller]
    pub(crate) fn response(&mut self, id: i64) -> Result<Value, Value> {
        let message = self.take(&format!("the answer to request {id}"), |message| {
            message["id"] == id && message.get("method").is_none()
        });
        match message.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(message["result"].clone()),
        }
    }

    /// The parameters of a notification.
    #[track_caller]
    pub(crate) fn expect(&mut self, method: &str) -> Value {
        self.take(method, |message| {
            message["method"] == method && message.get("id").is_none()
        })["params"]
            .clone()
    }

    /// Takes a request of the server's without answering: its id and parameters.
    #[track_caller]
    pub(crate) fn expect_request(&mut self, method: &str) -> (Value, Value) {
        let message = self.take(method, |message| {
            message["method"] == method && message.get("id").is_some()
        });
        (message["id"].clone(), message["params"].clone())
    }

    /// Takes a request of the server's, answers it, and returns its parameters.
    #[track_caller]
    pub(crate) fn answer(&mut self, method: &str, result: Value) -> Value {
        let (id, params) = self.expect_request(method);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
        params
    }

    /// The diagnostics of a document at a version (`null` for one that is not open). What was published of it before
    /// counts as taken.
    #[track_caller]
    pub(crate) fn diagnostics(&mut self, uri: &str, version: Option<i32>) -> Vec<Diagnostic> {
        loop {
            let what = format!("diagnostics of {uri} at {version:?}");
            let message = self.take(&what, |message| is_diagnostics(message, uri));
            let params = &message["params"];
            if params["version"] == json!(version) {
                return params["diagnostics"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|diagnostic| Diagnostic(diagnostic.clone()))
                    .collect();
            }
            let (seen, wanted) = (params["version"].as_i64(), version.map(i64::from));
            assert!(
                seen < wanted || seen.is_none(),
                "published {params} while waiting for {what}"
            );
        }
    }

    /// The same until there are so many: where a folder is opened anew, a document is checked before and after.
    #[track_caller]
    pub(crate) fn diagnostics_until(&mut self, uri: &str, version: Option<i32>, count: usize) {
        while self.diagnostics(uri, version).len() != count {}
    }

    /// How often this is told from now on is not what the test is about.
    pub(crate) fn ignore(&mut self, method: &'static str) {
        self.ignored.push(method);
    }

    /// Stops taking bytes from the server, or goes on.
    pub(crate) fn read_on(&mut self, on: bool) {
        self.reading.send(on).expect("the reader lives");
    }

    // Ending

    /// Closes the input without a word and returns how the server ended; the inbox counts.
    #[track_caller]
    pub(crate) fn hang_up(&mut self) -> Ended {
        let mut input = self.input.take().expect("the input is open");
        self.runtime.block_on(input.shutdown()).expect("closed");
        self.ended()
    }

    /// Says `exit` and returns how the server ended.
    #[track_caller]
    pub(crate) fn exit(&mut self) -> Ended {
        self.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
        self.ended()
    }

    /// Waits for the server to end by itself.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> Ended {
        self.goodbye = Goodbye::None;
        let server = self.server.take().expect("it runs");
        let ended = self
            .runtime
            .block_on(async { tokio::time::timeout(WATCHDOG, server).await })
            .expect("the server ends")
            .expect("the server does not panic");
        self.reading.send(true).ok();
        while let Some(message) = self.receive() {
            self.inbox.push_back(message);
        }
        ended
    }

    /// After an end that cut answers off: which of them were still written is a matter of chance.
    pub(crate) fn forget_answers(&mut self) {
        assert!(self.goodbye == Goodbye::None, "only after the end");
        self.inbox.retain(|message| message.get("method").is_some());
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if self.goodbye == Goodbye::Full {
            self.request("shutdown", Value::Null)
                .expect("shutdown succeeds");
            self.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
            assert_eq!(self.ended(), Ended::AsAsked);
        }
        let left: Vec<&Value> = self
            .inbox
            .iter()
            .filter(|message| {
                !is_log(message)
                    && !self
                        .ignored
                        .iter()
                        .any(|method| message["method"] == *method)
            })
            .collect();
        assert!(left.is_empty(), "messages that nobody consumed: {left:#?}");
    }
}

fn is_log(message: &Value) -> bool {
    const INFO: i64 = 3;
    message["method"] == "window/logMessage"
        && message["params"]["type"]
            .as_i64()
            .is_some_and(|kind| kind >= INFO)
}

fn is_diagnostics(message: &Value, uri: &str) -> bool {
    message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
}

/// `(line, character, line, character)`.
pub(crate) type Place = (u64, u64, u64, u64);

/// A published diagnostic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diagnostic(pub(crate) Value);

impl Diagnostic {
    /// The rule's id.
    pub(crate) fn rule(&self) -> &str {
        self.0["code"].as_str().expect("a code")
    }

    pub(crate) fn place(&self) -> Place {
        let number = |pointer| {
            self.0
                .pointer(pointer)
                .and_then(Value::as_u64)
                .expect("a number")
        };
        (
            number("/range/start/line"),
            number("/range/start/character"),
            number("/range/end/line"),
            number("/range/end/character"),
        )
    }
}

/// Rules and places, for comparing.
pub(crate) fn places(diagnostics: &[Diagnostic]) -> Vec<(&str, Place)> {
    diagnostics
        .iter()
        .map(|one| (one.rule(), one.place()))
        .collect()
}

/// A range of the protocol.
pub(crate) fn range(from_line: u32, from: u32, to_line: u32, to: u32) -> Value {
    json!({ "start": { "line": from_line, "character": from }, "end": { "line": to_line, "character": to } })
}

/// The URI of a path in memory, as this client writes it.
pub(crate) fn uri_of(path: &str) -> String {
    format!("file://{path}")
}

/// Reads frames until the output ends. A frame that is not as the protocol says ends the test's patience with it.
async fn read(
    mut output: ReadHalf<DuplexStream>,
    sender: mpsc::UnboundedSender<Value>,
    mut may_read: watch::Receiver<bool>,
) {
    let mut bytes = Vec::new();
    loop {
        while let Some((message, used)) = frame(&bytes) {
            bytes.drain(..used);
            if sender.send(message).is_err() {
                return;
            }
        }
        if may_read.wait_for(|on| *on).await.is_err() {
            return;
        }
        match output.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    assert!(
        bytes.is_empty(),
        "half a message: {}",
        String::from_utf8_lossy(&bytes)
    );
}

/// The first message in `bytes` and its length there.
fn frame(bytes: &[u8]) -> Option<(Value, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let header = std::str::from_utf8(&bytes[..end]).expect("an ASCII header");
    let length = header
        .strip_prefix("Content-Length: ")
        .expect("Content-Length alone");
    let body = end + 4..end + 4 + length.parse::<usize>().expect("a number");
    let message = serde_json::from_slice(bytes.get(body.clone())?).expect("JSON");
    Some((message, body.end))
}
