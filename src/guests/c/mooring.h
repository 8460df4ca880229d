// Mooring's guest SDK for C and C++: one header, nothing to link.
//
// A guest is a WebAssembly module that a Mooring server runs, one instance per client connection.
// Whatever the guest keeps in its memory, globals and tables lives as long as the session does.
// The client calls exported functions, one call at a time:
//
//     #include "mooring.h"
//
//     static int64_t total;
//
//     MOORING_EXPORT("add") int64_t add(int64_t amount) { return total += amount; }
//
// A call *commits* when its function returns. If it traps, fails (mooring_fail) or runs past its
// deadline, it *rolls back*: the session is as it was before the call, and its events and its
// output are gone. So a guest needs no clean-up of its own on errors: fail wherever you are.
//
// The first part of this file is the ABI: one declaration per import of the module `mooring`. The
// second part is convenience written on top of it. No allocator is needed by either.
// `clang --target=wasm32 -O2 -nostdlib` compiles it; see GUESTS.md for the whole command.
//
// Addresses and lengths are unsigned 32-bit. An import that is given a range outside memory traps.

#ifndef MOORING_H
#define MOORING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------
// What a guest offers
// ---------------------------------------------------------------------------------------------

// Makes a function callable by clients, under this name. Parameters and results are typed values
// (int32_t, int64_t, float, double); bytes go by mooring_input_read and mooring_output_write, and a
// function may use both. The server reserves the names that start with `mooring_`:
//
//   void mooring_open(void)         runs when a client opened the session, before its first call
//   void mooring_close(void)        runs when the session ends, unless the server is stopped by force
//   void mooring_timer(int32_t id)  runs when a timer is due (see mooring_timer_set)
//
// `_initialize` runs once, before anything else; if it touches neither clock, random nor config, it
// runs once per module instead of once per session, and a session starts from what it left behind
// (see MOORING_INITIALISATION for one that has to).
#define MOORING_EXPORT(name) __attribute__((export_name(name)))

// Runs what is to run before everything else: the constructors of C++'s static objects, and what
// has __attribute__((constructor)). At file scope, it defines `_initialize`, which does that once.
//
// Somebody must call __wasm_call_ctors, and once: if the program doesn't, the linker takes it for a
// command, and wraps every export in a function `NAME.command_export` that runs all constructors
// before each call. They would put the session's state back to what it was at first.
//
// C++ has it from this header. A guest in C that has such functions says it in one of its files. A
// guest with an `_initialize` of its own calls __wasm_call_ctors there, and if it is in C++, defines
// MOORING_OWN_INITIALIZE before it includes this header. With wasi-libc and -mexec-model=reactor
// none of this is needed: its `_initialize` does it.
#define MOORING_CONSTRUCTORS                                                 \
  __attribute__((weak, export_name("_initialize"))) void _initialize(void) { \
    __wasm_call_ctors();                                                     \
  }

void __wasm_call_ctors(void);

#if defined(__cplusplus) && !defined(MOORING_OWN_INITIALIZE)
MOORING_CONSTRUCTORS
#endif

// Declares a configuration key that this guest knows, at file scope:
//
//     MOORING_CONFIG("max_keys", "how many keys the store may hold (default 10000)")
//
// A guest that declares any key is opened with those keys only: the server refuses others with
// UNKNOWN_CONFIG_KEY, so a misspelt key is noticed. A guest that declares none takes every key.
// The declarations end up in the custom section `mooring.config`, one line each. (By the assembler,
// because clang puts every C object into a data segment, which would cost each session memory.)
#define MOORING_CONFIG(key, description)              \
  __asm__(                                            \
      ".section .custom_section.mooring.config,\"\",@\n" \
      ".ascii \"" key ": " description "\\n\"\n"        \
      ".text\n");

// Allows the initialisation to be given the same for all sessions, at file scope:
//
//     MOORING_INITIALISATION("clock random")
//
// The words are `clock`, `environment` and `random`. A guest whose initialisation asks for these
// runs it once per module all the same, instead of once per session. Meanwhile the clock stands at
// 2000-01-01T00:00:00Z, there are no environment variables, and the random numbers follow from the
// module's digest: EVERY SESSION HAS THE SAME, AND ANYBODY WHO HAS THE MODULE KNOWS THEM. Whatever
// must be secret or unique is to be drawn in mooring_open or later, where all three are real.
#define MOORING_INITIALISATION(words)                            \
  __asm__(                                                       \
      ".section .custom_section.mooring.initialisation,\"\",@\n" \
      ".ascii \"" words "\\n\"\n"                              \
      ".text\n");

// ---------------------------------------------------------------------------------------------
// What the server offers: the imports
// ---------------------------------------------------------------------------------------------

#define MOORING_IMPORT_(name) __attribute__((import_module("mooring"), import_name(name)))

// The number of bytes that the client sent with this call.
//
// Promise: the same number throughout the call; reading does not consume. 0 when the call came
// without bytes, and in mooring_open, mooring_close, mooring_timer and _initialize.
// Unit: bytes.
// Errors: none.
// Example:
//     if (mooring_input_len() == 0) mooring_fail_str("nothing to count");
MOORING_IMPORT_("input_len") uint32_t mooring_input_len(void);

// Copies a piece of the call's bytes into the guest's memory.
//
// Promise: copies min(length, input_len - offset) bytes from `offset` of the input to `to`, and
// returns how many; 0 at the end of the input or past it. Any piece may be read again, in any
// order. The bytes come straight from the network buffer: nothing is copied before the guest asks.
// Unit: bytes.
// Errors: traps when the range [to, to + length) isn't in memory, however much would be copied.
// Example: a whole input through a small buffer
//     uint32_t at = 0, got;
//     while ((got = mooring_input_read(piece, at, sizeof piece)) > 0) {
//       consume(piece, got);
//       at += got;
//     }
MOORING_IMPORT_("input_read")
uint32_t mooring_input_read(void *to, uint32_t offset, uint32_t length);

// Appends bytes to the call's output, which the client gets when the call commits.
//
// Promise: the bytes are taken before it returns; the buffer is the guest's again. Several writes
// make one output. Outside a call of a client's (open, close, timer) the output goes nowhere.
// Unit: bytes.
// Errors: above the server's output limit (4 MiB unless configured) the call ends, rolls back, and
// the client gets OUTPUT_TOO_LARGE. Traps when the range isn't in memory.
// Example:
//     mooring_output_write(digest, sizeof digest);
MOORING_IMPORT_("output_write") void mooring_output_write(const void *from, uint32_t length);

// Sends a message to the client without being asked.
//
// Promise: the client gets it when, and only if, this call commits; before the call's result, and
// in the order of sending. One call, one message: pieces aren't joined.
// Unit: bytes.
// Errors: above the server's limit of events per call (256 unless configured) the call ends, rolls
// back, and the client gets TOO_MANY_EVENTS. Traps when the range isn't in memory.
// Example: from a timer
//     MOORING_EXPORT("mooring_timer") void due(int32_t id) { mooring_event("wake up", 7); }
MOORING_IMPORT_("event") void mooring_event(const void *from, uint32_t length);

// Ends the call now, as a failure.
//
// Promise: never returns. Everything that the call changed rolls back: memory, globals, tables,
// timers, output, events. The session lives on. The client gets GUEST_FAILED with this message.
// Unit: bytes; the message is UTF-8, in words meant for the client. Keep it below a few hundred.
// Errors: traps when the range isn't in memory, which ends the call too.
// Example:
//     if (amount < 0) mooring_fail("amount must not be negative", 27);
// mooring_fail_str saves the counting; mooring_text_fail takes a message with values in it.
MOORING_IMPORT_("fail") __attribute__((noreturn))
void mooring_fail(const void *message, uint32_t length);

// Levels of mooring_log, as operators of servers know them.
enum { MOORING_TRACE, MOORING_DEBUG, MOORING_INFO, MOORING_WARN, MOORING_ERROR };

// Writes a line to the server's log, for its operator. The client doesn't see it.
//
// Promise: best effort. The server adds session and module, may shorten the text, and drops what
// the operator doesn't want to see, and what is more than a session may log (100 lines and 64 KiB a
// second, unless the operator says otherwise). A line is at most 8 KiB as it is written, with what
// the server adds. A log line isn't state: it stays when the call rolls back.
// Unit: level is one of MOORING_TRACE to MOORING_ERROR; length in bytes of UTF-8 text. What
// controls something, a newline for one, becomes a blank.
// Errors: traps when the range isn't in memory.
// Example:
//     mooring_log_str(MOORING_WARN, "clock went backwards");
MOORING_IMPORT_("log") void mooring_log(uint32_t level, const void *from, uint32_t length);

// Looks up what the client configured when it opened the session.
//
// Promise: returns the length of the whole value, which may be more than `capacity`; copies the
// first min(capacity, length) bytes to `to`, without a terminator. -1 when the key wasn't given.
// The configuration never changes during a session.
// Unit: bytes; keys and values are UTF-8.
// Errors: traps when a range isn't in memory. Called in _initialize, it makes the module impure.
// Example:
//     char name[32];
//     int32_t length = mooring_config_get("name", 4, name, sizeof name);
MOORING_IMPORT_("config_get")
int32_t mooring_config_get(const void *key, uint32_t key_length, void *to, uint32_t capacity);

// The time of day.
//
// Promise: nanoseconds since 1970-01-01T00:00:00Z. A wall clock: it may step, also backwards, so
// measure durations with it only roughly. The resolution is the server's, often a microsecond.
// Unit: nanoseconds; overflows in the year 2262.
// Errors: none. Called in _initialize, it makes the module impure.
// Example:
//     int64_t seconds = mooring_time_unix_nanos() / 1000000000;
MOORING_IMPORT_("time_unix_nanos") int64_t mooring_time_unix_nanos(void);

// The trace that the call is part of, for spans of the guest's own and for what it says to others.
//
// Promise: copies min(length, capacity) bytes to to and returns the length: 55 of
// "00-TRACE-SPAN-FLAGS" as W3C's Trace Context writes it; 0 if the call is part of none, and in
// timers and hooks. The span is the server's of this call if the server traces it, else the client's.
// Unit: bytes.
// Errors: traps when the range isn't in memory. Called in _initialize, it makes the module impure.
// Example:
//     char trace[55];
//     bool traced = mooring_traceparent(trace, sizeof trace) == sizeof trace;
MOORING_IMPORT_("traceparent") int32_t mooring_traceparent(void *to, uint32_t capacity);

// Fills memory with random bytes.
//
// Promise: unpredictable to clients and to other guests, so fit for tokens and seeds. What a call
// drew isn't drawn again, even when the call rolls back.
// Unit: bytes.
// Errors: traps when the range isn't in memory. Called in _initialize, it makes the module impure.
// Example:
//     uint64_t seed;
//     mooring_random(&seed, sizeof seed);
MOORING_IMPORT_("random") void mooring_random(void *to, uint32_t length);

// Arms a timer: later, the server calls the export mooring_timer(id) as a call of its own.
//
// Promise: fires once, not before `millis` have passed, and as soon after as the session's turn
// comes. Setting an id that is armed replaces it. A call that rolls back arms nothing. For a
// periodic timer, set it again in mooring_timer; a failing mooring_timer therefore ends the period.
// Unit: milliseconds, unsigned.
// Errors: the server bounds how many timers a session may have armed; the call beyond fails. So
// does a call that sets and clears timers more than 1,024 times.
// Example:
//     mooring_timer_set(FLUSH, 5000);
MOORING_IMPORT_("timer_set") void mooring_timer_set(int32_t id, uint32_t millis);

// Disarms a timer.
//
// Promise: mooring_timer(id) isn't called any more, until it is set again. A call that rolls back
// disarms nothing. An id that isn't armed is no error: a timer may just have fired.
// Unit: none.
// Errors: a call that sets and clears timers more than 1,024 times fails.
// Example:
//     mooring_timer_clear(FLUSH);
MOORING_IMPORT_("timer_clear") void mooring_timer_clear(int32_t id);

// ---------------------------------------------------------------------------------------------
// Convenience: strings and numbers
// ---------------------------------------------------------------------------------------------

// The length of a C string: what strlen gives, without a libc.
static inline uint32_t mooring_length(const char *text) {
  uint32_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

// Negative, zero or positive as `a` sorts before, equal to or after `b`, byte by byte and then by
// length: the order that memcmp, sort(1) in the C locale and UTF-8 code points agree on.
static inline int mooring_compare(const void *a, uint32_t a_length, const void *b,
                                  uint32_t b_length) {
  const uint8_t *left = (const uint8_t *)a, *right = (const uint8_t *)b;
  uint32_t common = a_length < b_length ? a_length : b_length;
  for (uint32_t i = 0; i < common; i++) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

// Reads a whole number from 0 to 4294967295 in decimal digits, and nothing but digits; false if the
// text is anything else, or empty.
static inline bool mooring_parse_u32(const void *text, uint32_t length, uint32_t *value) {
  const uint8_t *digits = (const uint8_t *)text;
  uint64_t sum = 0;
  if (length == 0) return false;
  for (uint32_t i = 0; i < length; i++) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    sum = sum * 10 + (digits[i] - '0');
    if (sum > UINT32_MAX) return false;
  }
  *value = (uint32_t)sum;
  return true;
}

// How long the character at `at` is in UTF-8, if `valid` comes back true. Otherwise, how many bytes
// one replacement character should stand for (as Unicode recommends: the longest start of a
// character that could have become valid, or a single byte).
static inline uint32_t mooring_utf8_length(const uint8_t *at, const uint8_t *end, bool *valid) {
  uint8_t first = *at, lowest = 0x80, highest = 0xBF;
  uint32_t length;
  *valid = true;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) lowest = 0xA0;   // no overlong forms
    if (first == 0xED) highest = 0x9F;  // no surrogates
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) lowest = 0x90;   // no overlong forms
    if (first == 0xF4) highest = 0x8F;  // nothing above U+10FFFF
  } else {
    *valid = false;
    return 1;
  }
  for (uint32_t i = 1; i < length; i++) {
    if (at + i == end || at[i] < lowest || at[i] > highest) {
      *valid = false;
      return i;
    }
    lowest = 0x80;
    highest = 0xBF;
  }
  return length;
}

// ---------------------------------------------------------------------------------------------
// Convenience: building text
// ---------------------------------------------------------------------------------------------

// Text under construction, in a buffer of the caller's. Two kinds:
// - bounded: for events, failures and log lines. What doesn't fit is left out, at a whole piece.
// - streaming: for output. When the buffer is full it goes to the output, so there is no bound;
//   mooring_text_output writes the rest.
// Invariant: length <= capacity.
typedef struct {
  uint8_t *buffer;
  uint32_t capacity;
  uint32_t length;
  bool streams;
} mooring_text;

#ifdef __cplusplus
#define MOORING_TEXT_ mooring_text
#else
#define MOORING_TEXT_ (mooring_text)
#endif

// A bounded text in this array.
#define MOORING_TEXT(array) (MOORING_TEXT_{(uint8_t *)(array), sizeof(array), 0, false})

// A streaming text, which passes through this array to the call's output.
#define MOORING_OUTPUT_TEXT(array) (MOORING_TEXT_{(uint8_t *)(array), sizeof(array), 0, true})

static inline void mooring_text_bytes(mooring_text *text, const void *from, uint32_t length) {
  if (length > text->capacity - text->length) {
    if (!text->streams) {
      text->capacity = text->length;  // full from now on: no later piece may slip in behind a gap
      return;
    }
    mooring_output_write(text->buffer, text->length);
    text->length = 0;
    if (length > text->capacity) {
      mooring_output_write(from, length);
      return;
    }
  }
  __builtin_memcpy(text->buffer + text->length, from, length);
  text->length += length;
}

static inline void mooring_text_str(mooring_text *text, const char *from) {
  mooring_text_bytes(text, from, mooring_length(from));
}

static inline void mooring_text_u64(mooring_text *text, uint64_t value) {
  uint8_t digits[20];
  uint32_t at = sizeof digits;
  do {
    digits[--at] = (uint8_t)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  mooring_text_bytes(text, digits + at, sizeof digits - at);
}

static inline void mooring_text_i64(mooring_text *text, int64_t value) {
  if (value < 0) mooring_text_str(text, "-");
  mooring_text_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

// A JSON string with its quotes, whatever the bytes: control characters are escaped, and what isn't
// UTF-8 becomes U+FFFD. Gives what JavaScript's JSON.stringify gives for the decoded text.
static inline void mooring_text_json(mooring_text *text, const void *from, uint32_t length) {
  static const char hex[] = "0123456789abcdef";
  const uint8_t *at = (const uint8_t *)from, *end = at + length;
  mooring_text_str(text, "\"");
  while (at < end) {
    bool valid;
    uint32_t size = mooring_utf8_length(at, end, &valid);
    if (!valid) {
      mooring_text_str(text, "\xEF\xBF\xBD");
    } else if (*at == '"' || *at == '\\') {
      char escaped[2] = {'\\', (char)*at};
      mooring_text_bytes(text, escaped, 2);
    } else if (*at < 0x20) {
      static const char shorthand[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
      char escaped[6] = {'\\', shorthand[*at], '0', '0', hex[*at >> 4], hex[*at & 15]};
      mooring_text_bytes(text, escaped, escaped[1] == 'u' ? 6 : 2);
    } else {
      mooring_text_bytes(text, at, size);
    }
    at += size;
  }
  mooring_text_str(text, "\"");
}

static inline void mooring_text_output(const mooring_text *text) {
  mooring_output_write(text->buffer, text->length);
}

static inline void mooring_text_event(const mooring_text *text) {
  mooring_event(text->buffer, text->length);
}

static inline void mooring_text_log(uint32_t level, const mooring_text *text) {
  mooring_log(level, text->buffer, text->length);
}

__attribute__((noreturn)) static inline void mooring_text_fail(const mooring_text *text) {
  mooring_fail(text->buffer, text->length);
}

// ---------------------------------------------------------------------------------------------
// Convenience: whole inputs, plain strings, configuration, memory
// ---------------------------------------------------------------------------------------------

static inline void mooring_output_str(const char *text) {
  mooring_output_write(text, mooring_length(text));
}

static inline void mooring_event_str(const char *text) {
  mooring_event(text, mooring_length(text));
}

static inline void mooring_log_str(uint32_t level, const char *text) {
  mooring_log(level, text, mooring_length(text));
}

__attribute__((noreturn)) static inline void mooring_fail_str(const char *message) {
  mooring_fail(message, mooring_length(message));
}

// Reads the whole input into a buffer of the caller's and returns its length; fails the call, and
// says so, when it is longer than `capacity`.
static inline uint32_t mooring_input_all(void *to, uint32_t capacity) {
  uint32_t length = mooring_input_len();
  if (length > capacity) {
    char buffer[96];
    mooring_text message = MOORING_TEXT(buffer);
    mooring_text_str(&message, "the input has ");
    mooring_text_u64(&message, length);
    mooring_text_str(&message, " bytes; at most ");
    mooring_text_u64(&message, capacity);
    mooring_text_str(&message, " are taken");
    mooring_text_fail(&message);
  }
  return mooring_input_read(to, 0, length);
}

// A whole number from the configuration, between `least` and `most`; `otherwise` when the key
// wasn't given. Anything else fails the call, and so the opening when called from mooring_open.
static inline uint32_t mooring_config_u32(const char *key, uint32_t least, uint32_t most,
                                          uint32_t otherwise) {
  char value[16], buffer[160];
  uint32_t number;
  int32_t length = mooring_config_get(key, mooring_length(key), value, sizeof value);
  if (length < 0) return otherwise;
  uint32_t copied = (uint32_t)length < sizeof value ? (uint32_t)length : sizeof value;
  bool whole = (uint32_t)length == copied && mooring_parse_u32(value, copied, &number);
  if (whole && number >= least && number <= most) return number;
  mooring_text message = MOORING_TEXT(buffer);
  mooring_text_str(&message, key);
  mooring_text_str(&message, " must be a whole number from ");
  mooring_text_u64(&message, least);
  mooring_text_str(&message, " to ");
  mooring_text_u64(&message, most);
  mooring_text_str(&message, ", not ");
  mooring_text_json(&message, value, copied);
  mooring_text_fail(&message);
}

// Where the program's own data ends and free memory begins: the linker's symbol.
extern uint8_t __heap_base;

// The first byte of free memory.
static inline uint32_t mooring_heap_start(void) { return (uint32_t)(uintptr_t)&__heap_base; }

// Grows memory until it holds every byte below `end`; false when the server doesn't allow that
// much. Memory never shrinks, except that a call that rolls back gives back what it grew by.
static inline bool mooring_grow_to(uint64_t end) {
  uint64_t now = (uint64_t)__builtin_wasm_memory_size(0) << 16;
  if (end <= now) return true;
  if (end > UINT32_MAX) return false;
  return __builtin_wasm_memory_grow(0, (end - now + 0xFFFF) >> 16) != (size_t)-1;
}

#ifdef __cplusplus
}
#endif

#endif
