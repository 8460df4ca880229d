// constructed: a guest in C++ whose state is an object with a constructor and a destructor.
//
//   add(i64) -> i64        adds to a sum that the constructor begins with 40, and returns it
//   other(i64) -> i64      the same with another, which begins with 2
//   constructed() -> i32   how many constructors have run: 3
//   destroyed() -> i32     how many destructors have run: 0
//   greet                  output: "Hello, " and the input as JSON

#include "mooring.h"

static int32_t constructed, destroyed;

// A number that the compiler doesn't know, so that it leaves the constructors in.
static volatile int64_t two = 2;

__attribute__((constructor)) static void begin() { constructed += two - 1; }

namespace {

class Sum {
 public:
  explicit Sum(int64_t first) : sum(first) { constructed++; }
  ~Sum() {
    sum = 0;
    destroyed++;
  }
  int64_t add(int64_t amount) { return sum += amount; }

 private:
  int64_t sum;
};

Sum one(20 * two), other(two);

}  // namespace

MOORING_EXPORT("add") int64_t add(int64_t amount) { return one.add(amount); }

MOORING_EXPORT("other") int64_t add_other(int64_t amount) { return other.add(amount); }

MOORING_EXPORT("constructed") int32_t get_constructed() { return constructed; }

MOORING_EXPORT("destroyed") int32_t get_destroyed() { return destroyed; }

MOORING_EXPORT("greet") void greet() {
  char name[64], buffer[128];
  uint32_t length = mooring_input_all(name, sizeof name);
  mooring_text text = MOORING_TEXT(buffer);
  mooring_text_str(&text, "Hello, ");
  mooring_text_json(&text, name, length);
  mooring_text_output(&text);
}
