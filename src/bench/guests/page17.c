// page17: a guest of 17 pages of memory, as ordinary toolchains make them (a MiB of stack, and a
// page of data), of which a call touches very little: it writes to the stack and to the data, and
// so to two pages, whether a host's pages are of 1, 4 or 64 KiB.
//
//   echo    input: up to 64 bytes; output: the same
//   inc() -> i64, get() -> i64   a counter of calls of `echo` and `inc`
//
// build: -Wl,-z,stack-size=1048576 -Wl,--initial-memory=1114112

#include "mooring.h"

static int64_t counter;

MOORING_EXPORT("echo") void echo(void) {
  uint8_t bytes[64];
  mooring_output_write(bytes, mooring_input_all(bytes, sizeof bytes));
  counter++;
}

MOORING_EXPORT("inc") int64_t inc(void) {
  volatile int64_t on_the_stack = ++counter;
  return on_the_stack;
}

MOORING_EXPORT("get") int64_t get(void) { return counter; }
