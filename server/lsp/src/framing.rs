//! A guard in front of the transport: refuses frames that no honest client sends before anything is allocated for them.
//!
//! The transport trusts `Content-Length`. Here a header over 8 KiB, a length over 64 MiB or one that is no number ends
//! the input, which ends the server: after a broken frame nobody knows where the next one begins.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Largest message that is read, in bytes.
pub(crate) const MAX_MESSAGE: u64 = 64 << 20;
/// Longest header block, in bytes.
const MAX_HEADER: usize = 8 << 10;

pub(crate) struct Guard<R> {
    inner: R,
    state: State,
}

enum State {
    /// Reading headers; holds them so far.
    Header(Vec<u8>),
    /// Reading a body; so many bytes are left.
    Body(u64),
    /// The input is over.
    Over,
}

impl<R> Guard<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            state: State::Header(Vec::new()),
        }
    }

    fn look_at(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Over => return Ok(()),
                State::Body(left) => {
                    let taken = (*left).min(bytes.len() as u64);
                    *left -= taken;
                    bytes = &bytes[taken as usize..];
                    if *left == 0 {
                        self.state = State::Header(Vec::new());
                    }
                }
                State::Header(header) => {
                    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                        header.extend_from_slice(bytes);
                        return if header.len() > MAX_HEADER {
                            Err("a header that does not end".to_owned())
                        } else {
                            Ok(())
                        };
                    };
                    header.extend_from_slice(&bytes[..=end]);
                    bytes = &bytes[end + 1..];
                    if header.len() > MAX_HEADER {
                        return Err("a header that does not end".to_owned());
                    }
                    if header.ends_with(b"\n\r\n") || header.ends_with(b"\n\n") {
                        self.state = State::Body(content_length(header)?);
                    }
                }
            }
        }
        Ok(())
    }
}

fn content_length(header: &[u8]) -> Result<u64, String> {
    let header = String::from_utf8_lossy(header);
    let length = header
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-length"))
        .ok_or("a header without Content-Length")?;
    match length.1.trim().parse() {
        Ok(length) if length <= MAX_MESSAGE => Ok(length),
        Ok(length) => Err(format!(
            "a message of {length} bytes; at most {MAX_MESSAGE} are read"
        )),
        Err(_) => Err("a Content-Length that is no number".to_owned()),
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Guard<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Over) {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled()[before..].to_vec();
        if let Err(what) = self.look_at(&read) {
            tracing::error!("the client sent {what}; closing");
            buffer.set_filled(before);
            self.state = State::Over;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::Guard;

    async fn passes(input: &[u8]) -> usize {
        let mut output = Vec::new();
        Guard::new(input)
            .read_to_end(&mut output)
            .await
            .expect("no error");
        output.len()
    }

    #[tokio::test]
    async fn honest_frames_pass_and_others_end_the_input() {
        let honest = b"Content-Length: 2\r\n\r\n{}Content-Length: 4\r\nContent-Type: x\r\n\r\nnull";
        assert_eq!(passes(honest).await, honest.len());
        for hostile in [
            &b"Content-Length: 1099511627776\r\n\r\n{"[..],
            b"Content-Length: many\r\n\r\n{}",
            b"Content-Type: x\r\n\r\n{}",
            &[b'x'; 9000],
        ] {
            assert_eq!(
                passes(hostile).await,
                0,
                "{:?}",
                String::from_utf8_lossy(&hostile[..20])
            );
        }
    }
}
