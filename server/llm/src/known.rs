//! What is publicly known of models: prices and context lengths, with the date of the table.
//!
//! A price belongs to a vendor's own service; for others, and for models that are not here, it is unknown and said to be
//! so. The user's settings win over this table.

use base::model::Price;

use crate::Api;

/// When the table was last compared with the vendors' public price lists.
pub const PRICES_AS_OF: &str = "2025-10";

/// Vendor's host, beginning of the model's name, dollars per million tokens: input, cached, written to the cache, output.
/// The longest beginning counts.
const PRICES: &[(&str, &str, [f64; 4])] = &[
    (
        "api.anthropic.com",
        "claude-opus-4",
        [15.0, 1.5, 18.75, 75.0],
    ),
    (
        "api.anthropic.com",
        "claude-sonnet-4",
        [3.0, 0.3, 3.75, 15.0],
    ),
    (
        "api.anthropic.com",
        "claude-haiku-4-5",
        [1.0, 0.1, 1.25, 5.0],
    ),
    (
        "api.anthropic.com",
        "claude-3-7-sonnet",
        [3.0, 0.3, 3.75, 15.0],
    ),
    (
        "api.anthropic.com",
        "claude-3-5-sonnet",
        [3.0, 0.3, 3.75, 15.0],
    ),
    (
        "api.anthropic.com",
        "claude-3-5-haiku",
        [0.8, 0.08, 1.0, 4.0],
    ),
    ("api.openai.com", "gpt-5", [1.25, 0.125, 1.25, 10.0]),
    ("api.openai.com", "gpt-5-mini", [0.25, 0.025, 0.25, 2.0]),
    ("api.openai.com", "gpt-5-nano", [0.05, 0.005, 0.05, 0.4]),
    ("api.openai.com", "gpt-4.1", [2.0, 0.5, 2.0, 8.0]),
    ("api.openai.com", "gpt-4.1-mini", [0.4, 0.1, 0.4, 1.6]),
    ("api.openai.com", "gpt-4.1-nano", [0.1, 0.025, 0.1, 0.4]),
    ("api.openai.com", "gpt-4o", [2.5, 1.25, 2.5, 10.0]),
    ("api.openai.com", "gpt-4o-mini", [0.15, 0.075, 0.15, 0.6]),
    ("api.openai.com", "o3", [2.0, 0.5, 2.0, 8.0]),
    ("api.openai.com", "o4-mini", [1.1, 0.275, 1.1, 4.4]),
    (
        "generativelanguage.googleapis.com",
        "gemini-2.5-flash",
        [0.3, 0.03, 0.3, 2.5],
    ),
    (
        "generativelanguage.googleapis.com",
        "gemini-2.5-flash-lite",
        [0.1, 0.01, 0.1, 0.4],
    ),
];

/// What a model costs at its vendor's.
pub(crate) fn price(host: &str, model: &str) -> Option<Price> {
    let (.., dollars) = PRICES
        .iter()
        .filter(|(vendor, beginning, _)| *vendor == host && is(model, beginning))
        .max_by_key(|(_, beginning, _)| beginning.len())?;
    let [input, cached, cache_written, output] =
        dollars.map(|dollars| (dollars * 1e6).round() as u64);
    Some(Price {
        input,
        cached,
        cache_written,
        output,
    })
}

/// The model, or a dated version of it; `gpt-4o-audio` is none of `gpt-4o`, and `claude-opus-4-5` has its own price.
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
    use super::{PRICES, price};

    #[test]
    fn prices_are_the_vendors_own() {
        let input = |host, model| price(host, model).map(|price| price.input);
        assert_eq!(input("api.openai.com", "gpt-4o"), Some(2_500_000));
        assert_eq!(
            input("api.openai.com", "gpt-4o-2024-08-06"),
            Some(2_500_000)
        );
        assert_eq!(input("api.openai.com", "gpt-4o-mini"), Some(150_000));
        assert_eq!(input("api.openai.com", "gpt-4o-audio-preview"), None);
        assert_eq!(input("api.openai.com", "gpt-9"), None);
        assert_eq!(input("openrouter.ai", "gpt-4o"), None);
        assert_eq!(input("api.openai.com.evil.example", "gpt-4o"), None);
        for (_, model, [input, cached, written, output]) in PRICES {
            assert!(
                cached <= input && input <= written && input < output,
                "{model}"
            );
        }
    }
}
