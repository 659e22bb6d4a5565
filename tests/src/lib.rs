//! The README's Rust code, compiled and run as documentation tests.

#![doc = include_str!("../../README.md")]
