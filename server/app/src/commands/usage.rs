//! `obelus usage`: what models were asked and what that cost, by day and model; what was learnt; whether the record of
//! requests is as it was written.

use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use base::calendar;
use base::model::Usage;
use base::store::{Seconds, Spend, Store, dollars};
use review::{Engine, Flags, Trust};
use serde_json::{Value, json};
use store::{StateStore, Verified};

use crate::args::{self, Plain};
use crate::render::style::{BAD, FAINT, HELP, paint};
use crate::render::visible::visible;
use crate::render::{counted, pretty};
use crate::state;
use crate::status::{Failure, Status};
use crate::terminal::Terminal;
use crate::workspace;

/// Days that are listed.
const SHOWN: Seconds = 31 * 86_400;

pub(crate) fn run(
    args: &args::Usage,
    folder: Option<&Path>,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let workspace = workspace::open(folder)?;
    let engine = workspace::engine(&workspace, Flags::default(), Trust::None)?;
    let store = state::open(&workspace)?;
    let view = View::of(&engine, &store)?;
    let text = match args.format {
        Plain::Human => view.human(),
        Plain::Json => pretty(&view.json()),
    };
    terminal.result(&text)?;
    state::tell(&store, terminal);
    Ok(match view.verified.broken {
        Some(_) => Status::Failed,
        None => Status::Fine,
    })
}

/// The same as JSON: for the server.
pub(crate) fn json(engine: &Engine, store: &StateStore) -> Result<Value, Failure> {
    Ok(View::of(engine, store)?.json())
}

struct View<'a> {
    today: (u64, Usage),
    month: (u64, Usage),
    day_limit: Option<u64>,
    month_limit: Option<u64>,
    days: Vec<Spend>,
    store: &'a StateStore,
    verified: Verified,
}

impl<'a> View<'a> {
    fn of(engine: &Engine, store: &'a StateStore) -> Result<Self, Failure> {
        let now = now();
        let from = calendar::month_start(now).min(now.saturating_sub(SHOWN));
        let asked = |error: base::store::StoreError| {
            Failure::outside(error, "OBELUS_STATE_DIR names another folder for state")
        };
        let days = store.spend(calendar::day_start(from)).map_err(asked)?;
        let verified = store.verify().map_err(asked)?;
        let limits = engine.settings().budget.limits;
        Ok(Self {
            today: sum(&days, &calendar::day(now)),
            month: sum(&days, &calendar::day(now)[..8]),
            day_limit: limits.day_micro_usd,
            month_limit: limits.month_micro_usd,
            days,
            store,
            verified,
        })
    }

    fn human(&self) -> String {
        let mut out = String::new();
        for (name, (requests, usage), limit) in [
            ("Today", &self.today, self.day_limit),
            ("This month", &self.month, self.month_limit),
        ] {
            let of = limit.map_or(String::new(), |limit| format!(" of {}", dollars(limit)));
            let tokens = usage.input_tokens + usage.output_tokens;
            let _ = writeln!(
                out,
                "{name:<12}{:<16}{:<20}{}{of}",
                counted(*requests as usize, "request"),
                format!("{} tokens", grouped(tokens)),
                money(usage),
            );
        }
        if !self.days.is_empty() {
            let head = [
                "day", "model", "requests", "input", "cached", "output", "cost",
            ]
            .map(str::to_owned);
            let mut rows = vec![head];
            rows.extend(self.days.iter().map(|spend| {
                let usage = &spend.usage;
                [
                    spend.day.clone(),
                    visible(&spend.model.to_string()).to_string(),
                    grouped(spend.requests),
                    grouped(usage.input_tokens),
                    grouped(usage.cached_tokens),
                    grouped(usage.output_tokens),
                    money(usage),
                ]
            }));
            out.push('\n');
            out.push_str(&table(&rows));
        }
        let learnt = self.store.counters();
        if !learnt.is_empty() {
            let _ = writeln!(out, "\n{}", paint(HELP, "Learnt in this workspace"));
            for (name, count) in learnt {
                let _ = writeln!(
                    out,
                    "{:>8}  {}",
                    grouped(count),
                    visible(&name.replace('-', " "))
                );
            }
        }
        let record = self.store.record().display().to_string();
        let requests = counted(self.verified.requests as usize, "request");
        let _ = match &self.verified.broken {
            None => writeln!(
                out,
                "\nRecord of requests: {requests}, as they were written {}",
                paint(FAINT, format_args!("({})", visible(&record)))
            ),
            Some(broken) => writeln!(
                out,
                "\n{} line {} of {}: {}",
                paint(BAD, "The record of requests was changed:"),
                broken.line,
                visible(&record),
                visible(&broken.why),
            ),
        };
        out
    }

    fn json(&self) -> Value {
        let sum = |(requests, usage): &(u64, Usage), limit: Option<u64>| {
            let mut value = used(*requests, usage);
            value["budget_usd"] = json!(limit.map(usd));
            value
        };
        let days: Vec<_> = self
            .days
            .iter()
            .map(|spend| {
                let mut value = used(spend.requests, &spend.usage);
                value["day"] = json!(spend.day);
                value["model"] = json!(spend.model.to_string());
                value
            })
            .collect();
        json!({
            "schema": "obelus.usage/1",
            "today": sum(&self.today, self.day_limit),
            "month": sum(&self.month, self.month_limit),
            "days": days,
            "learnt": self.store.counters(),
            "record": {
                "path": self.store.record().display().to_string(),
                "requests": self.verified.requests,
                "broken": self.verified.broken.as_ref().map(|broken| json!({"line": broken.line, "why": broken.why})),
            },
        })
    }
}

fn used(requests: u64, usage: &Usage) -> Value {
    json!({
        "requests": requests,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_micro_usd.map(usd),
        "estimated": usage.estimated,
    })
}

fn usd(micro: u64) -> f64 {
    micro as f64 / 1e6
}

/// Requests and use of the days that begin with `prefix`.
fn sum(days: &[Spend], prefix: &str) -> (u64, Usage) {
    let nothing = Usage {
        cost_micro_usd: Some(0),
        ..Usage::default()
    };
    let days = days.iter().filter(|spend| spend.day.starts_with(prefix));
    days.fold((0, nothing), |(requests, usage), spend| {
        (requests + spend.requests, usage.plus(spend.usage))
    })
}

fn money(usage: &Usage) -> String {
    match usage.cost_micro_usd {
        Some(cost) if usage.estimated && cost > 0 => format!("about {}", dollars(cost)),
        Some(cost) => dollars(cost),
        None => "price not known".to_owned(),
    }
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Columns under each other: the first two to the left, figures to the right.
fn table(rows: &[[String; 7]]) -> String {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..7).map(width).collect();
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells =
            row.iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, width))| match column {
                    0 | 1 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = match number {
            0 => writeln!(out, "{}", paint(FAINT, line)),
            _ => writeln!(out, "{line}"),
        };
    }
    out
}

pub(crate) fn now() -> Seconds {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn figures_are_grouped() {
        let shown = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }
}
