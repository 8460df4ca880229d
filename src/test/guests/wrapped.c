// wrapped: a guest with a constructor that nobody told to run once. The linker has wrapped its
// exports in functions that run it before each call.
//
//   add(i64) -> i64        adds to a sum that the constructor begins with 40, and returns it: the
//                          sum begins anew with each call
//   get() -> i64           40

#include "mooring.h"

static int64_t sum;

// A number that the compiler doesn't know, so that it leaves the constructor in.
static volatile int64_t first = 40;

__attribute__((constructor)) static void begin(void) { sum = first; }

MOORING_EXPORT("add") int64_t add(int64_t amount) { return sum += amount; }

MOORING_EXPORT("get") int64_t get(void) { return sum; }
