//! rust_probe: a guest that rustc builds for WASI.
//!
//!   speak(number: i32)   prints "number N of M" to standard error and output, with the macros of the
//!                        standard library; M counts the calls that have committed
//!
// target: wasi

#[path = "../../guests/rust/mooring.rs"]
mod mooring;

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

static CALLS: AtomicI32 = AtomicI32::new(0);

#[no_mangle]
pub extern "C" fn speak(number: i32) {
    let calls = CALLS.fetch_add(1, Relaxed) + 1;
    eprintln!("number {} of {}", number, calls);
    print!("number {} of ", number);
    println!("{}", calls);
}
