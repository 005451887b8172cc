//! The running server: takes scripted replies, plays their faults on the wire, keeps what it was sent.
//!
//! One thread per connection, connections kept alive, bodies chunked. Nothing here waits for longer than the client
//! stays: a client that hangs up frees its thread within milliseconds, and dropping the [`Provider`] frees all.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::connection::Connection;
use crate::fault::{Fault, Moment};
use crate::protocol::{self, Stop};
use crate::{Api, Certificate, Exchange, Recorded, Reply, Split, hostile, tls};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(600);

type Answer = dyn Fn(&Recorded) -> Reply + Send + Sync;

/// A provider of language models on a port of this machine.
pub struct Provider {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
}

struct Shared {
    stop: Arc<AtomicBool>,
    queue: Mutex<VecDeque<Reply>>,
    answer: Mutex<Arc<Answer>>,
    exchanges: Mutex<Vec<Exchange>>,
    opened: AtomicUsize,
    open: AtomicUsize,
    left: AtomicUsize,
    tunnels: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Provider {
    /// Plain HTTP on a free port of 127.0.0.1. Until told otherwise it answers with the text `ok`.
    ///
    /// # Panics
    /// Where no port can be had.
    pub fn start() -> Self {
        Self::serve(None).expect("a port on 127.0.0.1")
    }

    /// HTTPS, with a certificate that may be bad. [`Certificate::authority`] is what a client has to trust.
    ///
    /// # Panics
    /// Where no port or no certificate can be had.
    pub fn start_tls(certificate: &Certificate) -> Self {
        let config = tls::config(certificate).expect("a certificate");
        Self::serve(Some(config)).expect("a port on 127.0.0.1")
    }

    /// A hostile model: each answer is what an attacker would like it to be, the same for the same seed.
    pub fn hostile(seed: u64) -> Self {
        let provider = Self::start();
        let random = Mutex::new(hostile::Random::new(seed));
        provider.answer(move |request| hostile::reply(&mut lock(&random), request));
        provider
    }

    /// Answers with what was recorded: the n-th request gets the n-th answer.
    pub fn replay(exchanges: &[Exchange]) -> Self {
        let provider = Self::start();
        for exchange in exchanges {
            provider.say(Reply::raw(
                exchange.status,
                &exchange.content_type,
                exchange.body.clone(),
            ));
        }
        provider
    }

    fn serve(tls: Option<Arc<rustls::ServerConfig>>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            stop: Arc::default(),
            queue: Mutex::default(),
            answer: Mutex::new(Arc::new(|_: &Recorded| Reply::text("ok"))),
            exchanges: Mutex::default(),
            opened: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            tunnels: AtomicUsize::new(405),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            while !ours.stop.load(Ordering::Relaxed) {
                let Ok((socket, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                };
                let (shared, tls) = (Arc::clone(&ours), tls.clone());
                shared.opened.fetch_add(1, Ordering::Relaxed);
                shared.open.fetch_add(1, Ordering::Relaxed);
                std::thread::spawn(move || {
                    socket.set_nonblocking(false).ok();
                    if let Ok(connection) = Connection::new(socket, tls, Arc::clone(&shared.stop)) {
                        talk(connection, &shared);
                    }
                    shared.open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self {
            shared,
            address,
            scheme,
        })
    }

    /// `http://127.0.0.1:PORT`, without a path. With TLS the host is `localhost`, the name in the certificate.
    pub fn address(&self) -> String {
        let host = if self.scheme == "https" {
            "localhost"
        } else {
            "127.0.0.1"
        };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What goes into a provider's `base_url` for this protocol.
    pub fn base_url(&self, api: Api) -> String {
        match api {
            Api::OpenAi => format!("{}/v1", self.address()),
            _ => self.address(),
        }
    }

    /// Queues an answer: one per request, in order.
    pub fn say(&self, reply: Reply) -> &Self {
        lock(&self.shared.queue).push_back(reply);
        self
    }

    /// What to answer once the queue is empty.
    pub fn answer(&self, answer: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> &Self {
        *lock(&self.shared.answer) = Arc::new(answer);
        self
    }

    /// What it was asked so far, in order.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.exchanges)
            .iter()
            .map(|exchange| exchange.request.clone())
            .collect()
    }

    /// What it was asked and what it answered.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.exchanges).clone()
    }

    /// As a proxy: the status that a wish for a tunnel (`CONNECT`) gets.
    pub fn tunnels(&self, status: u16) -> &Self {
        self.shared
            .tunnels
            .store(usize::from(status), Ordering::Relaxed);
        self
    }

    /// Forgets what it was asked and what it should say.
    pub fn clear(&self) {
        lock(&self.shared.exchanges).clear();
        lock(&self.shared.queue).clear();
    }

    /// Connections that were made, and connections that are open now.
    pub fn connections(&self) -> (usize, usize) {
        (
            self.shared.opened.load(Ordering::Relaxed),
            self.shared.open.load(Ordering::Relaxed),
        )
    }

    /// Answers that the client did not wait for.
    pub fn left(&self) -> usize {
        self.shared.left.load(Ordering::Relaxed)
    }

    /// Waits until so many answers were left by the client; how long that took, or `None`.
    pub fn wait_until_left(&self, count: usize, limit: Duration) -> Option<Duration> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if self.left() >= count {
                return Some(start.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    /// Waits until it was asked so often; false where that does not happen in time.
    pub fn wait_until_asked(&self, count: usize, limit: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < limit {
            if lock(&self.shared.exchanges).len() >= count {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// An address where nobody listens, and nobody else will as long as this lives.
pub struct Nowhere(socket2::Socket);

impl Nowhere {
    /// Takes a port without listening on it.
    ///
    /// # Panics
    /// Where no port can be had.
    pub fn new() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
            .expect("a socket");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(&any.into()).expect("a port");
        Self(socket)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        let port = self
            .0
            .local_addr()
            .ok()
            .and_then(|address| address.as_socket());
        format!(
            "http://127.0.0.1:{}",
            port.map_or(0, |address| address.port())
        )
    }
}

impl Default for Nowhere {
    fn default() -> Self {
        Self::new()
    }
}

/// What comes after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The connection serves another request.
    Keep,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// The client was gone before the end.
    Left,
}

fn talk(mut connection: Connection, shared: &Shared) {
    while let Some(request) = connection.request() {
        let index = {
            let mut exchanges = lock(&shared.exchanges);
            exchanges.push(Exchange {
                request: request.clone(),
                status: 0,
                content_type: String::new(),
                body: Vec::new(),
            });
            exchanges.len() - 1
        };
        let scripted = request.api.and_then(|_| lock(&shared.queue).pop_front());
        let answer = Arc::clone(&lock(&shared.answer));
        let mut player = Player {
            connection: &mut connection,
            shared,
            index,
            status: 0,
            content_type: String::new(),
            body: Vec::new(),
        };
        let next = match request.api {
            Some(api) => player.play(api, &request, scripted.unwrap_or_else(|| answer(&request))),
            None if request.method == "CONNECT" => {
                let status = shared.tunnels.load(Ordering::Relaxed);
                player.whole(status.try_into().unwrap_or(405), "text/plain", &[], b"no")
            }
            None => player.other(&request),
        };
        player.note();
        match next {
            Next::Keep => {}
            Next::Close => return,
            Next::Reset => return connection.reset(),
            Next::Left => {
                shared.left.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
    }
}

struct Player<'a> {
    connection: &'a mut Connection,
    shared: &'a Shared,
    index: usize,
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

impl Player<'_> {
    /// What is no question to a model: lists of models, versions.
    fn other(&mut self, request: &Recorded) -> Next {
        let path = request.path.split('?').next().unwrap_or("");
        let list = json!([{"id": "test-model", "name": "test-model", "model": "test-model", "object": "model"}]);
        let body = match path {
            path if path.ends_with("/api/version") => json!({"version": "0.0.0"}),
            path if path.ends_with("/api/tags") => json!({"models": list}),
            path if path.ends_with("/models") => {
                json!({"object": "list", "data": list, "models": list})
            }
            _ => {
                return self.whole(
                    404,
                    "application/json",
                    &[],
                    b"{\"error\": {\"message\": \"not found\"}}",
                );
            }
        };
        self.whole(200, "application/json", &[], body.to_string().as_bytes())
    }

    fn play(&mut self, api: Api, request: &Recorded, mut reply: Reply) -> Next {
        if let Some(raw) = &reply.raw {
            return self.whole(raw.0, &raw.1, &[], &raw.2);
        }
        let (fault, moment) = match reply.fault.clone() {
            Some((fault, moment)) => (Some(fault), moment),
            None => (None, Moment::Before),
        };
        if let Some(fault) = &fault {
            reply.text = fault.spoil(&reply.text);
            if *fault == Fault::Empty {
                reply.calls.clear();
            }
        }
        let failure = fault
            .as_ref()
            .and_then(|fault| protocol::failure(api, fault, request, &http_date(fault)));
        let json = "application/json";
        match (&fault, moment, failure.as_ref()) {
            (Some(Fault::Redirect(status, to)), ..) => {
                return self.whole(*status, "text/html", &[("location", to.clone())], b"moved");
            }
            (_, Moment::Before, Some(failure)) => {
                return self.whole(
                    failure.status,
                    json,
                    &failure.headers,
                    failure.error.to_string().as_bytes(),
                );
            }
            (Some(Fault::Portal), Moment::Before, _) => {
                return self.whole(200, "text/html", &[], PORTAL);
            }
            (Some(Fault::NoHeaders), Moment::Before, _) => return self.stall(),
            (Some(Fault::Stall), Moment::Before, _) => {
                self.connection.write(b"HTTP/1.1 200 OK\r\ncontent-ty");
                return self.stall();
            }
            (Some(Fault::Trickle(pause)), Moment::Before, _) => {
                return self.trickle(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n", *pause);
            }
            (Some(Fault::Reset | Fault::Refused), Moment::Before, _) => return Next::Reset,
            (Some(Fault::Eof), Moment::Before, _) => return Next::Close,
            (Some(Fault::GzipBomb), Moment::Before | Moment::Start, _) => {
                return self.whole(
                    200,
                    "text/event-stream",
                    &[("content-encoding", "gzip".to_owned())],
                    &bomb(),
                );
            }
            _ => {}
        }
        let model = protocol::model(request);
        let stop = protocol::stop(&reply);
        let (content_type, mut events, opening, closing) = if request.streams() {
            let script = protocol::stream(api, &model, &reply, stop);
            (
                script.content_type,
                script.events,
                script.opening,
                script.closing,
            )
        } else {
            let body = protocol::body(api, &model, &reply, stop)
                .to_string()
                .into_bytes();
            let (first, last) = body.split_at(body.len() / 2);
            (json, vec![first.to_vec(), last.to_vec()], 0, 1)
        };
        let at = match moment {
            Moment::Before | Moment::Start if reply.hold.is_none() => 0,
            _ => opening + (events.len() - opening - closing) / 2,
        };
        if matches!(stop, Stop::Refusal | Stop::Filter) && moment == Moment::Middle {
            // The rest of the text never comes.
            let end = events.len() - closing;
            events.drain(at.max(opening)..end);
        }
        if reply.crlf {
            for event in &mut events {
                *event = String::from_utf8_lossy(event)
                    .replace('\n', "\r\n")
                    .into_bytes();
            }
        }
        if let Some(fault) = &fault {
            rearrange(api, fault, &model, &mut events, at, closing);
        }
        if !self.head(200, content_type, &[]) {
            return Next::Left;
        }
        let (before, after) = events.split_at(at.min(events.len()));
        if !self.events(before, &reply) {
            return Next::Left;
        }
        while (reply.hold.as_ref()).is_some_and(|hold| !hold.is_over()) {
            if !self.connection.wait(Duration::from_millis(2)) {
                return Next::Left;
            }
        }
        if let Some(failure) = failure {
            let name = if api == Api::Anthropic { "error" } else { "" };
            return self.finish(&protocol::event(api, name, &failure.error));
        }
        match &fault {
            Some(Fault::Portal) => self.finish(PORTAL),
            Some(Fault::NoHeaders | Fault::Stall) => self.stall(),
            Some(Fault::Trickle(pause)) => {
                let rest: Vec<u8> = after.concat();
                for byte in rest {
                    if !self.chunk(&[byte]) || !self.connection.wait(*pause) {
                        return Next::Left;
                    }
                }
                self.finish(b"")
            }
            Some(Fault::Reset | Fault::Refused) => Next::Reset,
            Some(Fault::Eof) => self.finish(b""),
            Some(Fault::GzipBomb) => self.finish(&bomb()),
            Some(Fault::Endless) => {
                let piece = vec![b'x'; 256 * 1024];
                for _ in 0..4 * 1024 {
                    if !self.chunk(&piece) {
                        return Next::Left;
                    }
                }
                self.finish(b"")
            }
            _ => {
                if !self.events(after, &reply) {
                    return Next::Left;
                }
                self.finish(b"")
            }
        }
    }

    fn events(&mut self, events: &[Vec<u8>], reply: &Reply) -> bool {
        let pieces: Vec<Vec<u8>> = match reply.split {
            Split::Events => events.to_vec(),
            Split::Bytes(size) => events
                .concat()
                .chunks(size.max(1))
                .map(<[u8]>::to_vec)
                .collect(),
        };
        pieces.iter().all(|piece| {
            let sent = self.chunk(piece);
            sent && (reply.pace.is_zero() || self.connection.wait(reply.pace))
        })
    }

    fn head(&mut self, status: u16, content_type: &str, headers: &[(&str, String)]) -> bool {
        (self.status, self.content_type) = (status, content_type.to_owned());
        let mut head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n"
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.connection.write(head.as_bytes())
    }

    fn chunk(&mut self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        if self.body.len() < 1 << 20 {
            self.body.extend(bytes);
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend(bytes);
        chunk.extend(b"\r\n");
        self.connection.write(&chunk)
    }

    /// Puts down what was answered so far.
    fn note(&mut self) {
        if let Some(exchange) = lock(&self.shared.exchanges).get_mut(self.index) {
            exchange.status = self.status;
            exchange.content_type.clone_from(&self.content_type);
            exchange.body.clone_from(&self.body);
        }
    }

    fn finish(&mut self, last: &[u8]) -> Next {
        let sent = self.chunk(last);
        // Before the client can know that this was all.
        self.note();
        if sent && self.connection.write(b"0\r\n\r\n") {
            Next::Keep
        } else {
            Next::Left
        }
    }

    fn whole(
        &mut self,
        status: u16,
        content_type: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Next {
        if self.head(status, content_type, headers) {
            self.finish(body)
        } else {
            Next::Left
        }
    }

    fn stall(&mut self) -> Next {
        self.connection.wait(FOR_EVER);
        Next::Left
    }

    fn trickle(&mut self, bytes: &[u8], pause: Duration) -> Next {
        for byte in bytes {
            if !self.connection.write(&[*byte]) || !self.connection.wait(pause) {
                return Next::Left;
            }
        }
        Next::Close
    }
}

/// Faults that are a matter of which events come in what order.
fn rearrange(
    api: Api,
    fault: &Fault,
    model: &str,
    events: &mut Vec<Vec<u8>>,
    at: usize,
    closing: usize,
) {
    let end = events.len() - closing;
    match fault {
        Fault::MalformedEvent => {
            let broken: &[u8] = if api == Api::Ollama {
                b"{\"message\": {\"content\": \"br\n"
            } else {
                b"data: {\"type\": \"content_block_delta\", \"del\n\n"
            };
            if let Some(event) = events.get_mut(at) {
                *event = broken.to_vec();
            }
        }
        Fault::NoCandidates => {
            events.truncate(at);
            events.push(protocol::event(
                api,
                "message_stop",
                &protocol::no_candidates(api, model),
            ));
            if api == Api::OpenAi {
                events.push(b"data: [DONE]\n\n".to_vec());
            }
        }
        Fault::InvalidUtf8 => {
            for marker in ["\"text\":\"", "\"content\":\""] {
                let found = events.iter_mut().skip(at).find_map(|event| {
                    let place = event
                        .windows(marker.len())
                        .rposition(|window| window == marker.as_bytes())?;
                    Some((event, place + marker.len()))
                });
                if let Some((event, place)) = found {
                    event.splice(place..place, *b"\xff\xc3(\xed\xa0\x80");
                    break;
                }
            }
        }
        Fault::UnknownEvents => {
            let new: &[u8] = match api {
                Api::Anthropic => b": keep-alive\n\nid: 7\nretry: 10\n\nevent: content_block_sparkle\ndata: {\"type\": \"content_block_sparkle\", \"index\": 99}\n\n",
                Api::OpenAi | Api::Gemini => b": keep-alive\n\nid: 7\nretry: 10\n\nevent: sparkle\ndata: {\"sparkle\": [1]}\n\n",
                Api::Ollama => b"\n{\"sparkle\": [1]}\n",
            };
            events.insert(at, new.to_vec());
        }
        Fault::Reordered => {
            let last: Vec<Vec<u8>> = events.drain(end..).collect();
            let at = at.min(events.len());
            events.splice(at..at, last);
        }
        _ => {}
    }
}

const PORTAL: &[u8] = b"<!DOCTYPE html>\n<html><body><h1>Welcome to the hotel</h1><form action=\"/login\">Accept the terms</form></body></html>\n";

/// About one megabyte that inflates to a gigabyte: the same member many times over.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    static MEMBER: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    MEMBER
        .get_or_init(|| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&vec![b' '; 8 << 20]).ok();
            encoder.finish().unwrap_or_default()
        })
        .repeat(128)
}

/// The date that a fault wants in its `retry-after`.
fn http_date(fault: &Fault) -> String {
    let Fault::LimitedDate(from_now) = fault else {
        return String::new();
    };
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(*from_now))
}
