// pure_init: initialisation that computes for some tens of milliseconds and touches nothing
// outside, so that it need run only once for all sessions: the primes below 1,000,000, by trial
// division.
//
//   prime(index: i32) -> i32     the prime of that index; prime(0) is 2; fails beyond the last
//   primes() -> i32              78498: how many there are
//   initialized() -> i32         1: how often this session's state saw initialisation
//   forget(index: i32)           overwrites one prime with 0, in this session

#include "mooring.h"

enum { LIMIT = 1000000, PRIMES = 78498 };

static int32_t primes[PRIMES];
static int32_t count, initialized;

MOORING_EXPORT("_initialize") void initialize(void) {
  for (int32_t candidate = 2; candidate < LIMIT; candidate++) {
    int32_t i = 0;
    while (i < count && primes[i] * primes[i] <= candidate && candidate % primes[i] != 0) i++;
    if (i == count || primes[i] * primes[i] > candidate) primes[count++] = candidate;
  }
  initialized++;
}

static int32_t *at(int32_t index) {
  if (index < 0 || index >= count) mooring_fail_str("no prime of that index");
  return &primes[index];
}

MOORING_EXPORT("prime") int32_t get_prime(int32_t index) { return *at(index); }

MOORING_EXPORT("primes") int32_t get_primes(void) { return count; }

MOORING_EXPORT("initialized") int32_t get_initialized(void) { return initialized; }

MOORING_EXPORT("forget") void forget(int32_t index) { *at(index) = 0; }
