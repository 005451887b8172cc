//! One connection: reads a request, writes an answer piece by piece, and knows when the other side has gone.
//!
//! Plain or TLS. Reads time out every few milliseconds so that a stopped server ends at once, whatever the client does.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{Recorded, protocol};

const TICK: Duration = Duration::from_millis(3);

pub(crate) struct Connection {
    socket: TcpStream,
    tls: Option<Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>>,
    stop: Arc<AtomicBool>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(
        socket: TcpStream,
        tls: Option<Arc<rustls::ServerConfig>>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TICK))?;
        let tls = match tls {
            Some(config) => {
                let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
                Some(Box::new(rustls::StreamOwned::new(
                    session,
                    socket.try_clone()?,
                )))
            }
            None => None,
        };
        Ok(Self {
            socket,
            tls,
            stop,
            buffer: Vec::new(),
        })
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Some bytes; `None` at the end.
    fn read(&mut self) -> Option<Vec<u8>> {
        let mut bytes = [0; 16 * 1024];
        while !self.stopped() {
            let read = match &mut self.tls {
                Some(tls) => tls.read(&mut bytes),
                None => self.socket.read(&mut bytes),
            };
            match read {
                Ok(0) => return None,
                Ok(count) => return Some(bytes.get(..count)?.to_vec()),
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(_) => return None,
            }
        }
        None
    }

    /// The next request; `None` where the client is done.
    pub(crate) fn request(&mut self) -> Option<Recorded> {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            let more = self.read()?;
            self.buffer.extend(more);
        };
        let head = String::from_utf8_lossy(self.buffer.get(..end)?).into_owned();
        self.buffer.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let mut request = Recorded {
            method,
            path,
            headers,
            body: Vec::new(),
            api: None,
        };
        request.api = protocol::api(&request.path);
        if request.header("expect").is_some() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        if request
            .header("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            request.body = self.chunked()?;
        } else {
            let length: usize = request
                .header("content-length")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            self.fill(length)?;
            request.body = self.buffer.drain(..length).collect();
        }
        Some(request)
    }

    fn fill(&mut self, length: usize) -> Option<()> {
        while self.buffer.len() < length {
            let more = self.read()?;
            self.buffer.extend(more);
        }
        Some(())
    }

    fn chunked(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let at = loop {
                if let Some(at) = find(&self.buffer, b"\r\n") {
                    break at;
                }
                let more = self.read()?;
                self.buffer.extend(more);
            };
            let size =
                usize::from_str_radix(std::str::from_utf8(self.buffer.get(..at)?).ok()?.trim(), 16)
                    .ok()?;
            self.fill(at + 2 + size + 2)?;
            body.extend(self.buffer.get(at + 2..at + 2 + size)?);
            self.buffer.drain(..at + 2 + size + 2);
            if size == 0 {
                return Some(body);
            }
        }
    }

    /// Writes; false where the client has gone or the server stops.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        if self.stopped() {
            return false;
        }
        let written = match &mut self.tls {
            Some(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
            None => self.socket.write_all(bytes),
        };
        written.is_ok()
    }

    /// Waits; false as soon as the client has gone or the server stops.
    pub(crate) fn wait(&self, how_long: Duration) -> bool {
        let until = Instant::now() + how_long;
        while Instant::now() < until {
            if self.stopped() {
                return false;
            }
            self.socket.set_read_timeout(Some(TICK.min(how_long))).ok();
            match self.socket.peek(&mut [0]) {
                Ok(0) => return false,
                // Something of the next request is there: nothing to wait for on the socket.
                Ok(_) => std::thread::sleep(TICK.min(how_long)),
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(_) => return false,
            }
        }
        self.socket.set_read_timeout(Some(TICK)).ok();
        true
    }

    /// Closes with a reset instead of an end.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.socket)
            .set_linger(Some(Duration::ZERO))
            .ok();
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
