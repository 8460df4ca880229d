// work: a byte function that computes for about 20 µs, as a busy guest does.
//
//   work    input: up to 64 bytes; output: 32 bytes, the 64th link of a chain of SHA-256 blocks,
//           each of which starts from the one before it and hashes the input, padded with zeros
//   inc() -> i64, get() -> i64   a counter of calls of `work` and `inc`

#include "mooring.h"
#include "sha256.h"

enum { LINKS = 64 };

static int64_t counter;

MOORING_EXPORT("work") void work(void) {
  uint8_t block[64] = {0}, digest[32];
  sha256 hash;
  mooring_input_all(block, sizeof block);
  sha256_start(&hash);
  for (int i = 0; i < LINKS; i++) {
    block[63] ^= (uint8_t)i;
    sha256_block(&hash, block);
  }
  sha256_bytes(&hash, digest);
  mooring_output_write(digest, sizeof digest);
  counter++;
}

MOORING_EXPORT("inc") int64_t inc(void) { return ++counter; }

MOORING_EXPORT("get") int64_t get(void) { return counter; }
