//! Model servers that run on this machine: looked for by `obelus doctor` only, offered and never used unasked.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Something on this machine answers at once or is not there.
const PATIENCE: Duration = Duration::from_millis(500);
/// Bytes that are read of an answer.
const LONGEST: u64 = 256 << 10;

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// `Ollama`, `llama.cpp`.
    pub(crate) what: &'static str,
    /// Its address.
    pub(crate) address: String,
    /// A model it has, as its own name.
    pub(crate) model: Option<String>,
}

/// Asks the usual ports of Ollama and of llama.cpp's server on the loopback address.
pub(crate) fn look() -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(answer) = get(11_434, "/api/tags")
        && let Some(models) = answer["models"].as_array()
    {
        found.push(Found {
            what: "Ollama",
            address: "http://127.0.0.1:11434".to_owned(),
            model: models
                .first()
                .and_then(|model| Some(model["name"].as_str()?.to_owned())),
        });
    }
    if let Some(answer) = get(8_080, "/v1/models")
        && let Some(models) = answer["data"].as_array()
        && models.iter().any(|model| model["owned_by"] == "llamacpp")
    {
        found.push(Found {
            what: "llama.cpp",
            address: "http://127.0.0.1:8080/v1".to_owned(),
            model: models
                .first()
                .and_then(|model| Some(model["id"].as_str()?.to_owned())),
        });
    }
    found
}

/// The JSON that this machine answers with, if it does.
fn get(port: u16, path: &str) -> Option<Value> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    // Version 1.0: the answer comes in one piece and ends with the connection.
    let request = format!(
        "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // What was read before the time was up may be all there is.
    stream.take(LONGEST).read_to_end(&mut answer).ok();
    body(&answer)
}

fn body(answer: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?;
    (status == "200").then(|| serde_json::from_str(body).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::body;

    #[test]
    fn only_an_answer_counts() {
        let answer = |text: &str| body(text.as_bytes());
        assert_eq!(
            answer("HTTP/1.0 200 OK\r\nA: b\r\n\r\n{\"a\": 1}"),
            Some(json!({"a": 1}))
        );
        for other in [
            "",
            "HTTP/1.0 404 Not Found\r\n\r\n{}",
            "HTTP/1.0 200 OK\r\n\r\n<html>",
            "SSH-2.0-x\r\n",
        ] {
            assert_eq!(answer(other), None, "{other}");
        }
    }
}
