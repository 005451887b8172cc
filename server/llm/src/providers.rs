//! The providers by name, and the one loop that asks, waits, asks again and gives up.
//!
//! Every request passes here: checked against the provider's health, announced to who follows it, bound to a deadline
//! and to the caller's wish to stop, accounted for. What a failed attempt used counts as well.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base::model::{Attempt, Eventually, ModelFacts, Price, Reply, Request, Usage, Watch, Wire};
use base::{Cancel, ContentHasher, Model, ModelError, ModelFault, ModelName};
use reqwest::Url;

use crate::answer::Answer;
use crate::failure::{Again, Extra, Failure};
use crate::http::{self, Clients, Exchange, in_words};
use crate::origin::{self, Origin};
use crate::request::{self, Shape};
use crate::retry::{self, Health, Next};
use crate::{Api, Deadlines, ProviderSettings, Settings, known, tokens};

/// How often the caller's wish to stop is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Every configured provider of models.
pub struct Providers {
    providers: BTreeMap<String, Provider>,
    clients: Clients,
    deadlines: Deadlines,
    prices: Vec<(String, Price)>,
}

struct Provider {
    settings: ProviderSettings,
    /// The checked address, or what is wrong with it.
    base: Result<(Url, Origin), String>,
    /// The address is this machine's.
    here: bool,
    health: Arc<Mutex<Health>>,
    /// What this server was seen to refuse, by model.
    without: Mutex<HashMap<String, Vec<Extra>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Providers {
    /// Takes in what the user configured. A bad address is told when the provider is asked, so that it does not stand in
    /// the way of the others.
    pub fn new(settings: Settings) -> Self {
        let providers = ProviderSettings::built_in()
            .into_iter()
            .chain(settings.providers);
        Self {
            providers: providers
                .map(|settings| (settings.name.clone(), Provider::new(settings)))
                .collect(),
            clients: Clients::new(settings.roots, settings.proxy),
            deadlines: settings.deadlines,
            prices: settings.prices,
        }
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        self.providers.keys().map(String::as_str).collect()
    }

    /// The tokens of context that a server says it gives a model: llama.cpp, vLLM, LM Studio and OpenRouter do. Nothing is
    /// sent but the key.
    pub async fn context_there(&self, name: &ModelName) -> Option<u32> {
        let provider = self.provider(name).ok()?;
        let (base, origin) = provider.address().ok()?;
        let mut url = base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push("models");
        let api = provider.settings.api;
        let key = provider.settings.key.as_ref().map(|key| (key, origin));
        if api != Api::OpenAi {
            return None;
        }
        let told = http::told(&self.clients, api, &url, key).await?;
        known::context_told(&told, &name.model)
    }

    fn provider(&self, name: &ModelName) -> Result<&Provider, ModelError> {
        self.providers.get(&name.provider).ok_or_else(|| {
            let known = self.names().join(", ");
            let what = format!(
                "no provider is called `{}` (known: {known})",
                plain(&name.provider)
            );
            error(ModelFault::NotConfigured, what)
        })
    }

    fn price(&self, name: &ModelName, provider: &Provider, input_tokens: u64) -> Option<Price> {
        let full = name.to_string();
        if let Some((_, price)) = self.prices.iter().find(|(model, _)| *model == full) {
            return Some(*price);
        }
        if provider.is_local(&name.model) {
            return Some(Price {
                input: 0,
                cached: 0,
                cache_written: 0,
                output: 0,
            });
        }
        // A price is the vendor's own; whoever resells the model under the same name has another one.
        let (base, _) = provider.base.as_ref().ok()?;
        known::price(base.host_str()?, &name.model, input_tokens)
    }

    async fn ask(
        &self,
        request: &Request,
        watch: &mut dyn Watch,
        cancel: &Cancel,
    ) -> Result<Reply, ModelError> {
        let start = Instant::now();
        let deadline = start + self.deadlines.total;
        let name = &request.model;
        let provider = self.provider(name)?;
        let input_tokens = tokens::of_request(provider.settings.api, request);
        let price = self.price(name, provider, input_tokens);
        let (mut spent, mut number, mut retries) = (Usage::default(), 0_u32, 0_u32);
        loop {
            let ready = provider
                .ready(request, input_tokens)
                .map_err(|failure| provider.tell(&failure, spent))?;
            let now = Instant::now();
            let mut turn = Turn::take(&provider.health, now).map_err(|rest| {
                let what = format!(
                    "failed {} times in a row and is left alone for {}",
                    5,
                    in_words(rest)
                );
                let failure = Failure::new(ModelFault::Paused, what, Again::No);
                provider.tell(&failure, spent)
            })?;
            number += 1;
            let attempt = attempt(request, number, input_tokens, price);
            if let Err(why) = watch.attempt(&attempt) {
                return Err(ModelError {
                    fault: ModelFault::NotAllowed,
                    message: why,
                    usage: spent,
                });
            }
            let (mut answer, mut sent) = (Answer::default(), false);
            let exchange = provider.exchange(request, &ready, &self.deadlines);
            let result = {
                let mut heard = |piece: &str| watch.text(piece);
                let run = exchange.run(&self.clients, &mut answer, &mut sent, &mut heard);
                tokio::select! {
                    biased;
                    () = cancelled(cancel) => Err(Failure::new(ModelFault::Cancelled, "was stopped", Again::No)),
                    () = tokio::time::sleep_until(deadline.into()) => {
                        let what = format!(
                            "was not done within {}; `models.deadline_seconds` in your config.toml allows more",
                            in_words(self.deadlines.total)
                        );
                        Err(Failure::new(ModelFault::TimedOut, what, Again::No))
                    }
                    result = run => result,
                }
            };
            let heard = !answer.text.is_empty();
            let written = tokens::estimate(&answer.text);
            let reported = answer.tokens;
            let result = result.and_then(|()| answer.finish());
            let usage = usage(reported, sent, input_tokens, written, price, result.is_ok());
            spent = spent.plus(usage);
            let failure = match result {
                Ok((text, calls, stop)) => {
                    turn.well();
                    watch.ended(&attempt, &usage, None);
                    tracing::debug!(model = %name, attempt = number, took = ?start.elapsed(), "answered");
                    return Ok(Reply {
                        text,
                        calls,
                        stop,
                        usage: spent,
                        model: name.clone(),
                    });
                }
                Err(failure) => failure,
            };
            match failure.fault {
                ModelFault::Cancelled => turn.unknown(),
                _ if failure.ill => turn.ill(),
                _ => turn.well(),
            }
            let told = provider.tell(&failure, usage);
            watch.ended(&attempt, &usage, Some(&told));
            tracing::debug!(model = %name, attempt = number, fault = ?failure.fault, "failed");
            if let Again::Without(extra) = failure.again {
                if !provider.learn(&name.model, extra) {
                    return Err(provider.tell(&failure, spent));
                }
                if heard {
                    watch.restarted();
                }
                continue;
            }
            let now = Instant::now();
            let left = deadline.saturating_duration_since(now);
            match retry::next(&failure, retries, left, chance()) {
                Next::Wait(pause) if provider.may_retry(now) => {
                    retries += 1;
                    if heard {
                        watch.restarted();
                    }
                    tokio::select! {
                        biased;
                        () = cancelled(cancel) => {
                            let failure = Failure::new(ModelFault::Cancelled, "was stopped", Again::No);
                            return Err(provider.tell(&failure, spent));
                        }
                        () = tokio::time::sleep(pause) => {}
                    }
                }
                Next::TooLong(wait) => {
                    let mut failure = failure;
                    failure
                        .what
                        .push_str(&format!("; it wants us to wait {}", in_words(wait)));
                    return Err(provider.tell(&failure, spent));
                }
                _ => return Err(provider.tell(&failure, spent)),
            }
        }
    }
}

impl Model for Providers {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        watch: &'a mut dyn Watch,
        cancel: &'a Cancel,
    ) -> Eventually<'a, Result<Reply, ModelError>> {
        Box::pin(self.ask(request, watch, cancel))
    }

    fn wire<'a>(&'a self, request: &'a Request) -> Eventually<'a, Result<Wire, ModelError>> {
        Box::pin(async move {
            let provider = self.provider(&request.model)?;
            let ready = provider
                .ready_without_key(request)
                .map_err(|failure| provider.tell(&failure, Usage::default()))?;
            Ok(Wire {
                address: ready.url.to_string(),
                body: ready.body,
            })
        })
    }

    fn facts(&self, name: &ModelName) -> Result<ModelFacts, ModelError> {
        let provider = self.provider(name)?;
        let told = |failure: Failure| provider.tell(&failure, Usage::default());
        let (base, _) = provider.address().map_err(told)?;
        provider.has_key().map_err(told)?;
        let api = provider.settings.api;
        let refused = lock(&provider.without)
            .get(&name.model)
            .is_some_and(|without| without.contains(&Extra::Schema));
        Ok(ModelFacts {
            context_tokens: provider.context_tokens(&name.model),
            structured: request::structured(api, base, &name.model) && !refused,
            tools: known::tools(&name.model),
            price: self.price(name, provider, 0),
            local: provider.is_local(&name.model),
        })
    }
}

/// A request as it goes to a provider.
struct Ready {
    url: Url,
    body: Vec<u8>,
}

impl Provider {
    fn new(settings: ProviderSettings) -> Self {
        let base = origin::base(&settings.base_url, settings.plain_http).and_then(|url| {
            let origin = Origin::of(&url).ok_or("names no host")?;
            Ok((url, origin))
        });
        let here = base
            .as_ref()
            .is_ok_and(|(url, _)| url.host_str().is_some_and(origin::is_loopback));
        Self {
            settings,
            base,
            here,
            health: Arc::default(),
            without: Mutex::default(),
        }
    }

    fn address(&self) -> Result<(&Url, &Origin), Failure> {
        match &self.base {
            Ok((url, origin)) => Ok((url, origin)),
            Err(what) => Err(Failure::new(
                ModelFault::NotConfigured,
                format!("cannot be asked: its `base_url` {what}"),
                Again::No,
            )),
        }
    }

    /// The vendors' own services want a key; who set a key's name for a server elsewhere wants one, too.
    fn has_key(&self) -> Result<(), Failure> {
        let (base, _) = self.address()?;
        let vendor = Api::ALL.iter().any(|api| {
            *api != Api::Ollama
                && Url::parse(api.default_base()).is_ok_and(|url| url.host_str() == base.host_str())
        });
        let wanted = vendor || (self.settings.key_from.is_some() && !self.here);
        if self.settings.key.is_some() || !wanted {
            return Ok(());
        }
        let what = format!("has no key; {}", self.how_to_set_the_key());
        Err(Failure::new(ModelFault::NotConfigured, what, Again::No))
    }

    fn how_to_set_the_key(&self) -> String {
        let command = format!("`obelus config set-key {}`", self.settings.name);
        match &self.settings.key_from {
            Some(variable) => format!("set {variable} or run {command}"),
            None => format!("run {command}"),
        }
    }

    /// Whether nothing leaves this machine. Ollama passes models that end with `cloud` on to its own service.
    fn is_local(&self, model: &str) -> bool {
        let guess = || match self.settings.api {
            Api::Ollama => !model.ends_with("cloud"),
            _ => self.settings.key.is_none(),
        };
        self.here && self.settings.local.unwrap_or_else(guess)
    }

    fn context_tokens(&self, model: &str) -> u32 {
        self.settings
            .context_tokens
            .unwrap_or_else(|| known::context_tokens(self.settings.api, self.here, model))
    }

    fn ready(&self, request: &Request, input_tokens: u64) -> Result<Ready, Failure> {
        self.has_key()?;
        let context = self.context_tokens(&request.model.model);
        // Ollama cuts a longer prompt without a word, so we have to say it.
        if self.settings.api == Api::Ollama
            && input_tokens.saturating_add(u64::from(request.max_output_tokens))
                > u64::from(context)
        {
            let what = format!(
                "would cut the prompt: about {input_tokens} tokens and {} for the answer do not fit into {context}; raise `context_tokens` for it",
                request.max_output_tokens
            );
            return Err(Failure::new(ModelFault::TooLong, what, Again::No));
        }
        self.ready_without_key(request)
    }

    fn ready_without_key(&self, request: &Request) -> Result<Ready, Failure> {
        let (base, _) = self.address()?;
        let api = self.settings.api;
        let model = request.model.model.as_str();
        let url = request::address(api, base, model)
            .map_err(|what| Failure::new(ModelFault::UnknownModel, what, Again::No))?;
        let without = lock(&self.without).get(model).cloned().unwrap_or_default();
        let shape = Shape::new(api, base, request, self.context_tokens(model), &without);
        Ok(Ready {
            url,
            body: request::body(api, request, &shape),
        })
    }

    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        ready: &'a Ready,
        deadlines: &Deadlines,
    ) -> Exchange<'a> {
        let key = match (&self.settings.key, &self.base) {
            (Some(key), Ok((_, origin))) => Some((key, origin)),
            _ => None,
        };
        Exchange {
            api: self.settings.api,
            url: &ready.url,
            body: &ready.body,
            key,
            // A model on this machine may have to be loaded from disk first.
            first: if self.here {
                deadlines.total
            } else {
                deadlines.idle
            },
            idle: deadlines.idle,
            // So may one that runs here, on a slow machine.
            thinking: if self.is_local(&request.model.model)
                || known::thinks_in_silence(&request.model.model)
            {
                deadlines.total
            } else {
                deadlines.idle
            },
            texts: texts(request),
        }
    }

    /// Notes that this server does not know a part of our requests; false where that was noted before.
    fn learn(&self, model: &str, extra: Extra) -> bool {
        let mut without = lock(&self.without);
        let known = without.entry(model.to_owned()).or_default();
        let new = !known.contains(&extra);
        if new {
            known.push(extra);
        }
        new
    }

    fn may_retry(&self, now: Instant) -> bool {
        let mut health = lock(&self.health);
        !health.rests(now) && health.may_retry(now)
    }

    /// A failure as the user is told it.
    fn tell(&self, failure: &Failure, usage: Usage) -> ModelError {
        let mut message = format!("{} {}", plain(&self.settings.name), failure.what);
        if failure.fault == ModelFault::Unauthorized {
            message.push_str(&format!("; {}", self.how_to_set_the_key()));
        }
        if failure.fault == ModelFault::Unreachable
            && self.settings.api == Api::Ollama
            && self.here
            && failure.what.contains("nobody listens")
        {
            message.push_str("; start it with `ollama serve`");
        }
        ModelError {
            usage,
            ..error(failure.fault, message)
        }
    }
}

/// A turn at a provider; given back on whatever way the request ends.
struct Turn {
    health: Arc<Mutex<Health>>,
    told: bool,
}

impl Turn {
    fn take(health: &Arc<Mutex<Health>>, now: Instant) -> Result<Self, Duration> {
        lock(health).admit(now)?;
        Ok(Self {
            health: Arc::clone(health),
            told: false,
        })
    }

    fn well(&mut self) {
        self.told = true;
        lock(&self.health).well();
    }

    fn ill(&mut self) {
        self.told = true;
        lock(&self.health).ill(Instant::now());
    }

    fn unknown(&mut self) {
        self.told = true;
        lock(&self.health).unknown();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.told {
            lock(&self.health).unknown();
        }
    }
}

async fn cancelled(cancel: &Cancel) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(POLL).await;
    }
}

/// Between 0 and 1, another one each time: the keys of hash maps are random.
fn chance() -> f64 {
    (RandomState::new().hash_one(Instant::now()) >> 11) as f64 / (1_u64 << 53) as f64
}

fn attempt(request: &Request, number: u32, input_tokens: u64, price: Option<Price>) -> Attempt {
    let output = u64::from(request.max_output_tokens);
    let most = price.map(|price| {
        // Everything might be written to the cache, which costs more than reading.
        let dearest = Price {
            input: price.input.max(price.cache_written),
            ..price
        };
        dearest.of(&Usage {
            input_tokens,
            output_tokens: output,
            ..Usage::default()
        })
    });
    Attempt {
        model: request.model.clone(),
        role: request.role,
        number,
        input_tokens,
        max_output_tokens: output,
        max_cost_micro_usd: most,
        hash: hash(request),
        places: request.places.clone(),
    }
}

/// What the prompt says, without what the provider said before.
fn texts(request: &Request) -> Vec<&str> {
    let mut texts = vec![request.system.as_str()];
    for message in &request.messages {
        match message {
            base::model::Message::User { text, .. } => texts.push(text.as_str()),
            base::model::Message::Assistant { text, .. } => texts.push(text),
            base::model::Message::ToolResults(results) => {
                texts.extend(results.iter().map(|result| result.text.as_str()));
            }
        }
    }
    texts
}

/// Of everything that is sent, whatever form the provider wants it in.
fn hash(request: &Request) -> base::ContentHash {
    use base::model::Message;
    let mut hasher = ContentHasher::default();
    let mut part = |bytes: &[u8]| {
        // Lengths keep `ab, c` apart from `a, bc`.
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(request.model.to_string().as_bytes());
    part(request.system.as_str().as_bytes());
    for message in &request.messages {
        match message {
            Message::User { text, .. } => part(text.as_str().as_bytes()),
            Message::Assistant { text, calls } => {
                part(text.as_bytes());
                for call in calls {
                    part(format!("{} {} {}", call.id, call.name, call.arguments).as_bytes());
                }
            }
            Message::ToolResults(results) => {
                for result in results {
                    part(result.id.as_bytes());
                    part(result.text.as_str().as_bytes());
                }
            }
        }
    }
    for tool in &request.tools {
        part(format!("{} {} {}", tool.name, tool.description, tool.arguments).as_bytes());
    }
    part(format!("{:?} {}", request.reply, request.max_output_tokens).as_bytes());
    hasher.finish()
}

/// What an attempt used: as told, or estimated where a server may have worked without telling.
fn usage(
    told: crate::answer::Tokens,
    sent: bool,
    input: u64,
    written: u64,
    price: Option<Price>,
    whole: bool,
) -> Usage {
    // Nobody reads nothing: such a figure is none.
    let told_input = told.input.filter(|input| *input > 0);
    let nothing = !sent && told == crate::answer::Tokens::default();
    if nothing {
        return Usage::default();
    }
    // A stream that broke off told the figures of its beginning.
    let output = match told.output {
        Some(output) if whole => output,
        told => told.unwrap_or(0).max(written),
    };
    let mut usage = Usage {
        input_tokens: told_input.unwrap_or(input),
        cached_tokens: told.cached,
        cache_written_tokens: told.written,
        output_tokens: output,
        cost_micro_usd: None,
        estimated: told_input.is_none() || told.output.is_none() || !whole,
    };
    usage.cost_micro_usd = price.map(|price| price.of(&usage));
    usage
}

fn error(fault: ModelFault, message: String) -> ModelError {
    ModelError {
        fault,
        message,
        usage: Usage::default(),
    }
}

/// A name from a configuration, fit for a line of text.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

// A key must not be read out of a debugger's print either.
impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
