//! Frames, made safe for the transport behind: it ends the session over a message that is no JSON, a third header or a
//! `Content-Type` it does not know, and it believes any `Content-Length`.
//!
//! Here frames are read as clients really write them and passed on as the transport wants them, one plain header and a
//! body that is a message. A body that is none is replaced by a message that stands for it, so that it is answered in
//! its place. Only a header without a usable length ends the input: after that nobody knows where the next frame begins.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::io::{AsyncRead, ReadBuf};

/// Stands for a body that is no JSON; the service answers it with a parse error.
pub(crate) const NO_JSON: &str = "$/obelus/noJson";
/// Stands for JSON that is no message; the service answers it as an invalid request.
pub(crate) const NO_MESSAGE: &str = "$/obelus/noMessage";

/// Largest message that is read, in bytes.
const MAX_MESSAGE: usize = 64 << 20;
/// Longest header block, in bytes.
const MAX_HEADER: usize = 8 << 10;
/// Bytes asked of the input at a time.
const CHUNK: usize = 64 << 10;

/// Reads frames from `inner` and gives out clean ones.
pub(crate) struct Frames<R> {
    inner: R,
    /// Read, but not a whole frame yet.
    pending: Vec<u8>,
    /// The length of the body that `pending` begins with, once its header was read.
    body: Option<usize>,
    /// Clean frames to give out, and how much of them was.
    ready: Vec<u8>,
    given: usize,
    over: bool,
    on_end: Option<Box<dyn FnOnce() + Send>>,
}

impl<R> Frames<R> {
    /// `on_end` is called when nothing more will be read.
    pub(crate) fn new(inner: R, on_end: impl FnOnce() + Send + 'static) -> Self {
        Self {
            inner,
            pending: Vec::new(),
            body: None,
            ready: Vec::new(),
            given: 0,
            over: false,
            on_end: Some(Box::new(on_end)),
        }
    }

    /// Moves whole frames from `pending` to `ready`.
    fn advance(&mut self) -> Result<(), String> {
        let mut used = 0;
        loop {
            let rest = &self.pending[used..];
            let length = match self.body {
                Some(length) => length,
                None => {
                    let Some(end) = header_end(rest)? else { break };
                    let length = content_length(&rest[..end])?;
                    used += end;
                    self.body = Some(length);
                    continue;
                }
            };
            let Some(body) = rest.get(..length) else {
                break;
            };
            put(&mut self.ready, body);
            used += length;
            self.body = None;
        }
        self.pending.drain(..used);
        if self.pending.is_empty() && self.pending.capacity() > 4 * CHUNK {
            // A large document came once; its buffer need not stay.
            self.pending = Vec::new();
        }
        Ok(())
    }

    fn end(&mut self) {
        self.over = true;
        self.pending = Vec::new();
        if let Some(on_end) = self.on_end.take() {
            on_end();
        }
    }
}

/// Where the header block ends, or `None` when it is not all here.
fn header_end(bytes: &[u8]) -> Result<Option<usize>, String> {
    let bounded = &bytes[..bytes.len().min(MAX_HEADER)];
    let mut line = 0;
    for (at, byte) in bounded.iter().enumerate() {
        if *byte == b'\n' {
            if matches!(&bounded[line..at], b"" | b"\r") {
                return Ok(Some(at + 1));
            }
            line = at + 1;
        }
    }
    if bytes.len() >= MAX_HEADER {
        return Err("a header that does not end".to_owned());
    }
    Ok(None)
}

fn content_length(header: &[u8]) -> Result<usize, String> {
    let header = String::from_utf8_lossy(header);
    let (_, length) = header
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-length"))
        .ok_or("a header without Content-Length")?;
    match length.trim().parse() {
        Ok(length) if length <= MAX_MESSAGE => Ok(length),
        Ok(length) => Err(format!(
            "a message of {length} bytes; at most {MAX_MESSAGE} are read"
        )),
        Err(_) => Err("a Content-Length that is no length".to_owned()),
    }
}

/// What tells a message from other JSON. Values are skipped, not kept: this runs on every keystroke.
#[derive(Deserialize)]
struct Shape {
    jsonrpc: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default, deserialize_with = "present")]
    id: Option<tower_lsp::jsonrpc::Id>,
    #[serde(default, deserialize_with = "present")]
    result: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    error: Option<serde_json::Value>,
}

/// Tells `null` from nothing.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Adds the frame of `body`, or of what stands for it, to `frames`.
fn put(frames: &mut Vec<u8>, body: &[u8]) {
    let replaced;
    let body = match kind(body) {
        Kind::Message => body,
        Kind::Nothing => return,
        Kind::BothResultAndError => {
            // Some clients answer with `"error": null` beside the result.
            match without_null_error(body) {
                Some(message) => {
                    replaced = message;
                    replaced.as_bytes()
                }
                None => return,
            }
        }
        Kind::Other(stand_in) => {
            tracing::warn!(
                bytes = body.len(),
                "the client sent a body that is no message"
            );
            replaced = format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{stand_in}"}}"#);
            replaced.as_bytes()
        }
    };
    frames.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    frames.extend_from_slice(body);
}

enum Kind {
    Message,
    /// Nothing to answer.
    Nothing,
    BothResultAndError,
    Other(&'static str),
}

fn kind(body: &[u8]) -> Kind {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Kind::Nothing;
    }
    let shape: Shape = match serde_json::from_slice(body) {
        Ok(shape) => shape,
        Err(error) if error.is_data() && std::str::from_utf8(body).is_ok() => {
            return Kind::Other(NO_MESSAGE);
        }
        Err(_) => return Kind::Other(NO_JSON),
    };
    // The parser skips values that it does not keep without looking at their encoding.
    if std::str::from_utf8(body).is_err() {
        return Kind::Other(NO_JSON);
    }
    if shape.jsonrpc.as_deref() != Some("2.0") {
        return Kind::Other(NO_MESSAGE);
    }
    let null_error = shape.error.as_ref().is_some_and(serde_json::Value::is_null);
    match (&shape.method, &shape.id) {
        (Some(_), _) => Kind::Message,
        (None, Some(_)) if null_error => Kind::BothResultAndError,
        (None, Some(_)) if shape.result.is_some() => Kind::Message,
        (None, Some(_)) if shape.error.as_ref().is_some_and(is_error) => Kind::Message,
        // A broken answer is not answered: that would be one to a request nobody made.
        (None, Some(_)) if shape.error.is_some() => Kind::Nothing,
        _ => Kind::Other(NO_MESSAGE),
    }
}

fn is_error(value: &serde_json::Value) -> bool {
    serde_json::from_value::<tower_lsp::jsonrpc::Error>(value.clone()).is_ok()
}

fn without_null_error(body: &[u8]) -> Option<String> {
    let mut message: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).ok()?;
    message.remove("error");
    message.entry("result").or_insert(serde_json::Value::Null);
    serde_json::to_string(&message).ok()
}

impl<R: AsyncRead + Unpin> AsyncRead for Frames<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.given < this.ready.len() {
                let part = &this.ready[this.given..];
                let part = &part[..part.len().min(buffer.remaining())];
                buffer.put_slice(part);
                this.given += part.len();
                if this.given == this.ready.len() {
                    (this.ready, this.given) = (Vec::new(), 0);
                }
                return Poll::Ready(Ok(()));
            }
            if this.over {
                return Poll::Ready(Ok(()));
            }
            let filled = this.pending.len();
            this.pending.resize(filled + CHUNK, 0);
            let mut chunk = ReadBuf::new(&mut this.pending[filled..]);
            let read = Pin::new(&mut this.inner).poll_read(context, &mut chunk);
            let got = chunk.filled().len();
            this.pending.truncate(filled + got);
            // The transport can do nothing about an error but end; so it is an end.
            let failed = ready!(read)
                .inspect_err(|error| tracing::warn!(%error, "cannot read from the client"));
            if failed.is_err() || got == 0 {
                this.end();
            } else if let Err(what) = this.advance() {
                tracing::error!("the client sent {what}; closing");
                this.end();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::{Frames, MAX_HEADER};

    /// What comes out, for input that comes in pieces of several sizes.
    async fn read(input: &[u8]) -> String {
        let mut whole = None;
        for size in [13, 100, input.len().max(1)] {
            let (mut near, far) = tokio::io::duplex(size);
            let bytes = input.to_vec();
            let writer = tokio::spawn(async move {
                tokio::io::AsyncWriteExt::write_all(&mut near, &bytes)
                    .await
                    .ok();
            });
            let mut output = String::new();
            let read = Frames::new(far, || {}).read_to_string(&mut output).await;
            read.expect("clean frames are UTF-8");
            writer.await.expect("written");
            assert_eq!(
                *whole.get_or_insert(output.clone()),
                output,
                "in pieces of {size}"
            );
        }
        whole.expect("read")
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn frames_pass_in_whatever_form_clients_write_them() {
        let body = r#"{"jsonrpc":"2.0","method":"x"}"#;
        let length = body.len();
        for header in [
            format!("Content-Length: {length}\r\n\r\n"),
            format!("content-length:{length}\n\n"),
            format!(
                "Content-Type: application/vscode-jsonrpc\r\nContent-Length: {length} \r\n\r\n"
            ),
            format!("A: 1\r\nB: 2\r\nC: 3\r\nContent-Length: {length}\r\n\r\n"),
        ] {
            let twice = format!("{header}{body}{header}{body}");
            assert_eq!(
                read(twice.as_bytes()).await,
                framed(body).repeat(2),
                "{header:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_header_without_a_length_ends_the_input() {
        for hostile in [
            "Content-Length: 1099511627776\r\n\r\n{".to_owned(),
            "Content-Length: 99999999999999999999999\r\n\r\n{".to_owned(),
            "Content-Length: -1\r\n\r\n{}".to_owned(),
            "Content-Length: many\r\n\r\n{}".to_owned(),
            "Content-Type: x\r\n\r\n{}".to_owned(),
            "x".repeat(MAX_HEADER + 1),
            framed("").replace('0', "5"),
            "Content-Length: 5".to_owned(),
        ] {
            let honest = framed(r#"{"jsonrpc":"2.0","method":"x"}"#);
            let input = format!("{honest}{hostile}");
            assert_eq!(read(input.as_bytes()).await, honest, "{hostile:.40}");
        }
    }

    #[tokio::test]
    async fn what_is_no_message_is_replaced_by_one_that_says_so() {
        let no_json = framed(r#"{"jsonrpc":"2.0","id":null,"method":"$/obelus/noJson"}"#);
        let no_message = framed(r#"{"jsonrpc":"2.0","id":null,"method":"$/obelus/noMessage"}"#);
        for (body, expected) in [
            ("{\"jsonrpc\":\"2.0\",", no_json.clone()),
            ("hello", no_json),
            ("[]", no_message.clone()),
            ("{}", no_message.clone()),
            (r#"{"jsonrpc":"1.0","method":"x"}"#, no_message.clone()),
            (r#"{"jsonrpc":"2.0","method":5}"#, no_message.clone()),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
                no_message.clone(),
            ),
            (r#"{"jsonrpc":"2.0","id":1}"#, no_message),
            ("", String::new()),
            (r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#, String::new()),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":2,"error":null}"#,
                framed(r#"{"id":1,"jsonrpc":"2.0","result":2}"#),
            ),
        ] {
            assert_eq!(read(framed(body).as_bytes()).await, expected, "{body}");
        }
    }
}
