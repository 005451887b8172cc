//! Language models, from the command line to the wire: the real binary against a provider of our own on this machine.

use serde_json::Value;

use crate::support::Sandbox;

#[test]
fn without_a_model_there_is_nothing_to_pay() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox.run("usage").exits(0).shows(&[
        "Today",
        "0 requests",
        "$0.00 of $5.00",
        "as they were written",
    ]);
    let json = sandbox.run("usage --format json").exits(0).stdout;
    let usage: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(usage["schema"], "obelus.usage/1");
    assert_eq!(
        (&usage["today"]["requests"], &usage["record"]["broken"]),
        (&0.into(), &Value::Null)
    );
    let state = sandbox.home().join(".local/state/obelus");
    assert!(!state.exists(), "looking makes no file");
}

#[test]
fn the_doctor_says_what_works() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    sandbox.run("doctor").exits(0).shows(&[
        "git ",
        "index ",
        "trust ",
        "configuration ",
        "state ",
        "record ",
        "none is named",
    ]);
    let json = sandbox.run("doctor --format json").exits(0).stdout;
    let doctor: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&doctor["schema"], &doctor["works"]),
        (&"obelus.doctor/1".into(), &true.into())
    );
    sandbox.write("obelus.toml", "profil = 1\n");
    sandbox
        .run("doctor")
        .exits(3)
        .shows(&["fails", "obelus.toml:1: profil: unknown key"]);
}

#[test]
fn a_key_is_for_the_keyring_alone() {
    let sandbox = Sandbox::committed(&[("a.txt", "a\n")]);
    let off = [("OBELUS_KEYRING", "off")];
    // Standard input is empty here.
    let ran = sandbox.run_with(&off, "config set-key anthropic").exits(2);
    ran.says(&["no key was given"]);
    let ran = sandbox.run_with(&off, "config set-key antropic").exits(2);
    ran.says(&["no provider is called `antropic`", "anthropic"]);
}
