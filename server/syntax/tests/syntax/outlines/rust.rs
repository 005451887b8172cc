//! Module.
use std::{fs::{self, File as F}, io::*};
use crate::a::b;

/// Doc of A.
/// More.
#[derive(Debug, Clone)]
pub struct A<T> { pub x: B<T>, y: u8 }

impl<T> fmt::Display for A<T> where T: Ord {
    /// Says.
    fn fmt(&self, f: &mut Formatter<'_>, mut n: usize, (a, b): (u8, u8)) -> fmt::Result {
        let local = helper(f, 1);
        let Some(other) = self.x.next::<u8>() else { return };
        println!("{}", foo(local, other));
        B { x: 1, y: CONST }.call(|q| q + g);
        Ok(())
    }
}
pub(crate) async fn run() {}
#[cfg(test)]
mod tests {
    #[test]
    fn works() { assert_eq!(run(), A::new(1)) }
}

pub trait Shape: Named + geometry::Solid<f32> {
    type Unit;
    const SIDES: usize = 0;
    fn area(&self) -> f64;
}
enum Colour { Red, Rgb { r: u8 }, Mixed(Vec<Colour>) }
macro_rules! shout { ($x:expr) => { println!($x) } }
static NAMES: &[&str] = &["a"];
const fn size() -> usize { NAMES.len() + Colour::Red as usize }
union Bits { word: u32 }
type Grid = Vec<Vec<u8>>; // trailing, documents nothing
mod deep {
    // Not documentation, an empty line follows.

    unsafe extern "C" fn raw(pointer: *const u8, ...) {}
    #[tokio::test(flavor = "multi_thread")]
    async fn waits() { 'outer: loop { break 'outer; } }
    impl<'a> super::Shape for &'a mut Bits { type Unit = u8; fn area(&self) -> f64 { 0.0 } }
}
