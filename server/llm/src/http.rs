//! The only place where bytes move: connections, certificates, proxies, name look-ups, and one exchange at a time.
//!
//! HTTP/1.1 without redirects, cookies or compression. Nothing is read without a limit on time and on size. A request
//! that is given up closes its connection.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use base::ModelFault;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Client, Method, NoProxy, Request, Response, Url};
use serde_json::Value;

use crate::answer::Answer;
use crate::failure::{self, Again, Failure, Hidden};
use crate::frames::{Frame, Frames, Framing};
use crate::origin::{self, Origin};
use crate::{Api, Proxy, Secret, decode};

/// Of an answer, all events together: far more than any model writes.
const LARGEST_ANSWER: usize = 32 << 20;
/// Of an error, as far as it is read.
const LARGEST_ERROR: usize = 64 << 10;
/// Of a list of models.
const LARGEST_TOLD: usize = 4 << 20;
/// For the figures that come after the last word, and for the end of the stream after its last event.
const AFTERWORDS: Duration = Duration::from_secs(2);
const END: Duration = Duration::from_millis(300);
const CONNECT: Duration = Duration::from_secs(10);

/// Two clients, each made when it is first wanted: reading the platform's certificates takes time, and a machine without
/// any can still talk to itself.
pub(crate) struct Clients {
    roots: Vec<String>,
    proxy: Proxy,
    encrypted: OnceLock<Result<Client, String>>,
    plain: OnceLock<Result<Client, String>>,
}

impl Clients {
    pub(crate) fn new(roots: Vec<String>, proxy: Proxy) -> Self {
        Self {
            roots,
            proxy,
            encrypted: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    fn get(&self, url: &Url) -> Result<&Client, Failure> {
        let (cell, encrypted) = match url.scheme() {
            "https" => (&self.encrypted, true),
            _ => (&self.plain, false),
        };
        let client = cell.get_or_init(|| self.build(encrypted));
        client
            .as_ref()
            .map_err(|what| Failure::new(ModelFault::NotConfigured, what.clone(), Again::No))
    }

    fn build(&self, encrypted: bool) -> Result<Client, String> {
        cryptography();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("obelus/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(CheckedNames));
        let address = if encrypted {
            &self.proxy.https
        } else {
            &self.proxy.http
        };
        if let Some(address) = address {
            let bad = |_| "cannot be reached: the proxy's address is none".to_owned();
            let proxy = reqwest::Proxy::all(address.as_str()).map_err(bad)?;
            // This machine is never reached through another one.
            let except = format!(
                "localhost,127.0.0.0/8,::1,{}",
                self.proxy.except.as_deref().unwrap_or("")
            );
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&except)));
        }
        if encrypted {
            let mut roots = Vec::new();
            for pem in &self.roots {
                let bad = |_| {
                    "cannot be reached: an extra root certificate is not in PEM form".to_owned()
                };
                roots.extend(Certificate::from_pem_bundle(pem.as_bytes()).map_err(bad)?);
            }
            builder = builder.tls_certs_merge(roots);
        } else {
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(|_| {
            "cannot be reached: this machine's root certificates cannot be read".to_owned()
        })
    }
}

/// Sets the implementation of cryptography; the first one stays, and another one would do as well.
pub(crate) fn cryptography() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}

/// Looks names up, and refuses what no model's address can be.
struct CheckedNames;

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let local = origin::is_loopback(&host);
            let good: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| {
                    !origin::forbidden(address.ip())
                        && (!local || origin::is_loopback_address(address.ip()))
                })
                .collect();
            if good.is_empty() {
                return Err("the name leads to no address that may be asked".into());
            }
            let addresses: Addrs = Box::new(good.into_iter());
            Ok(addresses)
        })
    }
}

/// A request without a body, with the key where there is one.
fn request(
    method: Method,
    api: Api,
    url: &Url,
    key: Option<(&Secret, &Origin)>,
) -> Result<Request, Failure> {
    let mut request = Request::new(method, url.clone());
    let headers = request.headers_mut();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("text/event-stream, application/x-ndjson, application/json"),
    );
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if api == Api::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if let Some((key, bound)) = key {
        origin::attach(&mut request, api, key, bound).map_err(|what| {
            Failure::new(
                ModelFault::NotConfigured,
                format!("was not asked: {what}"),
                Again::No,
            )
        })?;
    }
    Ok(request)
}

/// What a server tells of itself at an address, in JSON; `None` where it does not, or not soon.
pub(crate) async fn told(
    clients: &Clients,
    api: Api,
    url: &Url,
    key: Option<(&Secret, &Origin)>,
) -> Option<Value> {
    let request = request(Method::GET, api, url, key).ok()?;
    let client = clients.get(url).ok()?;
    let read = async {
        let mut response = client.execute(request).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.ok()? {
            body.extend_from_slice(&piece);
            if body.len() > LARGEST_TOLD {
                return None;
            }
        }
        serde_json::from_slice(&body).ok()
    };
    tokio::time::timeout(CONNECT, read).await.ok().flatten()
}

/// One request, ready to go.
pub(crate) struct Exchange<'a> {
    pub(crate) api: Api,
    pub(crate) url: &'a Url,
    pub(crate) body: &'a [u8],
    pub(crate) key: Option<(&'a Secret, &'a Origin)>,
    /// Until the first byte of the answer.
    pub(crate) first: Duration,
    /// Between two pieces.
    pub(crate) idle: Duration,
    /// The same, as long as there is no word of the answer: some models think in silence.
    pub(crate) thinking: Duration,
    /// The texts of the prompt, which no message may show.
    pub(crate) texts: Vec<&'a str>,
}

impl Exchange<'_> {
    fn hidden(&self) -> Hidden<'_> {
        Hidden {
            key: self.key.map(|(key, _)| key),
            texts: &self.texts,
        }
    }

    /// Sends it and writes what comes into `answer`, calling `heard` with each piece of text. `sent` is set as soon as a
    /// server may have begun to work.
    pub(crate) async fn run(
        &self,
        clients: &Clients,
        answer: &mut Answer,
        sent: &mut bool,
        heard: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Failure> {
        let client = clients.get(self.url)?;
        let mut request = request(Method::POST, self.api, self.url, self.key)?;
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(self.body.to_vec().into());
        let late = |_| {
            Failure::new(
                ModelFault::TimedOut,
                format!("did not answer within {}", in_words(self.first)),
                Again::Yes,
            )
        };
        // Before it is connected nothing was paid for; which of the two a failure was, its kind tells below.
        *sent = true;
        let mut response = match tokio::time::timeout(self.first, client.execute(request))
            .await
            .map_err(late)?
        {
            Ok(response) => response,
            Err(error) => {
                *sent = !error.is_connect();
                return Err(transport(&error));
            }
        };
        let status = response.status().as_u16();
        if !response.status().is_success() {
            let body = self
                .read(&mut response, LARGEST_ERROR)
                .await
                .unwrap_or_default();
            // An error is not paid for.
            *sent = false;
            return Err(failure::of_status(
                self.api,
                status,
                response.headers(),
                &body,
                self.hidden(),
            ));
        }
        self.stream(&mut response, answer, heard).await
    }

    /// What comes, up to a limit; an error in between ends it.
    async fn read(&self, response: &mut Response, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(response, self.idle).await? {
            body.extend_from_slice(&piece);
            if body.len() > limit {
                break;
            }
        }
        Ok(body)
    }

    async fn piece(
        &self,
        response: &mut Response,
        idle: Duration,
    ) -> Result<Option<Vec<u8>>, Failure> {
        match tokio::time::timeout(idle, response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece.map(|bytes| bytes.to_vec())),
            Ok(Err(_)) => Err(Failure::incomplete("broke the connection off")),
            Err(_) => {
                let what = format!("stopped sending for {}", in_words(idle));
                Err(Failure::new(ModelFault::TimedOut, what, Again::Yes))
            }
        }
    }

    async fn stream(
        &self,
        response: &mut Response,
        answer: &mut Answer,
        heard: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Failure> {
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("")
        };
        if !matches!(header(CONTENT_ENCODING), "" | "identity") {
            return Err(Failure::malformed(
                "sent a compressed answer, which was not asked for",
            ));
        }
        let kind = header(CONTENT_TYPE)
            .split(';')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase();
        if kind.contains("html") {
            let what = "cannot be reached: a web page came instead of an answer (a proxy or a login page?)";
            return Err(Failure::new(ModelFault::Unreachable, what, Again::No));
        }
        if kind == "application/json" && self.api != Api::Ollama {
            return self.whole(response, answer, heard).await;
        }
        let framing = if self.api == Api::Ollama {
            Framing::Lines
        } else {
            Framing::Events
        };
        let (mut frames, mut size) = (Frames::new(framing), 0_usize);
        let mut limit: Option<Instant> = None;
        loop {
            // What follows the end is waited for a moment only: it can prove that the end was none.
            let wait = match limit {
                Some(limit) => limit.saturating_duration_since(Instant::now()),
                None if answer.is_empty() => self.thinking,
                None => self.idle,
            };
            let piece = match self.piece(response, wait).await {
                Ok(Some(piece)) => piece,
                Ok(None) => {
                    if let Some(frame) = frames.finish()? {
                        self.frame(&frame, answer, heard)?;
                    }
                    return Ok(());
                }
                Err(failure) if limit.is_some() && failure.fault == ModelFault::TimedOut => {
                    return Ok(());
                }
                // All that counts had come.
                Err(_) if answer.is_over() => return Ok(()),
                Err(failure) => return Err(failure),
            };
            size = size.saturating_add(piece.len());
            if size > LARGEST_ANSWER {
                return Err(Failure::malformed("sent more than an answer can be"));
            }
            for frame in frames.push(&piece)? {
                self.frame(&frame, answer, heard)?;
            }
            if limit.is_none() && answer.has_stopped() {
                limit = Some(Instant::now() + AFTERWORDS);
            }
            if answer.is_over() {
                limit = limit.map(|limit| limit.min(Instant::now() + END));
                limit.get_or_insert(Instant::now() + END);
            }
        }
    }

    /// A whole answer, from a server that does not stream.
    async fn whole(
        &self,
        response: &mut Response,
        answer: &mut Answer,
        heard: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Failure> {
        let body = self.read(response, LARGEST_ANSWER).await?;
        let value: Value = serde_json::from_slice(&body)
            .map_err(|_| Failure::malformed("sent an answer that is no JSON"))?;
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let data = value.to_string().into_bytes();
            self.frame(
                &Frame {
                    event: String::new(),
                    data,
                },
                answer,
                heard,
            )?;
        }
        Ok(())
    }

    fn frame(
        &self,
        frame: &Frame,
        answer: &mut Answer,
        heard: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Failure> {
        let before = answer.text.len();
        let result = decode::frame(self.api, frame, answer, self.hidden());
        if let Some(new) = answer.text.get(before..).filter(|new| !new.is_empty()) {
            heard(new);
        }
        result
    }
}

/// A time for people.
pub(crate) fn in_words(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    match seconds {
        0..=119 => format!("{seconds} s"),
        // What the user set is told as it was set.
        120..=600 if !seconds.is_multiple_of(60) => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// Why there is no connection, in our own words.
fn transport(error: &reqwest::Error) -> Failure {
    let mut causes: Vec<String> = Vec::new();
    let mut certificate = false;
    let mut refused = false;
    // Not the error itself: its text holds the address, which may hold any word.
    let mut cause: Option<&dyn Error> = error.source();
    let mut tls = false;
    while let Some(one) = cause {
        let io = one.downcast_ref::<std::io::Error>();
        refused |= io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
        // Input/output errors wrap one another without saying so by `source`.
        let mut inner = io.and_then(std::io::Error::get_ref);
        while let Some(wrapped) = inner.and_then(|inner| inner.downcast_ref::<std::io::Error>()) {
            inner = wrapped.get_ref();
        }
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(error) = one.downcast_ref::<rustls::Error>().or(inner) {
            certificate |= matches!(error, rustls::Error::InvalidCertificate(_));
            tls = true;
        }
        causes.push(one.to_string().to_ascii_lowercase());
        cause = one.source();
    }
    let tells = |part: &str| causes.iter().any(|cause| cause.contains(part));
    let unreachable = |what: &str, again| {
        Failure::new(
            ModelFault::Unreachable,
            format!("cannot be reached: {what}"),
            again,
        )
    };
    if certificate {
        unreachable(
            "its certificate is not to be trusted (wrong name, out of date or unknown issuer)",
            Again::No,
        )
    } else if tells("proxy authorization required") {
        unreachable("the proxy wants a name and a password (407)", Again::No)
    } else if tells("tunnel error") || tells("socks error") {
        unreachable("the proxy does not let us through", Again::Yes)
    } else if tells("no address that may be asked") {
        unreachable(
            "its name leads to an address where no model can be",
            Again::No,
        )
    } else if tells("dns error") || tells("failed to lookup") {
        unreachable("its name cannot be looked up", Again::Yes)
    } else if refused {
        unreachable("nobody listens at its address", Again::Yes)
    } else if error.is_timeout() {
        Failure::new(
            ModelFault::TimedOut,
            "did not accept a connection in time",
            Again::Yes,
        )
    } else if tls {
        unreachable("no encrypted connection came about", Again::Yes)
    } else if error.is_connect() {
        unreachable("no connection came about", Again::Yes)
    } else {
        Failure::incomplete("broke the connection off")
    }
}
