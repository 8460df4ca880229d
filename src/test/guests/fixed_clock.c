// fixed_clock: initialisation allows the clock to be the same for all sessions, and asks for a
// random number besides. So it runs in each session, and has a real clock there.
//
//   opened_at() -> i64     the time that initialisation got, in nanoseconds
//   seed() -> i64          and the random number

#include "mooring.h"

MOORING_INITIALISATION("clock")

static int64_t opened_at, seed;

MOORING_EXPORT("_initialize") void initialize(void) {
  opened_at = mooring_time_unix_nanos();
  mooring_random(&seed, sizeof seed);
}

MOORING_EXPORT("opened_at") int64_t get_opened_at(void) { return opened_at; }
MOORING_EXPORT("seed") int64_t get_seed(void) { return seed; }
