//! Texts to read: what a command made, opened in the editor as a document.
//!
//! Where the client can ask for the content of a document of ours (`workspace/textDocumentContent`) nothing is written
//! to a disk; elsewhere the host writes a file. What was put here longest ago goes first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::event_loop::Loop;
use crate::host::Host;
use crate::live::lock;
use crate::outbox::Outbox;

/// The scheme of our documents.
pub(crate) const SCHEME: &str = "obelus";
/// Documents that are kept.
const KEPT: usize = 16;

/// The documents by URI.
type Texts = Arc<Mutex<VecDeque<(String, String)>>>;

/// The documents that can be asked for, and the way to open one.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Texts);

impl Shelf {
    pub(crate) fn get(&self, uri: &str) -> Option<String> {
        let texts = lock(&self.0);
        let found = texts.iter().find(|(known, _)| known == uri);
        found.map(|(_, text)| text.clone())
    }

    fn put(&self, uri: String, text: String) {
        let mut texts = lock(&self.0);
        texts.retain(|(known, _)| *known != uri);
        texts.push_back((uri, text));
        if texts.len() > KEPT {
            texts.pop_front();
        }
    }
}

/// What is needed to show a text, away from the loop.
#[derive(Clone)]
pub(crate) struct Shows {
    shelf: Shelf,
    host: Arc<dyn Host>,
    outbox: Outbox,
    /// The client can open a document, and it can ask for the content of one of ours.
    can: (bool, bool),
    id: u64,
}

impl Shows {
    pub(crate) fn of(state: &mut Loop) -> Self {
        state.next_id += 1;
        Self {
            shelf: state.shelf.clone(),
            host: Arc::clone(&state.host),
            outbox: state.outbox.clone(),
            can: (state.abilities.show_document, state.abilities.content),
            id: state.next_id,
        }
    }

    /// Opens a text as a Markdown document and says where it is; `None` where the client cannot. May write a file.
    pub(crate) fn show(&self, name: &str, text: &str) -> Option<String> {
        let (can_open, can_ask) = self.can;
        if !can_open {
            return None;
        }
        let uri = if can_ask {
            let uri = format!("{SCHEME}:/{}/{name}.md", self.id);
            self.shelf.put(uri.clone(), text.to_owned());
            uri
        } else {
            self.host.page(name, text)?
        };
        self.outbox.open_document(uri.clone());
        Some(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Shelf};

    #[test]
    fn the_oldest_goes_first() {
        let shelf = Shelf::default();
        for number in 0..=KEPT {
            shelf.put(number.to_string(), format!("text {number}"));
        }
        shelf.put("3".to_owned(), "again".to_owned());
        assert_eq!(shelf.get("0"), None);
        assert_eq!(shelf.get("1").as_deref(), Some("text 1"));
        assert_eq!(shelf.get("3").as_deref(), Some("again"));
    }
}
