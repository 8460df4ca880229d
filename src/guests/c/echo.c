// echo: bytes in, bytes out, whatever their number, through one fixed buffer.
//
//   echo                  output: the input
//   reverse               output: the input, last byte first
//   repeat(times: i32)    output: the input, `times` times; typed arguments and bytes in one call

#include "mooring.h"

static uint8_t piece[2048];

static void copy_input(void) {
  for (uint32_t at = 0, got; (got = mooring_input_read(piece, at, sizeof piece)) > 0; at += got) {
    mooring_output_write(piece, got);
  }
}

MOORING_EXPORT("echo") void echo(void) { copy_input(); }

MOORING_EXPORT("reverse") void reverse(void) {
  for (uint32_t left = mooring_input_len(); left > 0;) {
    uint32_t size = left < sizeof piece ? left : sizeof piece;
    left -= size;
    mooring_input_read(piece, left, size);
    for (uint32_t i = 0, j = size - 1; i < j; i++, j--) {
      uint8_t swapped = piece[i];
      piece[i] = piece[j];
      piece[j] = swapped;
    }
    mooring_output_write(piece, size);
  }
}

MOORING_EXPORT("repeat") void repeat(int32_t times) {
  if (times < 0) mooring_fail_str("repeat: times must not be negative");
  for (int32_t i = 0; i < times; i++) copy_input();
}
