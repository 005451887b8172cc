//! A whole session, from the handshake to the end.

use serde_json::json;

use crate::client::{Setup, places, range};

/// A document with a finding: a character nobody sees.
pub(crate) const HIDDEN: &str = "plain\na\u{200b}b\n";
pub(crate) const INVISIBLE: &str = "text/invisible-unicode";

#[test]
fn findings_follow_the_document_from_open_to_close() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    assert_eq!(
        client.result["serverInfo"],
        json!({ "name": "obelus", "version": "1.2.3" })
    );
    let uri = "file:///w/a.txt";
    client.open(uri, HIDDEN);
    assert_eq!(
        places(&client.diagnostics(uri, Some(1))),
        [(INVISIBLE, (1, 1, 1, 2))]
    );
    client.change(uri, 2, json!([{ "range": range(1, 1, 1, 2), "text": "" }]));
    assert_eq!(places(&client.diagnostics(uri, Some(2))), []);
    client.change(
        uri,
        3,
        json!([{ "range": range(0, 0, 0, 0), "text": "x\u{200b}y\n" }]),
    );
    assert_eq!(
        places(&client.diagnostics(uri, Some(3))),
        [(INVISIBLE, (0, 1, 0, 2))]
    );
    client.close(uri);
    assert_eq!(client.diagnostics(uri, None), []);
}

#[test]
#[should_panic(expected = "messages that nobody consumed")]
fn a_message_that_nobody_consumed_fails_the_test() {
    let mut client = Setup::new("//- a.txt\nplain\n").start();
    client.open("file:///w/a.txt", HIDDEN);
    client.diagnostics("file:///w/a.txt", Some(1));
    client.close("file:///w/a.txt");
    // What comes behind it has come, so it has too.
    client.open("file:///w/b.txt", HIDDEN);
    client.diagnostics("file:///w/b.txt", Some(1));
    client.close("file:///w/b.txt");
    client.diagnostics("file:///w/b.txt", None);
}
