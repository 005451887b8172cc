//! What is publicly known of models: prices and context lengths, with the date of the table.
//!
//! A price belongs to a vendor's own service; for others, and for models that are not here, it is unknown and said to be
//! so. The user's settings win over this table.

use base::model::Price;
use serde_json::Value;

use crate::Api;

/// When the table was last compared with the vendors' public price lists.
pub const PRICES_AS_OF: &str = "2026-11";

const ANTHROPIC: &str = "api.anthropic.com";
const OPENAI: &str = "api.openai.com";
const GEMINI: &str = "generativelanguage.googleapis.com";
/// Longer prompts cost more, in ways of their own: for them the price is unknown.
const ANY: u64 = u64::MAX;

/// Vendor's host, model, tokens of input up to which the price holds, and dollars per million tokens: input, cached,
/// written to the cache, output.
const PRICES: &[(&str, &str, u64, [f64; 4])] = &[
    (ANTHROPIC, "claude-fable-5-1", ANY, [10.0, 0.25, 12.5, 50.0]),
    (ANTHROPIC, "claude-fable-5", ANY, [10.0, 1.0, 12.5, 50.0]),
    (ANTHROPIC, "claude-opus-5-5", ANY, [4.0, 0.2, 5.0, 20.0]),
    (ANTHROPIC, "claude-opus-5", ANY, [5.0, 0.5, 6.25, 25.0]),
    (ANTHROPIC, "claude-opus-4-8", ANY, [5.0, 0.5, 6.25, 25.0]),
    (ANTHROPIC, "claude-opus-4-7", ANY, [5.0, 0.5, 6.25, 25.0]),
    (ANTHROPIC, "claude-opus-4-6", ANY, [5.0, 0.5, 6.25, 25.0]),
    (ANTHROPIC, "claude-opus-4-5", ANY, [5.0, 0.5, 6.25, 25.0]),
    (ANTHROPIC, "claude-sonnet-5-5", ANY, [2.0, 0.1, 2.5, 10.0]),
    (ANTHROPIC, "claude-sonnet-5", ANY, [2.0, 0.2, 2.5, 10.0]),
    (
        ANTHROPIC,
        "claude-sonnet-4-6",
        200_000,
        [3.0, 0.3, 3.75, 15.0],
    ),
    (
        ANTHROPIC,
        "claude-sonnet-4-5",
        200_000,
        [3.0, 0.3, 3.75, 15.0],
    ),
    (
        ANTHROPIC,
        "claude-haiku-5-5",
        100_000,
        [0.1, 0.01, 0.125, 0.5],
    ),
    (ANTHROPIC, "claude-haiku-4-5", ANY, [1.0, 0.1, 1.25, 5.0]),
    (OPENAI, "gpt-6-sol", 272_000, [2.0, 0.2, 2.5, 10.0]),
    (OPENAI, "gpt-6-luna", 272_000, [0.1, 0.01, 0.125, 0.5]),
    (OPENAI, "gpt-5.5", 272_000, [5.0, 0.5, 5.0, 30.0]),
    (OPENAI, "gpt-5.4", 272_000, [2.5, 0.25, 2.5, 15.0]),
    (OPENAI, "gpt-5.4-mini", ANY, [0.75, 0.075, 0.75, 4.5]),
    (OPENAI, "gpt-5.4-nano", ANY, [0.2, 0.02, 0.2, 1.25]),
    (OPENAI, "gpt-5.1", ANY, [1.25, 0.125, 1.25, 10.0]),
    (OPENAI, "gpt-5", ANY, [1.25, 0.125, 1.25, 10.0]),
    (OPENAI, "gpt-5-mini", ANY, [0.25, 0.025, 0.25, 2.0]),
    (OPENAI, "gpt-5-nano", ANY, [0.05, 0.005, 0.05, 0.4]),
    (OPENAI, "gpt-4.1", ANY, [2.0, 0.5, 2.0, 8.0]),
    (OPENAI, "gpt-4.1-mini", ANY, [0.4, 0.1, 0.4, 1.6]),
    (OPENAI, "gpt-4.1-nano", ANY, [0.1, 0.025, 0.1, 0.4]),
    (OPENAI, "gpt-4o", ANY, [2.5, 1.25, 2.5, 10.0]),
    (OPENAI, "gpt-4o-mini", ANY, [0.15, 0.075, 0.15, 0.6]),
    (OPENAI, "o3", ANY, [2.0, 0.5, 2.0, 8.0]),
    (OPENAI, "o4-mini", ANY, [1.1, 0.275, 1.1, 4.4]),
    (GEMINI, "gemini-3.5-flash", 200_000, [1.5, 0.15, 1.5, 9.0]),
    (
        GEMINI,
        "gemini-3.1-pro-preview",
        200_000,
        [2.0, 0.2, 2.0, 12.0],
    ),
    (
        GEMINI,
        "gemini-3.1-flash-lite-preview",
        200_000,
        [0.25, 0.025, 0.25, 1.5],
    ),
    (GEMINI, "gemini-2.5-pro", 200_000, [1.25, 0.125, 1.25, 10.0]),
    (GEMINI, "gemini-2.5-flash", ANY, [0.3, 0.03, 0.3, 2.5]),
    (GEMINI, "gemini-2.5-flash-lite", ANY, [0.1, 0.01, 0.1, 0.4]),
];

/// What a model costs at its vendor's, for a prompt of this length.
pub(crate) fn price(host: &str, model: &str, input_tokens: u64) -> Option<Price> {
    let (.., dollars) = PRICES.iter().find(|(vendor, name, longest, _)| {
        *vendor == host && is(model, name) && input_tokens <= *longest
    })?;
    let [input, cached, cache_written, output] =
        dollars.map(|dollars| (dollars * 1e6).round() as u64);
    Some(Price {
        input,
        cached,
        cache_written,
        output,
    })
}

/// The model, or a dated version of it; `gpt-4o-audio` is none of `gpt-4o`, and `gpt-5.4-pro` none of
/// `gpt-5.4`.
fn is(model: &str, beginning: &str) -> bool {
    let Some(rest) = model.strip_prefix(beginning) else {
        return false;
    };
    let date = rest.strip_prefix('-').unwrap_or(rest);
    rest.is_empty()
        || rest == "-latest"
        || (date.len() >= 8 && date.chars().all(|c| c.is_ascii_digit() || c == '-'))
}

/// Tokens that prompt and answer may have together; for a model that is not known a careful guess.
pub(crate) fn context_tokens(api: Api, local: bool, model: &str) -> u32 {
    let begins = |beginnings: &[&str]| {
        beginnings
            .iter()
            .any(|beginning| model.starts_with(beginning))
    };
    match api {
        Api::Anthropic => 200_000,
        Api::Gemini if begins(&["gemini"]) => 1_048_576,
        // Asked for with each request, so that this is what there is; more costs memory on the user's machine.
        Api::Ollama => 16_384,
        _ if begins(&["gpt-4.1"]) => 1_047_576,
        _ if begins(&["gpt-5"]) => 272_000,
        _ if begins(&["gpt-4o", "gpt-4-turbo"]) => 128_000,
        _ if begins(&["o1", "o3", "o4"]) => 200_000,
        _ if begins(&["gpt-4"]) => 8_192,
        _ if begins(&["gpt-3.5"]) => 16_385,
        _ if local => 16_384,
        _ => 32_768,
    }
}

/// The same as a server's list of models has it.
pub(crate) fn context_told(list: &Value, model: &str) -> Option<u32> {
    let models = list.get("data")?.as_array()?;
    let own = models.iter().find(|it| it["id"] == model)?;
    // llama.cpp; vLLM; LM Studio; OpenRouter.
    let places = [
        "/meta/n_ctx",
        "/max_model_len",
        "/max_context_length",
        "/context_length",
    ];
    let found = places.iter().find_map(|place| own.pointer(place)?.as_u64());
    found
        .and_then(|tokens| u32::try_from(tokens).ok())
        .filter(|tokens| *tokens > 0)
}

/// Models that may think for longer than anybody is silent, and send nothing of it.
pub(crate) fn thinks_in_silence(model: &str) -> bool {
    ["gpt-5", "gpt-6", "o1", "o3", "o4", "gemini-2.5", "gemini-3"]
        .iter()
        .any(|beginning| model.starts_with(beginning))
}

/// Whether a model calls tools; those that are known not to are small or old.
pub(crate) fn tools(model: &str) -> bool {
    let without = [
        "gemma",
        "smollm",
        "phi3",
        "tinyllama",
        "codellama",
        "starcoder",
        "deepseek-coder",
        "gpt-3.5-turbo-instruct",
    ];
    !without.iter().any(|beginning| model.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ANTHROPIC, OPENAI, PRICES, context_told, price};

    #[test]
    fn a_list_of_models_tells_their_context() {
        for (model, expected) in [
            (
                json!({"id": "m", "meta": {"n_ctx": 8192, "n_ctx_train": 131072}}),
                Some(8192),
            ),
            (json!({"id": "m", "max_model_len": 32768}), Some(32768)),
            (json!({"id": "m", "context_length": 200000}), Some(200_000)),
            (json!({"id": "another", "max_model_len": 32768}), None),
            (json!({"id": "m", "max_model_len": "many"}), None),
            (json!({"id": "m", "max_model_len": 0}), None),
            (json!("m"), None),
        ] {
            assert_eq!(
                context_told(&json!({"data": [model]}), "m"),
                expected,
                "{model}"
            );
        }
        assert_eq!(context_told(&json!([]), "m"), None);
    }

    #[test]
    fn prices_are_the_vendors_own() {
        let input = |host, model| price(host, model, 1000).map(|price| price.input);
        assert_eq!(input(OPENAI, "gpt-4o"), Some(2_500_000));
        assert_eq!(input(OPENAI, "gpt-4o-2024-08-06"), Some(2_500_000));
        assert_eq!(input(OPENAI, "gpt-4o-mini"), Some(150_000));
        assert_eq!(
            input(ANTHROPIC, "claude-haiku-4-5-20251001"),
            Some(1_000_000)
        );
        for (host, model) in [
            (OPENAI, "gpt-4o-audio-preview"),
            (OPENAI, "gpt-5.4-pro"),
            (OPENAI, "gpt-9"),
            (OPENAI, "claude-opus-5"),
            ("openrouter.ai", "gpt-4o"),
            ("api.openai.com.evil.example", "gpt-4o"),
        ] {
            assert_eq!(input(host, model), None, "{host} {model}");
        }
        assert_eq!(price(ANTHROPIC, "claude-haiku-5-5", 100_001), None);
        for (_, model, _, [input, cached, written, output]) in PRICES {
            assert!(
                cached < input && input <= written && written < output,
                "{model}"
            );
        }
    }
}
