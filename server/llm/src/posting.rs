//! Posts that are no questions to a model: what the program tells a receiver that its user named. One attempt, no
//! redirects, an answer of which only the status counts.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::http;

/// The way to receivers.
#[derive(Clone)]
pub struct Posting(Client);

impl Posting {
    /// Each post may take `patience`; what is wrong where there is no way.
    pub fn new(patience: Duration) -> Result<Self, String> {
        http::cryptography();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(patience)
            .timeout(patience)
            .user_agent(concat!("obelus/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|error| error.to_string())
    }

    /// Posts `body` and gives the answer's status. Blocks: for a thread that has nothing else to do, and no runtime.
    pub fn send(
        &self,
        address: &str,
        headers: &[(String, Vec<u8>)],
        body: Vec<u8>,
    ) -> Result<u16, String> {
        let said = headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value).ok()?))
        });
        let post = self.0.post(address).headers(said.collect::<HeaderMap>());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let answer = runtime.block_on(async { post.body(body).send().await });
        match answer {
            Ok(answer) => Ok(answer.status().as_u16()),
            // Without the address: it may hold a name and a password.
            Err(error) => Err(error.without_url().to_string()),
        }
    }
}
