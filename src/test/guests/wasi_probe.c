// wasi_probe: a guest that an ordinary C toolchain links against wasi-libc, and that uses what the
// libc needs from WASI preview 1.
//
//   print                  prints the input and a newline to standard output, and "warned: " with
//                          it to standard error, with printf: each is a line of the server's log
//   pieces(end: i32)       prints to standard error, which isn't buffered, and in between to
//                          standard output, without a newline at the end; then returns, or ends
//                          by: 1 a trap, 2 exit(2), 3 never returning
//   environment            output: the environment variable that the input names; fails if it is
//                          unset
//   config                 output: the value of the configuration's key that the input names
//   variables              output: all environment variables, a line each
//   argument_count() -> i32   0
//   clock() -> i64         CLOCK_REALTIME in nanoseconds
//   monotonic() -> i64     CLOCK_MONOTONIC in nanoseconds
//   random() -> i64
//   allocate(bytes: i32) -> i64   malloc, fill, sum, free
//   open_file -> i32       the errno of opening the file that the input names: never 0, no file
//                          opens
//   sleep(millis: i32) -> i32     the errno of sleeping: 0 would be a sleep
//   yield() -> i32         sched_yield
//   quit(status: i32)      exit(status): ends the call like a failure, unless it is 0
//   quit_result(status: i32) -> i32   the same, and there is no result
//   _start                 calls exit(0)
//   quit_deep              calls exit(0) where 256 bytes of the stack are in use
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

MOORING_EXPORT("pieces") void pieces(int32_t end) {
  calls++;
  fprintf(stderr, "%d %s", 7, "of");
  fflush(stderr);
  fputs(" many\nsecond", stderr);
  write(STDOUT_FILENO, "out", 3);
  fputs(" li", stderr);
  fputs("ne\n\nlast", stderr);
  if (end == 1) __builtin_trap();
  if (end == 2) exit(2);
  while (end == 3) {
  }
}

MOORING_EXPORT("environment") void environment(void) {
  const char *value = getenv(input_text());
  if (value == NULL) mooring_fail_str("no such variable");
  mooring_output_str(value);
}

MOORING_EXPORT("variables") void variables(void) {
  input_text();  // Refers to the libc's list, which is filled when someone looks.
  for (char **variable = environ; *variable != NULL; variable++) {
    mooring_output_str(*variable);
    mooring_output_str("\n");
  }
}

MOORING_EXPORT("config") void config(void) {
  char value[64];
  const char *key = input_text();
  int32_t length = mooring_config_get(key, strlen(key), value, sizeof value);
  if (length < 0) mooring_fail_str("no such key");
  mooring_output_write(value, (uint32_t)length);
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

MOORING_EXPORT("quit_result") int32_t quit_result(int32_t status) {
  calls++;
  exit(status);
}

MOORING_EXPORT("quit_deep") void quit_deep(void) {
  char used[256];
  mooring_input_read(used, 0, sizeof used);  // Nothing, but the compiler doesn't know.
  calls++;
  exit(0);
}

MOORING_EXPORT("_start") void start(void) {
  calls++;
  exit(0);
}

MOORING_EXPORT("calls") int32_t get_calls(void) { return calls; }
