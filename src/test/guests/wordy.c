// wordy: has its words logged, whatever they are, in each way in which a guest can.
//
//   log          logs the input, up to 16 KiB, with mooring_log
//   write(i32)   writes it to the file of this number, in one piece without a newline
//   fail_later   arms a timer that fails with it
//
// The words are kept; nothing else is.

#include "mooring.h"

typedef struct {
  const void *bytes;
  uint32_t length;
} vector;

__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write")))
int32_t fd_write(int32_t file, const vector *vectors, uint32_t count, uint32_t *written);

static uint8_t words[16384];
static uint32_t length;

MOORING_EXPORT("log") void log_words(void) {
  length = mooring_input_all(words, sizeof words);
  mooring_log(MOORING_INFO, words, length);
}

MOORING_EXPORT("write") void write_words(int32_t file) {
  length = mooring_input_all(words, sizeof words);
  vector all = {words, length};
  uint32_t written;
  fd_write(file, &all, 1, &written);
}

MOORING_EXPORT("fail_later") void fail_later(void) {
  length = mooring_input_all(words, sizeof words);
  mooring_timer_set(0, 0);
}

MOORING_EXPORT("mooring_timer") void fail(int32_t id) {
  (void)id;
  mooring_fail(words, length);
}
