//! Conversations: kept in order, found by their words, gone on with from another window, never more than their limit.

use base::conversation::{LONGEST, MOST_CONVERSATIONS, MOST_TURNS};
use base::{ConversationId, Conversations, RelPath, Turn};

use super::store;

fn turn(question: &str, answer: &str) -> Turn {
    Turn {
        question: question.to_owned(),
        answer: answer.to_owned(),
        places: vec![
            (RelPath::new("src/a:b.rs").unwrap(), 3),
            (RelPath::new("src/c.rs").unwrap(), 40),
        ],
        model: "a/b".to_owned(),
        at: 1_795_269_059,
    }
}

#[test]
fn what_was_said_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(folder.path());
    assert_eq!(first.list(&[]).unwrap(), []);
    assert_eq!(first.turns(ConversationId(1)).unwrap(), []);
    let one = first
        .keep(
            None,
            &turn("What does lex do?", "It splits 100% of the text."),
        )
        .unwrap();
    let two = first
        .keep(None, &turn("Who calls parse?", "`main` does."))
        .unwrap();
    assert_eq!((one, two), (ConversationId(1), ConversationId(2)));
    // Another window goes on with it.
    let other = store(folder.path());
    assert_eq!(
        other
            .keep(Some(one), &turn("And why?", "Für die Tests."))
            .unwrap(),
        one
    );
    let said = other.turns(one).unwrap();
    assert_eq!(said.len(), 2);
    assert_eq!(
        said[0],
        turn("What does lex do?", "It splits 100% of the text.")
    );
    let ids = |words: &[&str]| -> Vec<u64> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let found = other.list(&words).unwrap();
        found.iter().map(|found| found.id.0).collect()
    };
    assert_eq!(ids(&[]), [1, 2], "what was gone on with last comes first");
    assert_eq!(ids(&["PARSE"]), [2]);
    assert_eq!(ids(&["lex", "Tests"]), [1], "each word, in any turn");
    assert_eq!(ids(&["lex", "parse"]), Vec::<u64>::new());
    assert_eq!(ids(&["100%"]), [1]);
    assert_eq!(ids(&["%"]), [1], "a sign, not a pattern");
    assert_eq!(ids(&["l_x"]), Vec::<u64>::new());
    let listed = other.list(&[]).unwrap();
    assert_eq!(
        (listed[0].title.as_str(), listed[0].turns),
        ("What does lex do?", 2)
    );
    assert!(other.forget(one).unwrap());
    assert!(!other.forget(one).unwrap());
    assert_eq!(first.list(&[]).unwrap().len(), 1);
}

#[test]
fn there_is_a_limit_to_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    for number in 0..MOST_CONVERSATIONS + 3 {
        store.keep(None, &turn(&number.to_string(), "")).unwrap();
    }
    let all = store.list(&[]).unwrap();
    assert_eq!(all.len(), MOST_CONVERSATIONS);
    assert_eq!(all.last().unwrap().title, "3", "what rested longest went");
    let id = all[0].id;
    for number in 0..MOST_TURNS {
        store
            .keep(Some(id), &turn(&number.to_string(), ""))
            .unwrap();
    }
    let turns = store.turns(id).unwrap();
    assert_eq!((turns.len(), turns[0].question.as_str()), (MOST_TURNS, "0"));
    let long = "ü".repeat(LONGEST + 5);
    store.keep(Some(id), &turn(&long, &long)).unwrap();
    let last = store.turns(id).unwrap().pop().unwrap();
    assert_eq!(last.answer.chars().count(), LONGEST);
}

#[test]
fn a_database_of_the_version_before_is_brought_up() {
    let folder = tempfile::tempdir().unwrap();
    let kept = store(folder.path()).keep(None, &turn("a", "b"));
    kept.unwrap();
    let file = folder.path().join("0123456789abcdef/state.db");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch("DROP TABLE turn; PRAGMA user_version = 1;")
        .unwrap();
    drop(old);
    let store = store(folder.path());
    assert_eq!(store.list(&[]).unwrap(), []);
    store.keep(None, &turn("a", "b")).unwrap();
    assert_eq!(store.list(&[]).unwrap().len(), 1);
    assert_eq!(store.take_notes(), Vec::<String>::new());
}
