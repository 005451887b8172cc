//! What the other tests share: providers on the fake one's port, a request, and somebody who follows it.

use std::time::{Duration, Instant};

use base::model::{
    Attempt, Message, Model, ModelName, Prompt, Reply, ReplyShape, Request, Role, Usage, Watch,
};
use base::{Cancel, ModelError};
use llm::{Api, Deadlines, ProviderSettings, Providers, Secret, Settings};
use test_provider::Provider;

pub(crate) const KEY: &str = "sk-canary-0123456789";
pub(crate) const CODE: &str =
    "fn transfer(canary_amount: u64) -> Result<Receipt, Refusal> { todo!() }";

pub(crate) fn ours(api: test_provider::Api) -> Api {
    Api::parse(api.as_str()).expect("the same protocols")
}

/// Providers `p`, at this address, that give up soon.
pub(crate) fn providers(api: Api, base_url: &str, total: Duration, idle: Duration) -> Providers {
    let mut provider = ProviderSettings::new("p", api);
    base_url.clone_into(&mut provider.base_url);
    provider.key = Secret::new(KEY);
    let mut settings = Settings::default();
    settings.providers.push(provider);
    settings.deadlines = Deadlines { total, idle };
    Providers::new(settings)
}

/// The same, patient enough for any answer that comes.
pub(crate) fn patient(api: test_provider::Api, provider: &Provider) -> Providers {
    let long = Duration::from_secs(20);
    providers(ours(api), &provider.base_url(api), long, long)
}

pub(crate) fn prompt(text: &str) -> Prompt {
    Prompt::from_redacted(text.to_owned())
}

pub(crate) fn request() -> Request {
    Request {
        model: ModelName::parse("p/test-model").expect("a name"),
        role: Role::Review,
        system: prompt("You review changes."),
        messages: vec![Message::User {
            text: prompt(CODE),
            cache: true,
        }],
        reply: ReplyShape::Text,
        tools: Vec::new(),
        max_output_tokens: 1000,
        places: vec!["src/a.rs:1-3".to_owned()],
    }
}

/// Remembers what happened.
#[derive(Default)]
pub(crate) struct Follower {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) ended: Vec<(Usage, Option<ModelError>)>,
    pub(crate) text: String,
    pub(crate) pieces: usize,
    pub(crate) restarts: usize,
    pub(crate) refuse: Option<String>,
}

impl Watch for Follower {
    fn attempt(&mut self, attempt: &Attempt) -> Result<(), String> {
        self.attempts.push(attempt.clone());
        self.refuse.clone().map_or(Ok(()), Err)
    }

    fn ended(&mut self, _: &Attempt, usage: &Usage, error: Option<&ModelError>) {
        self.ended.push((*usage, error.cloned()));
    }

    fn text(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.pieces += 1;
    }

    fn restarted(&mut self) {
        self.text.clear();
        self.restarts += 1;
    }
}

pub(crate) struct Asked {
    pub(crate) result: Result<Reply, ModelError>,
    pub(crate) follower: Follower,
    pub(crate) took: Duration,
}

/// Asks and waits.
pub(crate) fn ask(providers: &Providers, request: &Request) -> Asked {
    ask_until(providers, request, &Cancel::new())
}

pub(crate) fn ask_until(providers: &Providers, request: &Request, cancel: &Cancel) -> Asked {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut follower = Follower::default();
    let start = Instant::now();
    let result = runtime.block_on(providers.send(request, &mut follower, cancel));
    Asked {
        result,
        follower,
        took: start.elapsed(),
    }
}

/// Holds for every failure: one line, and nothing in it that was sent or that a server wrote.
#[track_caller]
pub(crate) fn is_clear(error: &ModelError, what: &str) {
    let message = &error.message;
    assert!(message.starts_with("p "), "{what}: who? {message}");
    assert!(
        !message.chars().any(char::is_control) && message.len() < 300,
        "{what}: {message:?}"
    );
    for secret in [KEY, "canary", "transfer", "<html", "request=", "key="] {
        assert!(!message.contains(secret), "{what}: {message}");
    }
    assert!(!format!("{error:?}").contains(KEY), "{what}");
}
