// kv: a sorted key-value store in a session.
//
//   put            input: key=value; the key ends at the first '=', the value may be any bytes
//   get            input: a key; output: its value
//   delete         input: a key
//   scan           input: a prefix, perhaps empty
//                  output: [{"key":"a","value":"1"},...], all pairs whose key starts with it,
//                  sorted by the bytes of their keys; bytes that aren't UTF-8 are shown as U+FFFD
//   size() -> i64  the number of keys
//
// A key that isn't there fails `get` and `delete`. Keys have 1 to 255 bytes.
//
// Config: max_keys, how many keys the store may hold.
//
// The pairs are a skip list: sorted like a tree, but insertion and removal are one loop each.
// Memory comes from free lists, one per size class, and then from the end of memory. Nothing here
// cleans up after itself when it runs out of memory half way: a call that fails rolls back.

#include "mooring.h"

MOORING_CONFIG("max_keys", "how many keys the store may hold (1 to 10000000; default 10000)")

enum {
  DEFAULT_MAX_KEYS = 10000,
  MOST_MAX_KEYS = 10000000,
  MAX_KEY_BYTES = 255,
  MAX_LEVELS = 12,  // one pair in four gets a further level: good for 4^12 pairs
};

typedef struct pair {
  uint32_t value_length;
  uint8_t key_length;
  uint8_t levels;
  struct pair *next[];  // as many as there are levels; then the key; then the value
} pair;

static uint32_t max_keys;
static uint32_t key_count;
static struct pair *first[MAX_LEVELS];  // where each level starts
static uint32_t coin = 0x9E3779B9;      // of the generator that draws levels; never 0

// --- Memory ----------------------------------------------------------------------------------

// Sizes are rounded up to one of four per power of two, so at most a fifth of a block is unused.
enum { SMALLEST_BLOCK = 16, CLASSES = 4 * 29 };

typedef struct block {
  struct block *next;
} block;

static block *free_blocks[CLASSES];
static uint32_t end_address;  // what no block has used yet; 0 before the first

static char failure[640];  // room for a message that quotes a key

__attribute__((noreturn))
static void fail_about(const char *what, const void *key, uint32_t key_length) {
  mooring_text message = MOORING_TEXT(failure);
  mooring_text_str(&message, what);
  mooring_text_json(&message, key, key_length);
  mooring_text_fail(&message);
}

__attribute__((noreturn))
static void fail_with_number(const char *what, uint64_t number) {
  mooring_text message = MOORING_TEXT(failure);
  mooring_text_str(&message, what);
  mooring_text_u64(&message, number);
  mooring_text_fail(&message);
}

static uint64_t class_size(uint32_t class) {
  return (uint64_t)(4 + class % 4) * (SMALLEST_BLOCK / 4) << class / 4;
}

// The smallest class whose blocks hold so many bytes.
static uint32_t class_of(uint64_t size) {
  uint32_t class = 0;
  while (class_size(class) < size) class++;
  return class;
}

static void add_free(uint32_t address, uint32_t class) {
  block *added = (block *)(uintptr_t)address;
  added->next = free_blocks[class];
  free_blocks[class] = added;
}

static uint32_t take_free(uint32_t class) {
  block *taken = free_blocks[class];
  free_blocks[class] = taken->next;
  return (uint32_t)(uintptr_t)taken;
}

// Cuts a block from a larger free one, if there is any, and frees what is left of it; 0 if there is
// none. Only done when memory is at its limit: blocks that are cut are never joined again.
static uint32_t cut_free(uint32_t class) {
  uint32_t larger = class + 1;
  while (larger < CLASSES && free_blocks[larger] == NULL) larger++;
  if (larger == CLASSES) return 0;
  uint32_t start = take_free(larger);
  uint64_t rest = start + class_size(class), end = start + class_size(larger);
  for (uint32_t part = larger; part-- > 0;) {
    while (class_size(part) <= end - rest) {
      add_free((uint32_t)rest, part);
      rest += class_size(part);
    }
  }
  return start;
}

static void *allocate(uint64_t size) {
  uint32_t class = class_of(size);
  if (free_blocks[class] != NULL) return (void *)(uintptr_t)take_free(class);
  if (end_address == 0) end_address = mooring_heap_start();
  uint32_t fresh = end_address;
  if (mooring_grow_to(fresh + class_size(class))) {
    end_address += (uint32_t)class_size(class);
  } else {
    fresh = cut_free(class);
    if (fresh == 0) fail_with_number("out of memory; keys in the store: ", key_count);
  }
  return (void *)(uintptr_t)fresh;
}

static void release(void *memory, uint64_t size) {
  add_free((uint32_t)(uintptr_t)memory, class_of(size));
}

// --- The skip list ---------------------------------------------------------------------------

static uint64_t size_of(uint32_t levels, uint32_t key_length, uint32_t value_length) {
  return sizeof(pair) + levels * sizeof(pair *) + key_length + (uint64_t)value_length;
}

static uint8_t *key_of(pair *of) { return (uint8_t *)&of->next[of->levels]; }

static uint8_t *value_of(pair *of) { return key_of(of) + of->key_length; }

static uint8_t draw_levels(void) {
  uint8_t levels = 1;
  coin ^= coin << 13;  // xorshift: only the shape of the list depends on it
  coin ^= coin >> 17;
  coin ^= coin << 5;
  for (uint32_t bits = coin; levels < MAX_LEVELS && (bits & 3) == 0; bits >>= 2) levels++;
  return levels;
}

// Finds the first pair whose key is not below this one; null at the end of the list. `links`, one
// per level, comes back with the addresses of the pointers that lead there: what to change to
// insert before that pair, or to take it out.
static pair *seek(const uint8_t *key, uint32_t key_length, pair **links[MAX_LEVELS]) {
  pair **next = first;  // the pointers of the pair that we are at, one per level
  for (uint32_t level = MAX_LEVELS; level-- > 0;) {
    for (pair *ahead; (ahead = next[level]) != NULL; next = ahead->next) {
      if (mooring_compare(key_of(ahead), ahead->key_length, key, key_length) >= 0) break;
    }
    links[level] = &next[level];
  }
  return *links[0];
}

static bool has_key(pair *candidate, const uint8_t *key, uint32_t key_length) {
  return candidate != NULL && mooring_compare(key_of(candidate), candidate->key_length, key,
                                              key_length) == 0;
}

static void take_out(pair *leaving, pair **links[MAX_LEVELS]) {
  for (uint32_t level = 0; level < leaving->levels; level++) *links[level] = leaving->next[level];
  release(leaving, size_of(leaving->levels, leaving->key_length, leaving->value_length));
  key_count--;
}

// --- What clients call -----------------------------------------------------------------------

static uint8_t key[MAX_KEY_BYTES + 1];  // one more, so that a key that is too long is noticed

// Reads the whole input as a key, fails if it can't be one, and returns its length.
static uint32_t input_key(void) {
  uint32_t length = mooring_input_len();
  if (length == 0) mooring_fail_str("a key is needed");
  if (length > MAX_KEY_BYTES) mooring_fail_str("a key has at most 255 bytes");
  return mooring_input_read(key, 0, length);
}

static pair *existing(uint32_t key_length, pair **links[MAX_LEVELS]) {
  pair *found = seek(key, key_length, links);
  if (!has_key(found, key, key_length)) fail_about("no such key: ", key, key_length);
  return found;
}

MOORING_EXPORT("put") void put(void) {
  uint32_t got = mooring_input_read(key, 0, sizeof key), key_length = 0;
  while (key_length < got && key[key_length] != '=') key_length++;
  if (key_length == got) {
    mooring_fail_str(got < sizeof key ? "put: key=value is needed" : "a key has at most 255 bytes");
  }
  if (key_length == 0) mooring_fail_str("a key is needed before the '='");
  uint32_t value_length = mooring_input_len() - key_length - 1;

  pair **links[MAX_LEVELS];
  pair *found = seek(key, key_length, links);
  if (has_key(found, key, key_length)) {
    take_out(found, links);  // and put in anew, perhaps at the same place: the size may differ
  } else if (key_count >= max_keys) {
    fail_with_number("the store is full; max_keys: ", max_keys);
  }

  uint8_t levels = draw_levels();
  pair *added = allocate(size_of(levels, key_length, value_length));
  added->value_length = value_length;
  added->key_length = (uint8_t)key_length;
  added->levels = levels;
  for (uint32_t level = 0; level < levels; level++) {
    added->next[level] = *links[level];
    *links[level] = added;
  }
  __builtin_memcpy(key_of(added), key, key_length);
  mooring_input_read(value_of(added), key_length + 1, value_length);
  key_count++;
}

MOORING_EXPORT("get") void get(void) {
  pair **links[MAX_LEVELS];
  pair *found = existing(input_key(), links);
  mooring_output_write(value_of(found), found->value_length);
}

MOORING_EXPORT("delete") void delete (void) {
  pair **links[MAX_LEVELS];
  pair *found = existing(input_key(), links);
  take_out(found, links);
}

MOORING_EXPORT("scan") void scan(void) {
  static uint8_t buffer[1024];
  mooring_text json = MOORING_OUTPUT_TEXT(buffer);
  pair **links[MAX_LEVELS];
  uint32_t prefix_length = mooring_input_len() == 0 ? 0 : input_key();
  const char *before_next = "[";
  for (pair *at = seek(key, prefix_length, links); at != NULL; at = at->next[0]) {
    if (at->key_length < prefix_length) break;
    if (mooring_compare(key_of(at), prefix_length, key, prefix_length) != 0) break;
    mooring_text_str(&json, before_next);
    mooring_text_str(&json, "{\"key\":");
    mooring_text_json(&json, key_of(at), at->key_length);
    mooring_text_str(&json, ",\"value\":");
    mooring_text_json(&json, value_of(at), at->value_length);
    mooring_text_str(&json, "}");
    before_next = ",";
  }
  mooring_text_str(&json, *before_next == '[' ? "[]" : "]");
  mooring_text_output(&json);
}

MOORING_EXPORT("size") int64_t size(void) { return key_count; }

MOORING_EXPORT("mooring_open") void on_open(void) {
  max_keys = mooring_config_u32("max_keys", 1, MOST_MAX_KEYS, DEFAULT_MAX_KEYS);
}
