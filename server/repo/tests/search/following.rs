//! How the index follows the disk, and what two processes on one workspace do.

use base::search::Index;
use base::{Cancel, Text};

use crate::support::{Place, definitions, everything, refresh, rel, update};

const TWO: &str = "//- a.rs\nfn alpha() { beta() }\n//- b.rs\nfn beta() {}\n";

#[test]
fn an_unchanged_workspace_is_not_indexed_again() {
    let place = Place::new(TWO);
    let first = refresh(&place.open());
    assert_eq!((first.looked_at, first.indexed, first.removed), (2, 2, 0));
    let index = place.open();
    assert_eq!(definitions(&index, "beta"), "b.rs function beta", "at once");
    assert!(!index.status().fresh);
    let generation = index.status().generation;
    let again = refresh(&index);
    assert_eq!((again.looked_at, again.indexed, again.removed), (2, 0, 0));
    assert_eq!(index.status().generation, generation);
    let status = index.status();
    assert!(status.fresh && status.writer && status.notice.is_none());
    assert_eq!((status.files, status.symbols, status.chunks), (2, 2, 2));
    assert!(status.bytes_on_disk > 0);
}

#[test]
fn a_saved_file_replaces_what_was_known_of_it() {
    let place = Place::new(TWO);
    let index = place.index();
    place.write("b.rs", "fn gamma() {}\n");
    place.write("c/new.rs", "fn delta() {}\n");
    place.remove("a.rs");
    let done = update(&index, &["b.rs", "c/new.rs", "a.rs", "b.rs", "never.rs"]);
    assert_eq!((done.indexed, done.removed), (2, 1));
    assert_eq!(definitions(&index, "beta"), "");
    assert_eq!(definitions(&index, "gamma"), "b.rs function gamma");
    assert_eq!(everything(&index), place.anew());
    drop(index);
    assert_eq!(
        everything(&place.open()),
        place.anew(),
        "and after a restart"
    );
}

#[test]
fn many_small_updates_end_equal_to_the_disk() {
    let place = Place::new(TWO);
    let index = place.index();
    for round in 0..30 {
        let path = format!("m{}.rs", round % 7);
        place.write(&path, &format!("fn round_{round}() {{ beta() }}\n"));
        update(&index, &[&path]);
    }
    assert_eq!(everything(&index), place.anew());
    assert_eq!(index.status().files, 9);
}

#[test]
fn lost_events_are_healed_by_a_refresh() {
    let place = Place::new(TWO);
    let index = place.index();
    place.write("b.rs", "fn other() {}\n");
    place.remove("a.rs");
    place.write("z.rs", "fn zeta() {}\n");
    let done = refresh(&index);
    assert_eq!((done.indexed, done.removed), (2, 1));
    assert_eq!(everything(&index), place.anew());
}

#[test]
fn a_file_that_becomes_ignored_is_forgotten() {
    let place = Place::new(TWO);
    let index = place.index();
    place.write(".gitignore", "a.rs\n");
    refresh(&index);
    assert_eq!(definitions(&index, "alpha"), "");
    place.write("a.rs", "fn alpha_two() {}\n");
    update(&index, &["a.rs"]);
    assert_eq!(definitions(&index, "alpha_two"), "");
}

#[test]
fn a_cancelled_build_goes_on_where_it_stopped() {
    let files: String = (0..1_500)
        .map(|n| format!("//- f{n}.rs\nfn f{n}() {{}}\n"))
        .collect();
    let place = Place::new(&files);
    let index = place.open();
    let cancel = Cancel::new();
    let stopped = index.refresh(
        &|done, _| {
            if done == 200 {
                cancel.cancel()
            }
        },
        &cancel,
    );
    assert!(stopped.is_err());
    let part = index.status();
    assert!(
        part.files >= 200 && part.files < 1_500 && !part.fresh,
        "{part:?}"
    );
    drop(index);
    let index = place.open();
    assert_eq!(index.status().files, part.files, "what was done is kept");
    let rest = refresh(&index);
    assert_eq!(rest.indexed, 1_500 - part.files);
    assert_eq!(index.status().files, 1_500);
}

#[test]
fn one_writes_and_the_other_reads_and_takes_over() {
    let place = Place::new(TWO);
    let writer = place.index();
    let reader = place.open();
    assert!(!reader.status().writer && writer.status().writer);
    assert_eq!(definitions(&reader, "beta"), "b.rs function beta");
    assert!(refresh(&reader).left_to_writer);
    place.write("b.rs", "fn changed() {}\n");
    update(&writer, &["b.rs"]);
    assert!(update(&reader, &["b.rs"]).left_to_writer);
    let mut tries = 0;
    while definitions(&reader, "changed").is_empty() {
        tries += 1;
        assert!(tries < 100, "the reader never follows");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    drop(writer);
    place.write("b.rs", "fn once_more() {}\n");
    assert_eq!(update(&reader, &["b.rs"]).indexed, 1);
    assert!(reader.status().writer);
    assert_eq!(everything(&reader), place.anew());
}

#[test]
fn an_overlay_can_name_a_file_that_is_not_on_disk() {
    let place = Place::new(TWO);
    let index = place.index();
    index.set_open(
        &rel("new.rs"),
        Some(&Text::new("fn unsaved() { alpha() }\n")),
    );
    assert_eq!(definitions(&index, "unsaved"), "new.rs function unsaved");
    assert_eq!(index.files().len(), 3);
    assert_eq!(index.references("alpha", 10).len(), 1);
}

#[test]
fn a_rebuild_gives_the_same() {
    let place = Place::new(TWO);
    let index = place.index();
    let before = everything(&index);
    let done = index.rebuild(&|_, _| {}, &Cancel::new()).unwrap();
    assert_eq!(done.indexed, 2);
    assert_eq!(everything(&index), before);
}
