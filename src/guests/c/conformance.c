// conformance: a guest whose every answer is known, for `mooring conformance` and for the tests of
// clients. A server that is put to the test must have it among its modules.
//
//   add(i64) -> i64        adds to a sum that the session keeps, and returns it
//   get() -> i64           the sum
//   i32(i32) -> i32, i64(i64) -> i64, f32(f32) -> f32, f64(f64) -> f64
//                          give back what they get, all of its bits
//   mix(i32, i64, f32, f64) -> f64
//                          their sum
//   echo                   output: the input
//   fill(i32)              output: so many bytes, each an 'x'
//   events(i32)            so many events, "1", "2", ...; then the output "sent"
//   event(i32)             one event of so many bytes, each an 'e'; 0: an empty one
//   config                 input: a key; output: its value; fails if it isn't configured
//   grow(i32) -> i32       grows memory by so many pages; the pages before, or -1
//   work(i32)              computes for so many milliseconds
//   timer(i32)             sends the event "timer" in so many milliseconds
//
// These add 1 to the sum and send the event "undone", and then fail, so that both are taken back:
//
//   fail                   with the input as its message
//   trap(i32)              by the trap of this number (TrapKind): 1 to 9
//   exit(i32)              by proc_exit; with 0 that is no failure, and both stay
//   spin                   by never returning
//
// Config: open    what to do when the session opens: event (sends "open"), fail or trap
//         close   what to do when it closes: event (sends "close"), fail or trap
//         text    anything, for `config` to read

#include "mooring.h"

MOORING_CONFIG("open", "what to do when the session opens: event, fail or trap")
MOORING_CONFIG("close", "what to do when the session closes: event, fail or trap")
MOORING_CONFIG("text", "anything")

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"), noreturn))
void proc_exit(uint32_t code);

static int64_t sum;
static uint8_t buffer[2048];

MOORING_EXPORT("add") int64_t add(int64_t n) { return sum += n; }

MOORING_EXPORT("get") int64_t get(void) { return sum; }

MOORING_EXPORT("i32") int32_t same_i32(int32_t n) { return n; }

MOORING_EXPORT("i64") int64_t same_i64(int64_t n) { return n; }

MOORING_EXPORT("f32") float same_f32(float n) { return n; }

MOORING_EXPORT("f64") double same_f64(double n) { return n; }

MOORING_EXPORT("mix") double mix(int32_t a, int64_t b, float c, double d) {
  return a + (double)b + c + d;
}

MOORING_EXPORT("echo") void echo(void) {
  uint32_t at = 0, got;
  while ((got = mooring_input_read(buffer, at, sizeof buffer)) > 0) {
    mooring_output_write(buffer, got);
    at += got;
  }
}

MOORING_EXPORT("fill") void fill(int32_t bytes) {
  __builtin_memset(buffer, 'x', sizeof buffer);
  for (uint32_t left = (uint32_t)bytes; left > 0;) {
    uint32_t piece = left < sizeof buffer ? left : sizeof buffer;
    mooring_output_write(buffer, piece);
    left -= piece;
  }
}

MOORING_EXPORT("events") void events(int32_t count) {
  for (int32_t n = 1; n <= count; n++) {
    char digits[16];
    mooring_text text = MOORING_TEXT(digits);
    mooring_text_i64(&text, n);
    mooring_text_event(&text);
  }
  mooring_output_str("sent");
}

// The bytes lie where memory that nobody uses begins: an event is one range.
MOORING_EXPORT("event") void event(int32_t bytes) {
  uint32_t start = mooring_heap_start();
  if (!mooring_grow_to((uint64_t)start + (uint32_t)bytes)) mooring_fail_str("no memory for that");
  __builtin_memset((void *)(uintptr_t)start, 'e', (uint32_t)bytes);
  mooring_event((void *)(uintptr_t)start, (uint32_t)bytes);
}

MOORING_EXPORT("config") void config(void) {
  uint32_t length = mooring_input_all(buffer, 256);
  int32_t size = mooring_config_get(buffer, length, buffer + 256, sizeof buffer - 256);
  if (size < 0) mooring_fail_str("no such key");
  if ((uint32_t)size > sizeof buffer - 256) mooring_fail_str("too long a value");
  mooring_output_write(buffer + 256, (uint32_t)size);
}

MOORING_EXPORT("grow") int32_t grow(int32_t pages) {
  return (int32_t)__builtin_wasm_memory_grow(0, (uint32_t)pages);
}

MOORING_EXPORT("work") void work(int32_t millis) {
  int64_t end = mooring_time_unix_nanos() + millis * 1000000ll;
  while (mooring_time_unix_nanos() < end) {
  }
}

MOORING_EXPORT("timer") void timer(int32_t millis) { mooring_timer_set(1, (uint32_t)millis); }

MOORING_EXPORT("mooring_timer") void on_timer(int32_t id) {
  (void)id;
  mooring_event_str("timer");
}

// --- What fails ------------------------------------------------------------------------------

static void change(void) {
  sum++;
  mooring_event_str("undone");
}

MOORING_EXPORT("fail") void fail(void) {
  change();
  uint32_t length = mooring_input_all(buffer, sizeof buffer);
  mooring_fail(buffer, length);
}

MOORING_EXPORT("exit") void leave(int32_t code) {
  change();
  proc_exit((uint32_t)code);
}

MOORING_EXPORT("spin") void spin(void) {
  change();
  for (volatile uint32_t turns = 0;; turns++) {
  }
}

typedef void (*function)(void);

static int32_t takes_one(int32_t n) { return n + 1; }

// Numbers that the compiler doesn't know, so that it leaves the traps in.
static volatile uint32_t far_away = 0xfffffff0, no_table_slot = 100000, empty_slot = 0;
static volatile int32_t zero = 0, least = INT32_MIN, minus_one = -1;
static volatile float not_a_number = __builtin_nanf("");
static int32_t (*volatile takes_one_at)(int32_t) = takes_one;
static volatile int32_t sink;

__attribute__((noinline)) static int32_t deeper(int32_t n) {
  sink = n;
  return n == minus_one ? 0 : deeper(n + 1) + sink;
}

static void trap_by(int32_t kind) {
  switch (kind) {
    case 1:
      __builtin_trap();
    case 2:
      sink = *(volatile int32_t *)(uintptr_t)far_away;
      break;
    case 3:
      ((function)(uintptr_t)no_table_slot)();
      break;
    case 4:
      ((function)(uintptr_t)takes_one_at)();
      break;
    case 5:
      ((function)(uintptr_t)empty_slot)();
      break;
    case 6:
      sink = least / zero;
      break;
    case 7:
      sink = least / minus_one;
      break;
    case 8:
      sink = __builtin_wasm_trunc_s_i32_f32(not_a_number);
      break;
    case 9:
      sink = deeper(0);
      break;
  }
  mooring_fail_str("there is no such trap");
}

MOORING_EXPORT("trap") void trap(int32_t kind) {
  change();
  trap_by(kind);
}

// --- When the session opens and closes ---------------------------------------------------------

static void act(const char *when) {
  char action[8];
  int32_t length = mooring_config_get(when, mooring_length(when), action, sizeof action);
  if (length < 0) return;
  mooring_event_str(when);
  if (action[0] == 'f') mooring_fail_str("configured to fail");
  if (action[0] == 't') __builtin_trap();
}

MOORING_EXPORT("mooring_open") void on_open(void) { act("open"); }

MOORING_EXPORT("mooring_close") void on_close(void) { act("close"); }
