// wasi_probe: a guest that an ordinary C toolchain links against wasi-libc, and that uses what the
// libc needs from WASI preview 1.
//
//   print                  prints the input and a newline to standard output, and "warned: " with
//                          it to standard error, with printf: each is a line of the server's log
//   environment            output: the environment variable that the input names; fails if it is
//                          unset
//   argument_count() -> i32   0
//   clock() -> i64         CLOCK_REALTIME in nanoseconds
//   monotonic() -> i64     CLOCK_MONOTONIC in nanoseconds
//   random() -> i64
//   allocate(bytes: i32) -> i64   malloc, fill, sum, free
//   open_file -> i32       the errno of opening the file that the input names: never 0, no file
//                          opens
//   sleep(millis: i32) -> i32     the errno of sleeping: 0 would be a sleep
//   yield() -> i32         sched_yield
//   quit(status: i32)      exit(status): ends the call like a failure
//   calls() -> i32         how many of these have committed: what `quit` did to the session
//
// target: wasi
// build: -mno-bulk-memory -Wl,-z,stack-size=65536

#define _GNU_SOURCE  // for clock_gettime, getentropy and nanosleep

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "mooring.h"

static char text[256];
static int32_t calls;

static const char *input_text(void) {
  text[mooring_input_all(text, sizeof text - 1)] = 0;
  calls++;
  return text;
}

MOORING_EXPORT("print") void print(void) {
  const char *line = input_text();
  printf("%s\n", line);
  fflush(stdout);
  fprintf(stderr, "warned: %s\n", line);
}

MOORING_EXPORT("environment") void environment(void) {
  const char *value = getenv(input_text());
  if (value == NULL) mooring_fail_str("no such variable");
  mooring_output_str(value);
}

MOORING_EXPORT("argument_count") int32_t argument_count(void) {
  __wasi_size_t count = 99, size = 99;
  calls++;
  return __wasi_args_sizes_get(&count, &size) == 0 ? (int32_t)count : -1;
}

static int64_t nanos_of(clockid_t clock) {
  struct timespec now;
  calls++;
  return clock_gettime(clock, &now) == 0 ? now.tv_sec * 1000000000ll + now.tv_nsec : -1;
}

MOORING_EXPORT("clock") int64_t real_time(void) { return nanos_of(CLOCK_REALTIME); }

MOORING_EXPORT("monotonic") int64_t monotonic_time(void) { return nanos_of(CLOCK_MONOTONIC); }

MOORING_EXPORT("random") int64_t random_number(void) {
  int64_t number = -1;
  calls++;
  return getentropy(&number, sizeof number) == 0 ? number : -1;
}

MOORING_EXPORT("allocate") int64_t allocate(int32_t bytes) {
  unsigned char *block = malloc((size_t)bytes);
  if (block == NULL) mooring_fail_str("malloc gave nothing");
  memset(block, 3, (size_t)bytes);
  int64_t sum = 0;
  for (int32_t i = 0; i < bytes; i++) sum += block[i];
  free(block);
  calls++;
  return sum;
}

MOORING_EXPORT("open_file") int32_t open_file(void) {
  errno = 0;
  FILE *file = fopen(input_text(), "r");
  return file == NULL ? errno : 0;
}

MOORING_EXPORT("sleep") int32_t sleep_millis(int32_t millis) {
  struct timespec pause = {millis / 1000, millis % 1000 * 1000000};
  calls++;
  return nanosleep(&pause, NULL) == 0 ? 0 : errno;
}

MOORING_EXPORT("yield") int32_t yield(void) {
  calls++;
  return sched_yield();
}

MOORING_EXPORT("quit") void quit(int32_t status) {
  calls++;
  exit(status);
}

MOORING_EXPORT("calls") int32_t get_calls(void) { return calls; }
