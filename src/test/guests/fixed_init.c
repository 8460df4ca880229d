// fixed_init: initialisation takes the time and random numbers, and allows both to be the same for
// all sessions. So it runs once.
//
//   initialized() -> i32   1: how often this session's state saw initialisation
//   seed() -> i64          what initialisation got of random numbers
//   opened_at() -> i64     and as the time, in nanoseconds
//   drawn() -> i64         a random number of now
//   now() -> i64           the time of now

#include "mooring.h"

MOORING_INITIALISATION("clock")
MOORING_INITIALISATION("random")

static int32_t initialized;
static int64_t seed, opened_at;

static int64_t draw(void) {
  int64_t number;
  mooring_random(&number, sizeof number);
  return number;
}

MOORING_EXPORT("_initialize") void initialize(void) {
  initialized++;
  seed = draw();
  opened_at = mooring_time_unix_nanos();
}

MOORING_EXPORT("initialized") int32_t get_initialized(void) { return initialized; }
MOORING_EXPORT("seed") int64_t get_seed(void) { return seed; }
MOORING_EXPORT("opened_at") int64_t get_opened_at(void) { return opened_at; }
MOORING_EXPORT("drawn") int64_t drawn(void) { return draw(); }
MOORING_EXPORT("now") int64_t now(void) { return mooring_time_unix_nanos(); }
