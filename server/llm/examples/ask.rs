//! Sends one request and prints what came of it as a line of JSON: for tests against servers that are not ours.
//!
//! `ask API BASE_URL PROMPT [--key KEY] [--schema JSON] [--tool JSON] [--total MS] [--idle MS] [--most TOKENS]
//! [--stop PIECES]`, where `--tool` takes a name and the schema of its arguments: `{"name": …, "arguments": …}`, and
//! `--stop` gives the request up after so many pieces of its answer.

use std::time::Duration;

use base::model::{
    Attempt, Message, Model, ModelName, Prompt, ReplyShape, Request, Role, Tool, Usage, Watch,
};
use base::{Cancel, ModelError};
use llm::{Api, Deadlines, ProviderSettings, Providers, Secret, Settings};
use serde_json::{Value, json};

#[derive(Default)]
struct Follower {
    attempts: u32,
    restarts: u32,
    text: String,
    /// Pieces to wait for before the request is given up.
    pieces: Option<u32>,
    cancel: Cancel,
}

impl Watch for Follower {
    fn attempt(&mut self, _: &Attempt) -> Result<(), String> {
        self.attempts += 1;
        Ok(())
    }

    fn ended(&mut self, _: &Attempt, _: &Usage, _: Option<&ModelError>) {}

    fn text(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.pieces = self.pieces.map(|left| left.saturating_sub(1));
        if self.pieces == Some(0) {
            self.cancel.cancel();
        }
    }

    fn restarted(&mut self) {
        self.restarts += 1;
        self.text.clear();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let api = Api::parse(&next("API")?).ok_or("API is one of anthropic, openai, gemini, ollama")?;
    let mut provider = ProviderSettings::new("p", api);
    provider.base_url = next("BASE_URL")?;
    let prompt = next("PROMPT")?;
    provider.key = Secret::new("sk-test");
    let mut deadlines = Deadlines::INTERACTIVE;
    let (mut reply, mut tools) = (ReplyShape::Text, Vec::new());
    let mut most = 500;
    let mut follower = Follower::default();
    while let Ok(option) = next("an option") {
        let value = next(&option)?;
        let time = || value.parse().map(Duration::from_millis);
        match option.as_str() {
            "--key" => provider.key = Secret::new(value),
            "--total" => deadlines.total = time()?,
            "--idle" => deadlines.idle = time()?,
            "--most" => most = value.parse()?,
            "--stop" => follower.pieces = Some(value.parse()?),
            "--schema" => {
                reply = ReplyShape::Json {
                    name: "reply".to_owned(),
                    schema: serde_json::from_str(&value)?,
                };
            }
            "--tool" => {
                let tool: Value = serde_json::from_str(&value)?;
                tools.push(Tool {
                    name: tool["name"].as_str().unwrap_or_default().to_owned(),
                    description: "A tool.".to_owned(),
                    arguments: tool["arguments"].clone(),
                });
            }
            other => return Err(format!("{other} is no option").into()),
        }
    }
    let mut settings = Settings::default();
    settings.providers.push(provider);
    settings.deadlines = deadlines;
    let request = Request {
        model: ModelName::parse("p/test-model").ok_or("no name")?,
        role: Role::Review,
        system: Prompt::from_redacted("You review changes.".to_owned()),
        messages: vec![Message::User {
            text: Prompt::from_redacted(prompt),
            cache: false,
        }],
        reply,
        tools,
        max_output_tokens: most,
        places: Vec::new(),
    };
    let cancel = follower.cancel.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let providers = Providers::new(settings);
    let result = runtime.block_on(providers.send(&request, &mut follower, &cancel));
    let mut line = json!({"attempts": follower.attempts, "restarts": follower.restarts});
    match result {
        Ok(reply) => {
            let calls = reply
                .calls
                .iter()
                .map(|call| json!({"name": call.name, "arguments": call.arguments}));
            line["calls"] = calls.collect();
            line["streamed"] = json!(follower.text == reply.text);
            line["stop"] = json!(format!("{:?}", reply.stop));
            line["text"] = json!(reply.text);
            line["usage"] = json!({
                "input": reply.usage.input_tokens, "cached": reply.usage.cached_tokens,
                "output": reply.usage.output_tokens, "estimated": reply.usage.estimated,
            });
        }
        Err(error) => {
            line["fault"] = json!(format!("{:?}", error.fault));
            line["message"] = json!(error.message);
        }
    }
    #[expect(
        clippy::print_stdout,
        reason = "the result, for the script that started this"
    )]
    {
        println!("{line}");
    }
    Ok(())
}
