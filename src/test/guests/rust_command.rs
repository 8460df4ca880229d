//! rust_command: a command that rustc builds. See command.c.
//!
// target: wasi-command

use std::io::Read;

fn main() {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    eprintln!("read {}", input.len());
    println!("Hello, {}", input);
    std::process::exit(input.parse().unwrap_or(0));
}
