//! zig_command: a command that Zig builds. See command.c.
//!
// target: wasi-command

const std = @import("std");

pub fn main() !u8 {
    var buffer: [256]u8 = undefined;
    const input = buffer[0..try std.io.getStdIn().readAll(&buffer)];
    std.debug.print("read {d}\n", .{input.len});
    try std.io.getStdOut().writer().print("Hello, {s}\n", .{input});
    return std.fmt.parseInt(u8, input, 10) catch 0;
}
