//! What a model answered, for people to read: sentences with the places they rest on, as links that open.

use std::fmt::Write as _;

use base::RelPath;
use review::ask::Answer;
use serde_json::{Value, json};

use crate::hover::escape;
use crate::uri;

/// The answer in Markdown; `folder`: the URI of the folder that the places lie in.
pub(crate) fn markdown(answer: &Answer, folder: &str) -> String {
    let mut text = String::new();
    for (sentence, places) in &answer.sentences {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(sentence);
        let links: Vec<String> = places.iter().map(|place| link(place, folder)).collect();
        if !links.is_empty() {
            // Writing to a string cannot fail.
            let _written = write!(text, " ({})", links.join(", "));
        }
        text.push('\n');
    }
    text
}

/// The places of an answer: path, 1-based line, URI.
pub(crate) fn places(places: &[(RelPath, u32)], folder: &str) -> Value {
    let places = places.iter().map(|(path, line)| {
        json!({ "path": path.as_str(), "line": line, "uri": uri::join(folder, path) })
    });
    places.collect()
}

/// A place as a link.
pub(crate) fn link((path, line): &(RelPath, u32), folder: &str) -> String {
    let shown = escape(&format!("{path}:{line}"));
    format!("[{shown}]({}#L{line})", uri::join(folder, path))
}

/// What should be said of sentences that were left out.
pub(crate) fn note(answer: &Answer) -> Option<String> {
    (answer.dropped > 0).then(|| {
        format!(
            "left out {} of the model's sentences: what they name or cite is not in the code",
            answer.dropped
        )
    })
}

#[cfg(test)]
mod tests {
    use base::RelPath;
    use review::ask::Answer;

    use super::{markdown, note};

    #[test]
    fn places_are_links() {
        let path = RelPath::new("a b/_x_.rs").expect("a path");
        let place = (path, 3);
        let answer = Answer {
            sentences: vec![("It is so.".to_owned(), vec![place.clone()])],
            places: vec![place],
            dropped: 2,
        };
        assert_eq!(
            markdown(&answer, "file:///w"),
            "It is so. ([a b/\\_x\\_.rs:3](file:///w/a%20b/_x_.rs#L3))\n"
        );
        assert!(note(&answer).is_some_and(|note| note.starts_with("left out 2")));
    }
}
