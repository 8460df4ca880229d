// constructor: the guest `wrapped`, as it should be.
//
//   add(i64) -> i64        adds to a sum that the constructor begins with 40, and returns it
//   get() -> i64           the sum

#include "wrapped.c"

MOORING_CONSTRUCTORS
