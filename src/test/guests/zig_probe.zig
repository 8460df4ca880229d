//! zig_probe: a guest that Zig builds as a library, with its allocator, clock and random numbers.
//!
//!   add(n: i32) -> i32    adds to a sum, and returns it
//!   allocate(n: i32) -> i64   allocates n bytes, fills them with 3, adds them up, frees them
//!   now() -> i64          the time in nanoseconds
//!   sleep(nanos: i64)     returns at once
//!   drawn() -> i64        a random number
//!   speak(n: i32)         prints "number N" to standard output
//!
// target: wasi

const std = @import("std");

var sum: i32 = 0;

export fn add(n: i32) i32 {
    sum += n;
    return sum;
}

export fn allocate(n: u32) u64 {
    const bytes = std.heap.wasm_allocator.alloc(u8, n) catch unreachable;
    defer std.heap.wasm_allocator.free(bytes);
    @memset(bytes, 3);
    var total: u64 = 0;
    for (bytes) |byte| total += byte;
    return total;
}

export fn now() i64 {
    return @intCast(std.time.nanoTimestamp());
}

export fn sleep(nanos: u64) void {
    std.time.sleep(nanos);
}

export fn drawn() u64 {
    return std.crypto.random.int(u64);
}

export fn speak(n: i32) void {
    std.io.getStdOut().writer().print("number {d}\n", .{n}) catch unreachable;
}
