// impure_init: initialisation that touches clock, random, config and log, all in one.
//
//   opened_at() -> i64      the clock at initialisation
//   seed() -> i64           random, drawn at initialisation: differs between sessions
//   name                    output: the config key `name` as it was at initialisation
//   initialized() -> i32    1: how often this session's state saw initialisation

#include "mooring.h"

static int64_t opened_at, seed;
static char name[64];
static int32_t name_length, initialized;

MOORING_EXPORT("_initialize") void initialize(void) {
  opened_at = mooring_time_unix_nanos();
  mooring_random(&seed, sizeof seed);
  name_length = mooring_config_get("name", 4, name, sizeof name);
  mooring_log_str(MOORING_INFO, "initialised");
  initialized++;
}

MOORING_EXPORT("opened_at") int64_t get_opened_at(void) { return opened_at; }

MOORING_EXPORT("seed") int64_t get_seed(void) { return seed; }

MOORING_EXPORT("name") void get_name(void) {
  if (name_length > 0) mooring_output_write(name, (uint32_t)name_length);
}

MOORING_EXPORT("initialized") int32_t get_initialized(void) { return initialized; }
