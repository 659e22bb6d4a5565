//! The README's Rust code, compiled and run as documentation tests.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
