//! What can go wrong with a provider: the 30 kinds of the fault model, each with its number, and the moments.
//!
//! A kind may have several faces (429 with seconds, with a date). Faults of the transport are played by `server`, those
//! that a provider reports by `protocol`, those of the model's own text here, on any JSON text.

use std::time::Duration;

use serde_json::Value;

/// When it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Instead of an answer.
    Before,
    /// After the headers of a good answer, in place of the first event.
    Start,
    /// After about half of the text.
    Middle,
}

impl Moment {
    /// Every moment.
    pub const ALL: [Self; 3] = [Self::Before, Self::Start, Self::Middle];
}

/// What goes wrong. A fault that a provider reports (a status) is an error event once the stream has begun.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 429 with `retry-after` in seconds.
    LimitedSeconds(u64),
    /// 429 with `retry-after` as a date, so many seconds from now.
    LimitedDate(u64),
    /// 429 with `retry-after-ms`.
    LimitedMillis(u64),
    /// 429 without any hint.
    Limited,
    /// 429, come back in a day.
    LimitedDay,
    /// 429 (402 is a [`Fault::Status`]): the account has no credit.
    Quota,
    /// 529, or the protocol's word for it.
    Overloaded,
    /// A server's error without an explanation.
    Status(u16),
    /// The connection is refused: reset before a byte of the answer. See also [`crate::Nowhere`].
    Refused,
    /// 407 of a proxy.
    ProxyLogin,
    /// 200 with a page of HTML: a captive portal.
    Portal,
    /// Nothing at all.
    NoHeaders,
    /// It stops sending and keeps the connection open.
    Stall,
    /// One byte, then this long nothing, and so on.
    Trickle(Duration),
    /// The connection is reset.
    Reset,
    /// The stream ends as if it were complete, without its last event.
    Eof,
    /// An error event after a status of 200.
    ErrorEvent,
    /// The model reaches the limit of output tokens.
    CutAtMaxTokens,
    /// An event whose JSON is broken.
    MalformedEvent,
    /// The reply's JSON in a fence with prose around it.
    Fenced,
    /// The reply's JSON broken off, though the stream is complete.
    BrokenJson,
    /// Numbers as texts, nulls and extra members in the reply's JSON.
    WrongSchema,
    /// The model refuses.
    Refusal,
    /// A filter stops the answer.
    Filtered,
    /// No candidate at all.
    NoCandidates,
    /// 400: longer than the context.
    TooLong,
    /// 413.
    TooLarge,
    /// The context ends while the model writes (a stop reason).
    ContextStop,
    /// 401 or what the protocol has for it.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404: no such model.
    UnknownModel,
    /// Every `line` of the reply is out of range.
    LineOutOfRange,
    /// Every `path` of the reply names a file that is not there.
    UnknownFile,
    /// Every item of the reply comes twice.
    Duplicates,
    /// A redirect with this status to this address.
    Redirect(u16, String),
    /// A body that inflates to a gigabyte, compressed without being asked.
    GzipBomb,
    /// A body that does not end.
    Endless,
    /// A text that is no UTF-8.
    InvalidUtf8,
    /// NUL, ANSI escapes and other control characters in the text.
    Control,
    /// Events of kinds that nobody knows among the others.
    UnknownEvents,
    /// The terminal event comes before the text.
    Reordered,
    /// A complete answer without a text.
    Empty,
}

impl Fault {
    /// One or more faces of each kind; `elsewhere` is where redirects lead. Kind 8 is [`crate::Provider::start_tls`].
    pub fn all(elsewhere: &str) -> Vec<Self> {
        vec![
            Self::LimitedSeconds(0),
            Self::LimitedSeconds(7),
            Self::LimitedDate(0),
            Self::LimitedDate(120),
            Self::LimitedMillis(5),
            Self::Limited,
            Self::LimitedDay,
            Self::Quota,
            Self::Overloaded,
            Self::Status(500),
            Self::Status(502),
            Self::Status(503),
            Self::Status(504),
            Self::Refused,
            Self::ProxyLogin,
            Self::Portal,
            Self::NoHeaders,
            Self::Stall,
            Self::Trickle(Duration::from_secs(1)),
            Self::Reset,
            Self::Eof,
            Self::ErrorEvent,
            Self::CutAtMaxTokens,
            Self::MalformedEvent,
            Self::Fenced,
            Self::BrokenJson,
            Self::WrongSchema,
            Self::Refusal,
            Self::Filtered,
            Self::NoCandidates,
            Self::TooLong,
            Self::TooLarge,
            Self::ContextStop,
            Self::Unauthorized,
            Self::Forbidden,
            Self::UnknownModel,
            Self::LineOutOfRange,
            Self::UnknownFile,
            Self::Duplicates,
            Self::Redirect(302, elsewhere.to_owned()),
            Self::Redirect(307, elsewhere.to_owned()),
            Self::Redirect(308, elsewhere.to_owned()),
            Self::GzipBomb,
            Self::Endless,
            Self::InvalidUtf8,
            Self::Control,
            Self::UnknownEvents,
            Self::Reordered,
            Self::Empty,
        ]
    }

    /// The number in the fault model, 1 to 30.
    pub fn kind(&self) -> u8 {
        match self {
            Self::LimitedSeconds(_) | Self::Limited => 1,
            Self::LimitedDate(_) | Self::LimitedMillis(_) => 2,
            Self::LimitedDay => 3,
            Self::Quota => 4,
            Self::Overloaded => 5,
            Self::Status(_) => 6,
            Self::Refused => 7,
            Self::ProxyLogin | Self::Portal => 9,
            Self::NoHeaders => 10,
            Self::Stall => 11,
            Self::Trickle(_) => 12,
            Self::Reset => 13,
            Self::Eof => 14,
            Self::ErrorEvent => 15,
            Self::CutAtMaxTokens => 16,
            Self::MalformedEvent | Self::Fenced | Self::BrokenJson => 17,
            Self::WrongSchema => 18,
            Self::Refusal | Self::Filtered | Self::NoCandidates => 19,
            Self::TooLong | Self::TooLarge | Self::ContextStop => 20,
            Self::Unauthorized | Self::Forbidden => 21,
            Self::UnknownModel => 22,
            Self::LineOutOfRange => 23,
            Self::UnknownFile => 24,
            Self::Duplicates => 25,
            Self::Redirect(..) => 26,
            Self::GzipBomb | Self::Endless => 27,
            Self::InvalidUtf8 | Self::Control => 28,
            Self::UnknownEvents | Self::Reordered => 29,
            Self::Empty => 30,
        }
    }

    /// What becomes of the model's text, where the fault lies in the text.
    pub(crate) fn spoil(&self, text: &str) -> String {
        let json = |change: fn(&mut Value)| match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                each(&mut value, change);
                value.to_string()
            }
            Err(_) => text.to_owned(),
        };
        match self {
            Self::Fenced => format!("Sure, here it is:\n```json\n{text}\n```\nAnything else?"),
            Self::BrokenJson => text.chars().take(text.chars().count() / 2).collect(),
            Self::WrongSchema => json(wrong_schema),
            Self::LineOutOfRange => json(|value| member(value, "line", &Value::from(9_999_999))),
            Self::UnknownFile => {
                json(|value| member(value, "path", &Value::from("no/such/file.rs")))
            }
            Self::Duplicates => json(|value| {
                if let Value::Array(items) = value {
                    items.extend(items.clone());
                }
            }),
            Self::Control => format!("{text}\u{0}\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}"),
            Self::Empty => String::new(),
            _ => text.to_owned(),
        }
    }
}

/// Applies a change to every value, the innermost last; without recursion.
fn each(value: &mut Value, change: fn(&mut Value)) {
    let mut todo = vec![value];
    while let Some(value) = todo.pop() {
        change(value);
        match value {
            Value::Array(items) => todo.extend(items.iter_mut()),
            Value::Object(members) => todo.extend(members.values_mut()),
            _ => {}
        }
    }
}

fn member(value: &mut Value, part: &str, new: &Value) {
    if let Value::Object(members) = value {
        for (name, value) in members.iter_mut() {
            if name.contains(part) {
                *value = new.clone();
            }
        }
    }
}

fn wrong_schema(value: &mut Value) {
    if let Value::Object(members) = value {
        for (name, value) in members.iter_mut() {
            if let Some(number) = value.as_i64() {
                *value = Value::from(format!("{number}.0"));
            } else if name.starts_with('s') && value.is_string() {
                *value = Value::Null;
            }
        }
        members.insert("extra".to_owned(), Value::from(true));
    }
}
