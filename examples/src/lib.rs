//! Complete programs on the library: run them with `cargo run -p thermo-examples --example NAME`.
