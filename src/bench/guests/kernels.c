// kernels: small programs of several kinds, to compare how fast engines compute.
//
// Each is `run_NAME(n: i32) -> i64`: makes its own data from a fixed seed, computes, and returns a
// checksum that depends on all of it, so that runs can be compared across engines bit by bit. `n`
// says how much work; -1 comes back when it is negative or too large. With the n in brackets a call
// takes 0.2 to 1 ms in native code.
//
//   run_sha(n)        SHA-256 over n KiB                                      [96; at most 100000]
//   run_matrix(n)     product of two n x n matrices of f64                    [72; at most 96]
//   run_sort(n)       heap sort of n i32                                      [8000; at most 65536]
//   run_fib(n)        the nth Fibonacci number by plain recursion             [25; at most 40]
//   run_scan(n)       counts lines, words and a pattern in n KiB of text      [96; at most 256]
//   run_json(n)       parses a JSON array of n objects by recursive descent   [2400; at most 3000]
//   run_table(n)      n keys into a hash table with open addressing, looked
//                     up, and every third removed                           [24000; which is most]
//   run_image(n)      3 x 3 filter over an n x n image of bytes               [224; at most 384]
//   run_interpret(n)  a bytecode interpreter that runs a loop n times         [16000; at most 10^7]
//
// The kernels share one block of static memory: nothing is kept from call to call.

#include "mooring.h"
#include "sha256.h"

enum {
  MOST_MATRIX = 96,
  MOST_SORT = 65536,
  MOST_TEXT = 256 * 1024,
  MOST_OBJECTS = 3000,
  TABLE_SLOTS = 32768,
  MOST_KEYS = 24000,
  MOST_IMAGE = 384,
};

static union {
  double matrix[3][MOST_MATRIX * MOST_MATRIX];
  int32_t numbers[MOST_SORT];
  uint8_t text[MOST_TEXT];
  struct {
    uint32_t key, value;
  } slots[TABLE_SLOTS];
  uint8_t image[2][MOST_IMAGE * MOST_IMAGE];
} memory;

static uint32_t seed;

// xorshift32: the same numbers everywhere.
static uint32_t draw(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

static uint64_t mix(uint64_t sum, uint64_t value) {
  return (sum ^ value) * 0x100000001b3 + (sum >> 29);
}

static bool start(int32_t n, int32_t most) {
  seed = 2463534242u;
  return n >= 0 && n <= most;
}

// --- sha ---

MOORING_EXPORT("run_sha") int64_t run_sha(int32_t n) {
  if (!start(n, 100000)) return -1;
  sha256 hash;
  sha256_start(&hash);
  for (int32_t i = 0; i < 1024; i++) memory.text[i] = (uint8_t)draw();
  for (int32_t k = 0; k < n; k++) {
    for (int32_t i = 0; i < 1024; i += 64) sha256_block(&hash, memory.text + i);
  }
  return (int64_t)((uint64_t)hash.state[0] << 32 | hash.state[7]);
}

// --- matrix ---

MOORING_EXPORT("run_matrix") int64_t run_matrix(int32_t n) {
  if (!start(n, MOST_MATRIX)) return -1;
  double *a = memory.matrix[0], *b = memory.matrix[1], *product = memory.matrix[2];
  for (int32_t i = 0; i < n * n; i++) {
    a[i] = draw() % 1000 / 8.0;  // exact in binary: no engine may round differently
    b[i] = draw() % 1000 / 8.0;
    product[i] = 0;
  }
  for (int32_t i = 0; i < n; i++) {
    for (int32_t k = 0; k < n; k++) {
      double factor = a[i * n + k];
      for (int32_t j = 0; j < n; j++) product[i * n + j] += factor * b[k * n + j];
    }
  }
  uint64_t sum = 0;
  for (int32_t i = 0; i < n * n; i++) sum = mix(sum, (uint64_t)(product[i] * 64));
  return (int64_t)sum;
}

// --- sort ---

static void sift_down(int32_t *heap, int32_t size, int32_t at) {
  int32_t moving = heap[at];
  for (int32_t child; (child = 2 * at + 1) < size; at = child) {
    if (child + 1 < size && heap[child] < heap[child + 1]) child++;
    if (moving >= heap[child]) break;
    heap[at] = heap[child];
  }
  heap[at] = moving;
}

MOORING_EXPORT("run_sort") int64_t run_sort(int32_t n) {
  if (!start(n, MOST_SORT)) return -1;
  int32_t *numbers = memory.numbers;
  for (int32_t i = 0; i < n; i++) numbers[i] = (int32_t)draw();
  for (int32_t at = n / 2; at-- > 0;) sift_down(numbers, n, at);
  for (int32_t size = n; size > 1;) {
    int32_t largest = numbers[0];
    numbers[0] = numbers[--size];
    numbers[size] = largest;
    sift_down(numbers, size, 0);
  }
  uint64_t sum = 0;
  for (int32_t i = 0; i < n; i++) sum = mix(sum, (uint32_t)numbers[i]);
  return (int64_t)sum;
}

// --- fib ---

// Otherwise clang turns one of the two calls into a loop.
__attribute__((noinline, disable_tail_calls)) static int64_t fib(int32_t n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

MOORING_EXPORT("run_fib") int64_t run_fib(int32_t n) { return start(n, 40) ? fib(n) : -1; }

// --- scan ---

MOORING_EXPORT("run_scan") int64_t run_scan(int32_t n) {
  static const char pattern[] = "needle";
  if (!start(n, MOST_TEXT / 1024)) return -1;
  uint8_t *text = memory.text;
  int32_t length = n * 1024;
  for (int32_t i = 0; i < length; i++) {
    uint32_t drawn = draw();
    text[i] = drawn % 64 == 0 ? '\n' : drawn % 7 == 0 ? ' ' : (uint8_t)('a' + (drawn >> 8) % 26);
    if (drawn % 1021 == 0 && i >= 6) __builtin_memcpy(text + i - 5, pattern, 6);
  }
  int32_t lines = 0, words = 0, found = 0;
  bool in_word = false;
  for (int32_t i = 0; i < length; i++) {
    uint8_t byte = text[i];
    bool letter = byte > ' ';
    lines += byte == '\n';
    words += letter && !in_word;
    in_word = letter;
    if (byte == 'n' && i + 6 <= length) {
      int32_t matched = 1;
      while (matched < 6 && text[i + matched] == (uint8_t)pattern[matched]) matched++;
      found += matched == 6;
    }
  }
  return (int64_t)mix(mix((uint64_t)lines, (uint64_t)words), (uint64_t)found);
}

// --- json ---

static uint8_t *json_end;

static void json_put(const char *text) {
  while (*text != 0) *json_end++ = (uint8_t)*text++;
}

static void json_put_number(uint32_t number) {
  uint8_t digits[10];
  int32_t count = 0;
  do digits[count++] = (uint8_t)('0' + number % 10);
  while ((number /= 10) != 0);
  while (count > 0) *json_end++ = digits[--count];
}

static void json_make(int32_t objects) {
  json_end = memory.text;
  json_put("[");
  for (int32_t i = 0; i < objects; i++) {
    json_put(i == 0 ? "{\"id\":" : ", {\"id\":");
    json_put_number((uint32_t)i);
    json_put(",\"name\":\"caf\\u00e9 ");
    json_put_number(draw() % 1000);
    json_put("\",\"xs\":[");
    json_put_number(draw() % 100000);
    json_put(",-1.5],\"ok\":");
    json_put(draw() % 2 == 0 ? "true}" : "null}");
  }
  json_put("]");
  *json_end = 0;
}

static const uint8_t *json_at;
static uint64_t json_sum;

static void json_skip_space(void) {
  while (*json_at == ' ' || *json_at == '\n' || *json_at == '\t' || *json_at == '\r') json_at++;
}

static bool json_string(void) {
  uint32_t hash = 0;
  json_at++;
  while (*json_at != '"') {
    if (*json_at == 0) return false;
    if (*json_at == '\\') {
      json_at++;
      if (*json_at == 'u') {
        uint32_t code = 0;
        for (int32_t i = 0; i < 4; i++) {
          uint8_t digit = *++json_at;
          bool decimal = digit >= '0' && digit <= '9';
          if (!decimal && !(digit >= 'a' && digit <= 'f')) return false;
          code = code * 16 + (decimal ? digit - '0' : digit - 'a' + 10);
        }
        hash += code;
      }
    }
    hash = hash * 31 + *json_at++;
  }
  json_at++;
  json_sum = mix(json_sum, hash);
  return true;
}

static bool json_number(void) {
  bool negative = *json_at == '-';
  double value = 0, scale = 1;
  json_at += negative;
  if (*json_at < '0' || *json_at > '9') return false;
  while (*json_at >= '0' && *json_at <= '9') value = value * 10 + (*json_at++ - '0');
  if (*json_at == '.') {
    json_at++;
    while (*json_at >= '0' && *json_at <= '9') value += (*json_at++ - '0') * (scale /= 10);
  }
  json_sum = mix(json_sum, (uint64_t)(int64_t)((negative ? -value : value) * 16));
  return true;
}

static bool json_word(const char *word) {
  while (*word != 0) {
    if (*json_at++ != (uint8_t)*word++) return false;
  }
  json_sum = mix(json_sum, (uint8_t)word[-1]);
  return true;
}

static bool json_value(int32_t depth) {
  if (depth > 32) return false;
  json_skip_space();
  uint8_t open = *json_at;
  switch (open) {
    case '{':
    case '[':
      json_at++;
      json_skip_space();
      if (*json_at == open + 2) {  // in ASCII the closing bracket follows two after the opening one
        json_at++;
        return true;
      }
      for (;;) {
        json_skip_space();
        if (open == '{') {
          if (*json_at != '"' || !json_string()) return false;
          json_skip_space();
          if (*json_at++ != ':') return false;
        }
        if (!json_value(depth + 1)) return false;
        json_skip_space();
        uint8_t next = *json_at++;
        if (next == open + 2) return true;
        if (next != ',') return false;
      }
    case '"':
      return json_string();
    case 't':
      return json_word("true");
    case 'f':
      return json_word("false");
    case 'n':
      return json_word("null");
    default:
      return json_number();
  }
}

MOORING_EXPORT("run_json") int64_t run_json(int32_t n) {
  if (!start(n, MOST_OBJECTS)) return -1;
  json_make(n);
  json_at = memory.text;
  json_sum = (uint64_t)(json_end - memory.text);
  return json_value(0) && json_at == json_end ? (int64_t)json_sum : -2;
}

// --- table ---

static uint32_t slot_of(uint32_t key) {
  uint32_t at = key * 0x9E3779B1u >> 17;  // the upper 15 bits: as many as TABLE_SLOTS has
  while (memory.slots[at].key != 0 && memory.slots[at].key != key) at = (at + 1) % TABLE_SLOTS;
  return at;
}

// Moves what follows back over the hole, so that no probe ends too early.
static void remove_slot(uint32_t hole) {
  for (uint32_t at = hole;;) {
    at = (at + 1) % TABLE_SLOTS;
    if (memory.slots[at].key == 0) break;
    uint32_t home = memory.slots[at].key * 0x9E3779B1u >> 17;
    if ((at - home) % TABLE_SLOTS >= (at - hole) % TABLE_SLOTS) {
      memory.slots[hole] = memory.slots[at];
      hole = at;
    }
  }
  memory.slots[hole].key = 0;
}

MOORING_EXPORT("run_table") int64_t run_table(int32_t n) {
  if (!start(n, MOST_KEYS)) return -1;
  __builtin_memset(memory.slots, 0, sizeof memory.slots);
  for (int32_t i = 0; i < n; i++) {
    uint32_t key = draw() | 1, at = slot_of(key);
    memory.slots[at].key = key;
    memory.slots[at].value += (uint32_t)i;
  }
  uint64_t sum = 0;
  start(n, MOST_KEYS);  // the same keys again
  for (int32_t i = 0; i < n; i++) {
    uint32_t at = slot_of(draw() | 1);
    sum = mix(sum, memory.slots[at].value);
    if (i % 3 == 0 && memory.slots[at].key != 0) remove_slot(at);
  }
  for (uint32_t at = 0; at < TABLE_SLOTS; at++) sum += memory.slots[at].key;
  return (int64_t)sum;
}

// --- image ---

MOORING_EXPORT("run_image") int64_t run_image(int32_t n) {
  static const int32_t weights[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
  if (!start(n, MOST_IMAGE)) return -1;
  uint8_t *from = memory.image[0], *to = memory.image[1];
  for (int32_t i = 0; i < n * n; i++) from[i] = (uint8_t)draw();
  uint64_t sum = 0;
  for (int32_t y = 1; y < n - 1; y++) {
    for (int32_t x = 1; x < n - 1; x++) {
      int32_t total = 0;
      for (int32_t k = 0; k < 9; k++) {
        total += weights[k] * from[(y + k / 3 - 1) * n + x + k % 3 - 1];
      }
      to[y * n + x] = (uint8_t)(total / 16);
    }
  }
  for (int32_t y = 1; y < n - 1; y++) {
    for (int32_t x = 1; x < n - 1; x++) sum = mix(sum, to[y * n + x]);
  }
  return (int64_t)sum;
}

// --- interpret ---

enum { PUSH, LOAD, STORE, ADD, MULTIPLY, XOR, SHIFT, LESS, JUMP_IF, CALL, RETURN, STOP };

MOORING_EXPORT("run_interpret") int64_t run_interpret(int32_t n) {
  // x = 1; for (i = 0; i < n; i++) x = step(x); where step(x) = (x * 31 + i) ^ (x >> 7)
  static const int32_t program[] = {
      /*  0 */ PUSH, 1, STORE, 0, PUSH, 0, STORE, 1,
      /*  8 */ CALL, 23, LOAD, 1, PUSH, 1, ADD, STORE, 1,
      /* 17 */ LOAD, 1, LESS, JUMP_IF, 8, STOP,
      /* 23 */ LOAD, 0, PUSH, 31, MULTIPLY, LOAD, 1, ADD, LOAD, 0, PUSH, 7, SHIFT, XOR, STORE, 0,
      /* 39 */ RETURN,
  };
  if (!start(n, 10000000)) return -1;
  uint32_t stack[16], variables[2] = {0, 0};
  int32_t at = 0, top = 0, caller = 0;
  for (;;) {
    switch (program[at++]) {
      case PUSH: stack[top++] = (uint32_t)program[at++]; break;
      case LOAD: stack[top++] = variables[program[at++]]; break;
      case STORE: variables[program[at++]] = stack[--top]; break;
      case ADD: top--; stack[top - 1] += stack[top]; break;
      case MULTIPLY: top--; stack[top - 1] *= stack[top]; break;
      case XOR: top--; stack[top - 1] ^= stack[top]; break;
      case SHIFT: top--; stack[top - 1] >>= stack[top]; break;
      case LESS: stack[top - 1] = stack[top - 1] < (uint32_t)n; break;
      case JUMP_IF: at = stack[--top] != 0 ? program[at] : at + 1; break;
      case CALL: caller = at + 1; at = program[at]; break;
      case RETURN: at = caller; break;
      default: return (int64_t)((uint64_t)variables[0] << 32 | variables[1]);
    }
  }
}
