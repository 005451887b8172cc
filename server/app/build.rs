//! Compiles `src/heap.c` into the program itself. Linked as an object and not as a library: nothing calls it, so a
//! library would be left out.

fn main() {
    println!("cargo::rerun-if-changed=src/heap.c");
    let is_glibc = std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu");
    let is_linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    if !(is_glibc && is_linux) {
        return;
    }
    for object in cc::Build::new().file("src/heap.c").compile_intermediates() {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
}
