//! What a model is about to be asked and what it has cost, in one line each, for standard error.

use base::ModelStats;
use base::store::dollars;
use review::Asking;

use super::counted;

/// Before the first byte leaves.
pub(crate) fn estimate(asking: &Asking) -> String {
    let known = match asking.frozen {
        0 => String::new(),
        groups => format!(", {} judged before", counted(groups, "group")),
    };
    if asking.requests == 0 {
        return format!("nothing to ask {}{known}", asking.model);
    }
    let cost = match asking.most_micro_usd {
        Some(0) => String::new(),
        Some(most) => format!(", at most {}", dollars(most)),
        None => ", its price is not known".to_owned(),
    };
    format!(
        "asking {}: {} of about {} tokens{cost}{known}",
        asking.model,
        counted(asking.requests, "request"),
        asking.input_tokens,
    )
}

/// When all is done.
pub(crate) fn of(stats: &ModelStats) -> String {
    let usage = &stats.usage;
    let mut parts = Vec::new();
    if stats.requests == 0 {
        parts.push("no request, $0.00".to_owned());
    } else {
        let cached = match usage.cached_tokens {
            0 => String::new(),
            cached => format!(" ({cached} of them cached)"),
        };
        let about = if usage.estimated { "about " } else { "" };
        parts.push(counted(stats.requests as usize, "request"));
        parts.push(format!(
            "{about}{} tokens read{cached}, {} written",
            usage.input_tokens, usage.output_tokens
        ));
        parts.push(match usage.cost_micro_usd {
            // What costs nothing costs that however many tokens it were.
            Some(0) => dollars(0),
            Some(cost) => format!("{about}{}", dollars(cost)),
            None => "price not known".to_owned(),
        });
    }
    if stats.frozen > 0 {
        parts.push(format!("{} judged before", counted(stats.frozen, "group")));
    }
    if !stats.held_back.is_empty() {
        parts.push(format!(
            "{} held back (-v shows them)",
            counted(stats.held_back.len(), "remark")
        ));
    }
    if stats.redacted > 0 {
        parts.push(format!("{} masked", counted(stats.redacted, "secret")));
    }
    format!("{}: {}", stats.name, parts.join(", "))
}

#[cfg(test)]
mod tests {
    use base::model::Usage;
    use base::{ModelName, ModelStats};
    use review::Asking;

    use super::{estimate, of};

    #[test]
    fn before_and_after_are_one_line_each() {
        let mut asking = Asking {
            model: ModelName::parse("a/b").expect("a name"),
            requests: 2,
            frozen: 1,
            input_tokens: 7_000,
            most_micro_usd: Some(120_000),
        };
        assert_eq!(
            estimate(&asking),
            "asking a/b: 2 requests of about 7000 tokens, at most $0.12, 1 group judged before"
        );
        asking.most_micro_usd = None;
        asking.frozen = 0;
        assert_eq!(
            estimate(&asking),
            "asking a/b: 2 requests of about 7000 tokens, its price is not known"
        );
        (asking.requests, asking.frozen) = (0, 3);
        assert_eq!(
            estimate(&asking),
            "nothing to ask a/b, 3 groups judged before"
        );
        let mut stats = ModelStats {
            name: "a/b".to_owned(),
            requests: 3,
            usage: Usage {
                input_tokens: 100,
                cached_tokens: 40,
                output_tokens: 20,
                cost_micro_usd: Some(31_000),
                ..Usage::default()
            },
            redacted: 1,
            ..ModelStats::default()
        };
        assert_eq!(
            of(&stats),
            "a/b: 3 requests, 100 tokens read (40 of them cached), 20 written, $0.0310, 1 secret masked"
        );
        (stats.requests, stats.frozen, stats.redacted) = (0, 2, 0);
        assert_eq!(of(&stats), "a/b: no request, $0.00, 2 groups judged before");
    }
}
