//! The client against the fake provider, over real HTTP: what it sends, what it understands, how it fails.

mod ask;
mod faults;
mod keys;
mod manners;
mod protocols;
