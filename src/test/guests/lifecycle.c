// lifecycle: does what it is told in mooring_open, mooring_close and mooring_timer.
//
//   arm(id: i32, millis: i32)    arms a timer
//   disarm(id: i32)
//   act                          does at once what the input says (an action, see below)
//   notes                        output: what has committed so far, a letter each: o for open, t
//                                for timer, a for act
//
// Config: open, close, timer: an action each, for when that export is called:
//   (none), ok    notes it, and nothing else
//   event         also sends an event: "open", "close" or "timer <id>"
//   output        also writes output, which has nowhere to go but in `act`
//   log           also logs its name at level info
//   fail, trap    notes it, sends the event, and then fails with its name as the message, or traps
//   spin          notes it, sends the event, and never returns
//   again         in timer: like event, and arms the same timer again, for 10 ms

#include "mooring.h"

MOORING_CONFIG("open", "what to do in mooring_open")
MOORING_CONFIG("close", "what to do in mooring_close")
MOORING_CONFIG("timer", "what to do in mooring_timer")

static char notes[1024];
static uint32_t note_count;

static bool is(const char *action, uint32_t length, const char *wanted) {
  return mooring_compare(action, length, wanted, mooring_length(wanted)) == 0;
}

static void act_on(const char *name, int32_t id, const char *action, uint32_t length) {
  char buffer[64];
  mooring_text text = MOORING_TEXT(buffer);
  mooring_text_str(&text, name);
  if (*name == 't') {
    mooring_text_str(&text, " ");
    mooring_text_i64(&text, id);
  }
  if (note_count < sizeof notes) notes[note_count++] = *name;
  if (length == 0 || is(action, length, "ok")) return;
  if (is(action, length, "log")) {
    mooring_text_log(MOORING_INFO, &text);
    return;
  }
  if (is(action, length, "output")) {
    mooring_text_output(&text);
    return;
  }
  mooring_text_event(&text);
  if (is(action, length, "event")) return;
  if (is(action, length, "again")) {
    mooring_timer_set(id, 10);
    return;
  }
  if (is(action, length, "fail")) mooring_text_fail(&text);
  if (is(action, length, "trap")) __builtin_trap();
  if (is(action, length, "spin")) {
    for (volatile uint32_t i = 0;; i++) {
    }
  }
  mooring_fail_str("no such action");
}

static void act_as_configured(const char *name, int32_t id) {
  char action[16];
  int32_t length = mooring_config_get(name, mooring_length(name), action, sizeof action);
  if (length > (int32_t)sizeof action) length = sizeof action;
  act_on(name, id, action, length < 0 ? 0 : (uint32_t)length);
}

MOORING_EXPORT("mooring_open") void on_open(void) { act_as_configured("open", 0); }

MOORING_EXPORT("mooring_close") void on_close(void) { act_as_configured("close", 0); }

MOORING_EXPORT("mooring_timer") void on_timer(int32_t id) { act_as_configured("timer", id); }

MOORING_EXPORT("arm") void arm(int32_t id, int32_t millis) {
  mooring_timer_set(id, (uint32_t)millis);
}

MOORING_EXPORT("disarm") void disarm(int32_t id) { mooring_timer_clear(id); }

MOORING_EXPORT("act") void act(void) {
  char action[16];
  uint32_t length = mooring_input_all(action, sizeof action);
  act_on("act", 0, action, length);
}

MOORING_EXPORT("notes") void get_notes(void) { mooring_output_write(notes, note_count); }
