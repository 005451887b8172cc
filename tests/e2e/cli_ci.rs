//! In CI a change must not configure its own review.

use crate::support::Sandbox;

const MARKER: &str = "<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n";
const OFF: &str = "[rules]\n\"text/*\" = \"off\"\n";
const CI: &[(&str, &str)] = &[("CI", "true")];

#[test]
fn a_change_cannot_switch_its_own_review_off() {
    let sandbox = Sandbox::plain();
    let mut repo = sandbox.scaffold();
    repo.commit("First", &[("a.txt", "one\n")])
        .expect("a commit");
    repo.commit("Sneaky", &[("a.txt", MARKER), ("obelus.toml", OFF)])
        .expect("a commit");
    for args in ["review HEAD", "review HEAD~1..HEAD", "review --base HEAD~1"] {
        sandbox
            .run_with(CI, args)
            .exits(1)
            .says(&["note: this change touches obelus.toml", "--trust"]);
        sandbox.run_with(CI, &format!("{args} --trust")).exits(0);
        sandbox.run(args).exits(0);
    }
    sandbox.run_with(&[("CI", "false")], "review HEAD").exits(0);
}

#[test]
fn configuration_of_the_base_counts() {
    let sandbox = Sandbox::plain();
    let mut repo = sandbox.scaffold();
    repo.commit("First", &[("a.txt", "one\n"), ("obelus.toml", OFF)])
        .expect("a commit");
    repo.commit("Second", &[("a.txt", MARKER)])
        .expect("a commit");
    let ran = sandbox.run_with(CI, "review HEAD").exits(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn rules_and_dismissals_of_the_change_are_not_believed_either() {
    let sandbox = Sandbox::committed(&[("a.txt", "one\n")]);
    sandbox
        .write(".obelus/rules/broken.yml", "id: [")
        .write("a.txt", MARKER);
    let ran = sandbox
        .run_with(CI, "review")
        .exits(1)
        .says(&["note: this change touches .obelus/rules/broken.yml"]);
    assert!(
        !ran.stderr.contains("warning:"),
        "the change's rules were read:\n{}",
        ran.stderr
    );
}

#[test]
fn without_a_base_nothing_is_believed() {
    let sandbox = Sandbox::plain();
    sandbox.write("a.txt", MARKER).write("obelus.toml", OFF);
    sandbox
        .run_with(CI, "review --all")
        .exits(1)
        .says(&["no base revision", "--trust"]);
    sandbox.run_with(CI, "review --all --trust").exits(0);
}
