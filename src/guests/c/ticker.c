// ticker: a guest that speaks without being asked, with timers, events and the calls that the
// server makes by itself.
//
//   start(every_ms: i32)   ticks every so many milliseconds from now on, counting from 1
//   stop()                 stops ticking; no error if it isn't
//   ticks() -> i64         the number of the last tick since `start`
//
// Event, one per tick: {"tick":3,"unix_nanos":1767225600000000000}
//
// Config: interval_ms, if given, starts the ticking when the session opens.

#include "mooring.h"

MOORING_CONFIG("interval_ms", "tick every so many milliseconds from the start (1 to 86400000)")

enum { TICK_TIMER = 1, MOST_INTERVAL_MS = 24 * 60 * 60 * 1000 };

static uint32_t interval_ms;  // 0 while stopped
static int64_t tick;

static void start_ticking(uint32_t every_ms) {
  interval_ms = every_ms;
  tick = 0;
  mooring_timer_set(TICK_TIMER, every_ms);  // replaces the one that may be armed
}

MOORING_EXPORT("start") void start(int32_t every_ms) {
  if (every_ms < 1 || every_ms > MOST_INTERVAL_MS) {
    mooring_fail_str("start: every_ms must be from 1 to 86400000");
  }
  start_ticking((uint32_t)every_ms);
}

MOORING_EXPORT("stop") void stop(void) {
  interval_ms = 0;
  mooring_timer_clear(TICK_TIMER);
}

MOORING_EXPORT("ticks") int64_t ticks(void) { return tick; }

MOORING_EXPORT("mooring_timer") void on_timer(int32_t id) {
  if (id != TICK_TIMER || interval_ms == 0) return;
  char buffer[96];
  mooring_text event = MOORING_TEXT(buffer);
  mooring_text_str(&event, "{\"tick\":");
  mooring_text_i64(&event, ++tick);
  mooring_text_str(&event, ",\"unix_nanos\":");
  mooring_text_i64(&event, mooring_time_unix_nanos());
  mooring_text_str(&event, "}");
  mooring_text_event(&event);
  mooring_timer_set(TICK_TIMER, interval_ms);  // timers fire once: a period is re-armed
}

MOORING_EXPORT("mooring_open") void on_open(void) {
  uint32_t configured_ms = mooring_config_u32("interval_ms", 1, MOST_INTERVAL_MS, 0);
  if (configured_ms != 0) start_ticking(configured_ms);
}

MOORING_EXPORT("mooring_close") void on_close(void) {
  char buffer[48];
  mooring_text line = MOORING_TEXT(buffer);
  mooring_text_str(&line, "closing after tick ");
  mooring_text_i64(&line, tick);
  mooring_text_log(MOORING_DEBUG, &line);
}
