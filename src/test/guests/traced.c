// traced: says of which trace a call is a part.
//
//   trace      output: the call's traceparent, as far as there is one; logs a line
//   fall       traps
//   later      output: what the last timer had of it; sets one for 1 ms

#include "mooring.h"

static char last[55];
static int32_t last_length = -1;

MOORING_EXPORT("trace") void trace(void) {
  char text[64];
  int32_t length = mooring_traceparent(text, sizeof text);
  mooring_log(MOORING_INFO, "here", 4);
  mooring_output_write(text, length);
}

MOORING_EXPORT("fall") void fall(void) { __builtin_trap(); }

MOORING_EXPORT("later") int32_t later(void) {
  mooring_timer_set(1, 1);
  return last_length;
}

MOORING_EXPORT("mooring_timer") void on_timer(int32_t id) {
  (void)id;
  last_length = mooring_traceparent(last, sizeof last);
}
