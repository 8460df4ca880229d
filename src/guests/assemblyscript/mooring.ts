// Mooring's guest SDK for AssemblyScript. See ../c/mooring.h for what each import promises: the ABI
// is the same, and only the spelling differs.
//
// Compile with `--runtime stub`, whose allocator never frees: a session's state is its memory, so a
// guest should allocate when it starts and not while it runs. Nothing here allocates, except
// `fail`, whose garbage rolls back with its call. For guests that must allocate, `--runtime
// minimal`.

import { dtoa_buffered, itoa_buffered } from "util/number";

/** How many bytes the client sent with this call. */
// @ts-ignore: decorator
@external("mooring", "input_len")
export declare function inputLength(): u32;

/** Copies up to `length` bytes of the input from `offset` on; returns how many, 0 at its end. */
// @ts-ignore: decorator
@external("mooring", "input_read")
export declare function readInput(to: usize, offset: u32, length: u32): u32;

/** Appends bytes to the call's output. */
// @ts-ignore: decorator
@external("mooring", "output_write")
export declare function writeOutput(from: usize, length: u32): void;

/** Sends a message to the client when this call commits. */
// @ts-ignore: decorator
@external("mooring", "event")
export declare function sendEvent(from: usize, length: u32): void;

// @ts-ignore: decorator
@external("mooring", "fail")
declare function failWith(message: usize, length: u32): void;

/** Writes UTF-8 text to the server's log; levels: 0 trace, 1 debug, 2 info, 3 warn, 4 error. */
// @ts-ignore: decorator
@external("mooring", "log")
export declare function log(level: u32, from: usize, length: u32): void;

/** The length of a configured value, or -1; copies what fits into `capacity` bytes. */
// @ts-ignore: decorator
@external("mooring", "config_get")
export declare function getConfig(key: usize, keyLength: u32, to: usize, capacity: u32): i32;

/** Nanoseconds since 1970, by the wall clock. */
// @ts-ignore: decorator
@external("mooring", "time_unix_nanos")
export declare function timeUnixNanos(): i64;

/** The length of the call's traceparent, 0 or 55; copies what fits into `capacity` bytes. */
// @ts-ignore: decorator
@external("mooring", "traceparent")
export declare function getTraceparent(to: usize, capacity: u32): i32;

/** Fills memory with random bytes. */
// @ts-ignore: decorator
@external("mooring", "random")
export declare function fillRandom(to: usize, length: u32): void;

/** Has the server call the export `mooring_timer(id)` once, after `millis`. */
// @ts-ignore: decorator
@external("mooring", "timer_set")
export declare function setTimer(id: i32, millis: u32): void;

/** Disarms a timer. */
// @ts-ignore: decorator
@external("mooring", "timer_clear")
export declare function clearTimer(id: i32): void;

/** Ends the call now and rolls it back; the client gets this message. */
export function fail(message: string): void {
  const bytes = String.UTF8.encode(message);
  failWith(changetype<usize>(bytes), bytes.byteLength);
  unreachable(); // the import never returns
}

/**
 * What the compiler calls where a program can't go on: a failed assertion, an index out of bounds.
 * In place of AssemblyScript's import `env.abort`, which Mooring doesn't offer:
 * `--use abort=mooring/abort`.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const where = (file ? file : "?") + ":" + line.toString() + ":" + column.toString();
  fail((message ? message : "aborted") + " (" + where + ")");
}

const PIECE_BYTES: u32 = 512;

/** Text on its way to the output, in a buffer that is sent whenever it is full. */
export class Output {
  private static buffer: usize = memory.data(<i32>PIECE_BYTES);
  private static number: usize = memory.data(64); // a number in UTF-16
  private static length: u32 = 0;

  /** Appends text of ASCII characters. */
  static ascii(text: string): void {
    Output.narrow(changetype<usize>(text), text.length);
  }

  /** Appends bytes as they are. */
  static bytes(from: usize, length: u32): void {
    Output.flush();
    writeOutput(from, length);
  }

  /** Appends a finite number as JavaScript and JSON write it. */
  static number64(value: f64): void {
    Output.narrow(Output.number, dtoa_buffered(Output.number, value));
  }

  /** Appends a whole number in decimal digits. */
  static whole(value: u64): void {
    Output.narrow(Output.number, itoa_buffered(Output.number, value));
  }

  /** Sends what is left: the last thing to do in a call that wrote text. */
  static flush(): void {
    writeOutput(Output.buffer, Output.length);
    Output.length = 0;
  }

  private static narrow(utf16: usize, characters: u32): void {
    for (let i: u32 = 0; i < characters; i++) {
      if (Output.length == PIECE_BYTES) Output.flush();
      store<u8>(Output.buffer + Output.length, <u8>load<u16>(utf16 + (i << 1)));
      Output.length++;
    }
  }
}
