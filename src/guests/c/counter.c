// counter: typed calls in both directions, and nothing else. No SDK is needed for such a guest: any
// exported function with i32, i64, f32 or f64 parameters and results can be called by clients.
//
//   add(amount: i64) -> i64     adds to the counter and returns it; wraps round as i64 does
//   get() -> i64                the counter
//   sample(value: f64) -> f64   takes one more sample and returns the mean of all
//   mean() -> f64               the mean of all samples; NaN before the first
//   samples() -> i32            how many samples were taken
//   reset()                     counter and samples as at the start

#include "mooring.h"

static int64_t counter;

static int32_t sample_count;
static double sample_mean;

MOORING_EXPORT("add") int64_t add(int64_t amount) {
  counter = (int64_t)((uint64_t)counter + (uint64_t)amount);  // unsigned: overflow is defined
  return counter;
}

MOORING_EXPORT("get") int64_t get(void) { return counter; }

MOORING_EXPORT("mean") double mean(void) {
  return sample_count == 0 ? __builtin_nan("") : sample_mean;
}

MOORING_EXPORT("sample") double sample(double value) {
  sample_count++;
  // Moves the mean by the sample's share: a sum of samples would lose digits as it grows.
  sample_mean += (value - sample_mean) / sample_count;
  return sample_mean;
}

MOORING_EXPORT("samples") int32_t samples(void) { return sample_count; }

MOORING_EXPORT("reset") void reset(void) {
  counter = 0;
  sample_count = 0;
  sample_mean = 0;
}
