//! Mooring's guest SDK for Rust: safe functions over the imports of the module `mooring`. See
//! ../c/mooring.h for what each import promises: the ABI is the same, and only the spelling
//! differs.
//!
//! A guest is a `cdylib` for `wasm32-unknown-unknown` that says `mod mooring;` and exports
//! functions with `#[no_mangle] pub extern "C" fn`. The standard library's collections work. A
//! panic is a trap: the call rolls back, and the session lives on.

#![allow(dead_code, unused_imports, unused_macros)] // a guest uses what it needs

use std::cell::UnsafeCell;

mod abi {
    #[link(wasm_import_module = "mooring")]
    extern "C" {
        pub fn input_len() -> u32;
        pub fn input_read(to: *mut u8, offset: u32, length: u32) -> u32;
        pub fn output_write(from: *const u8, length: u32);
        pub fn event(from: *const u8, length: u32);
        pub fn fail(message: *const u8, length: u32) -> !;
        pub fn log(level: u32, from: *const u8, length: u32);
        pub fn config_get(key: *const u8, key_length: u32, to: *mut u8, capacity: u32) -> i32;
        pub fn time_unix_nanos() -> i64;
        pub fn random(to: *mut u8, length: u32);
        pub fn traceparent(to: *mut u8, capacity: u32) -> i32;
        pub fn timer_set(id: i32, millis: u32);
        pub fn timer_clear(id: i32);
    }
}

/// Declares the configuration keys that a guest knows, one `key: description` per line; the server
/// then refuses others. At file scope: `mooring::config_keys!(b"level: how deep to look\n");`
macro_rules! config_keys {
    ($lines:literal) => {
        #[used]
        #[link_section = "mooring.config"]
        static CONFIG_KEYS: [u8; $lines.len()] = *$lines;
    };
}
pub(crate) use config_keys;

/// Allows the initialisation to be given the same for all sessions, which MOORING_INITIALISATION in
/// ../c/mooring.h is about. At file scope: `mooring::initialisation!(b"clock random\n");`
macro_rules! initialisation {
    ($words:literal) => {
        #[used]
        #[link_section = "mooring.initialisation"]
        static INITIALISATION: [u8; $words.len()] = *$words;
    };
}
pub(crate) use initialisation;

/// A library that is built for WASI has no beginning, and so nobody to run the libc's constructors.
/// Then the linker takes it for a command, and wraps every export in a function that runs them, and
/// the libc's destructors, at each call. (For wasm32-unknown-unknown there are none.)
#[cfg(target_os = "wasi")]
#[no_mangle]
pub extern "C" fn _initialize() {
    extern "C" {
        fn __wasm_call_ctors();
    }
    unsafe { __wasm_call_ctors() }
}

/// What a session keeps between calls: a `static` that calls may change. Sound because an instance
/// has one thread, and because `with` refuses to be entered twice.
pub struct State<T> {
    value: UnsafeCell<T>,
    entered: UnsafeCell<bool>,
}

unsafe impl<T> Sync for State<T> {}

impl<T> State<T> {
    pub const fn new(value: T) -> Self {
        State { value: UnsafeCell::new(value), entered: UnsafeCell::new(false) }
    }

    /// Runs `body` on the state. If it fails, the state is as before the call, like all memory.
    pub fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        unsafe {
            if std::mem::replace(&mut *self.entered.get(), true) {
                fail("the guest used its state while it was using it");
            }
            let result = body(&mut *self.value.get());
            *self.entered.get() = false;
            result
        }
    }
}

/// How many bytes the client sent with this call.
pub fn input_len() -> usize {
    unsafe { abi::input_len() as usize }
}

/// Copies the input from `offset` on into `to`, as much as there is and fits; gives back what was
/// copied, which is empty at the input's end.
pub fn read_input(to: &mut [u8], offset: usize) -> &[u8] {
    let copied = unsafe { abi::input_read(to.as_mut_ptr(), offset as u32, to.len() as u32) };
    &to[..copied as usize]
}

/// Appends to the call's output.
pub fn write_output(bytes: &[u8]) {
    unsafe { abi::output_write(bytes.as_ptr(), bytes.len() as u32) }
}

/// Sends a message to the client when this call commits.
pub fn send_event(bytes: &[u8]) {
    unsafe { abi::event(bytes.as_ptr(), bytes.len() as u32) }
}

/// Ends the call now and rolls it back; the client gets this message.
pub fn fail(message: &str) -> ! {
    unsafe { abi::fail(message.as_ptr(), message.len() as u32) }
}

pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Writes a line to the server's log.
pub fn log(level: Level, text: &str) {
    unsafe { abi::log(level as u32, text.as_ptr(), text.len() as u32) }
}

/// What the client configured under this key, if anything.
pub fn config(key: &str) -> Option<Vec<u8>> {
    let (at, length) = (key.as_ptr(), key.len() as u32);
    let size = unsafe { abi::config_get(at, length, std::ptr::null_mut(), 0) };
    if size < 0 {
        return None;
    }
    let mut value = vec![0; size as usize];
    unsafe { abi::config_get(at, length, value.as_mut_ptr(), size as u32) };
    Some(value)
}

/// Nanoseconds since 1970, by the wall clock.
pub fn time_unix_nanos() -> i64 {
    unsafe { abi::time_unix_nanos() }
}

/// The trace that the call is part of, as W3C's Trace Context writes it; empty if it is part of none.
pub fn traceparent() -> String {
    let mut text = vec![0; 55];
    let size = unsafe { abi::traceparent(text.as_mut_ptr(), text.len() as u32) };
    text.truncate(size as usize);
    String::from_utf8(text).unwrap_or_default()
}

/// Fills `to` with random bytes.
pub fn fill_random(to: &mut [u8]) {
    unsafe { abi::random(to.as_mut_ptr(), to.len() as u32) }
}

/// Has the server call the export `mooring_timer(id)` once, after `millis`.
pub fn set_timer(id: i32, millis: u32) {
    unsafe { abi::timer_set(id, millis) }
}

/// Disarms a timer.
pub fn clear_timer(id: i32) {
    unsafe { abi::timer_clear(id) }
}
