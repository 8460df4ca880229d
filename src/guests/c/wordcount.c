// wordcount: counts words in a text of any length that arrives in pieces of any size.
//
//   feed     input: the next piece of the text; a piece may end within a word
//   top      input: how many words to list, in decimal (10 if empty)
//            output: {"words":123,"distinct":45,"top":[{"word":"the","count":9},...]}, the most
//            frequent first, equally frequent ones in alphabetical order
//   reset    forgets the text
//
// A word is a run of the letters A-Z and a-z, in lower case: what
// `tr -cs 'A-Za-z' '\n' | tr 'A-Z' 'a-z'` gives. `top` counts a word that the last piece left open,
// and leaves it open.
//
// Memory, from the end of the program's data on, only ever grows at its end:
//
//     table | word word word | table, twice as large | word word ... word | the open word
//
// A word is appended letter by letter as it arrives. When it ends, it stays if it is new, and is
// taken off again if it is known. A table is a bump allocation as well, made only when no word is
// open; the tables left behind are together smaller than the last one.

#include "mooring.h"

typedef struct {
  uint64_t count;
  uint32_t hash;  // FNV-1a of the letters so far
  uint32_t length;
  uint8_t letters[];
} word;

enum { FIRST_TABLE_SLOTS = 64, FNV_BASIS = 0x811C9DC5, FNV_PRIME = 0x01000193 };

static uint8_t piece[2048];

static uint32_t end_address;   // the first byte that is in use for nothing; 0 before the first feed
static word **table;           // open addressing, linear probing, at most half full
static uint32_t table_slots;   // a power of two
static uint32_t distinct;      // words in the table
static uint64_t ended;         // words that have ended, with repetitions
static word *open_word;        // at the end of memory; null between words

// Makes sure that `size` bytes from end_address on can be used.
static void reserve(uint64_t size) {
  if (mooring_grow_to((uint64_t)end_address + size)) return;
  char buffer[96];
  mooring_text message = MOORING_TEXT(buffer);
  mooring_text_str(&message, "out of memory: ");
  mooring_text_u64(&message, distinct);
  mooring_text_str(&message, " distinct words in ");
  mooring_text_u64(&message, (uint64_t)__builtin_wasm_memory_size(0) << 6);
  mooring_text_str(&message, " KiB");
  mooring_text_fail(&message);
}

static void align_end(void) { end_address = (end_address + 7) & ~7u; }

// The slot that holds this word, or the empty one where it belongs.
static word **slot_of(const word *wanted) {
  for (uint32_t i = wanted->hash;; i++) {
    word **slot = &table[i & (table_slots - 1)];
    const word *found = *slot;
    if (found == NULL) return slot;
    if (found->hash == wanted->hash && mooring_compare(found->letters, found->length,
                                                       wanted->letters, wanted->length) == 0) {
      return slot;
    }
  }
}

static void new_table(uint32_t slots) {
  word **old = table;
  uint32_t old_slots = table_slots;
  uint32_t size = slots * sizeof *table;
  align_end();
  reserve(size);
  table = (word **)(uintptr_t)end_address;
  table_slots = slots;
  end_address += size;
  __builtin_memset(table, 0, size);
  for (uint32_t i = 0; i < old_slots; i++) {
    if (old[i] != NULL) *slot_of(old[i]) = old[i];
  }
}

// Opens a word, with room for as many letters as the piece may still give it.
static void start_word(uint32_t letters) {
  align_end();
  reserve(sizeof(word) + (uint64_t)letters);
  open_word = (word *)(uintptr_t)end_address;
  *open_word = (word){.count = 1, .hash = FNV_BASIS, .length = 0};
  end_address += sizeof(word);
}

static void end_word(void) {
  word **slot = slot_of(open_word);
  bool known = *slot != NULL;
  if (known) {
    (*slot)->count++;
    end_address = (uint32_t)(uintptr_t)open_word;
  } else {
    *slot = open_word;
    distinct++;
  }
  open_word = NULL;
  ended++;
  if (distinct * 2 > table_slots) new_table(table_slots * 2);
}

// The letter in lower case, or 0 if the byte is none.
static uint8_t letter(uint8_t byte) {
  uint8_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'z' ? lower : 0;
}

MOORING_EXPORT("feed") void feed(void) {
  if (table == NULL) {
    end_address = mooring_heap_start();
    new_table(FIRST_TABLE_SLOTS);
  }
  for (uint32_t at = 0, got; (got = mooring_input_read(piece, at, sizeof piece)) > 0; at += got) {
    if (open_word != NULL) reserve(got);
    for (uint32_t i = 0; i < got; i++) {
      uint8_t next = letter(piece[i]);
      if (next == 0) {
        if (open_word != NULL) end_word();
        continue;
      }
      if (open_word == NULL) start_word(got - i);
      open_word->letters[open_word->length++] = next;
      open_word->hash = (open_word->hash ^ next) * FNV_PRIME;
      end_address++;
    }
  }
}

// Whether `a` belongs before `b` in the list.
static bool before(const word *a, const word *b) {
  if (a->count != b->count) return a->count > b->count;
  return mooring_compare(a->letters, a->length, b->letters, b->length) < 0;
}

// Restores the heap below `at`, whose root is the word that belongs last.
static void sift_down(const word **heap, uint32_t size, uint32_t at) {
  const word *moving = heap[at];
  for (uint32_t child; (child = 2 * at + 1) < size; at = child) {
    if (child + 1 < size && before(heap[child], heap[child + 1])) child++;
    if (!before(moving, heap[child])) break;
    heap[at] = heap[child];
  }
  heap[at] = moving;
}

static void sift_up(const word **heap, uint32_t at) {
  const word *moving = heap[at];
  for (uint32_t parent; at > 0; at = parent) {
    parent = (at - 1) / 2;
    if (!before(heap[parent], moving)) break;
    heap[at] = heap[parent];
  }
  heap[at] = moving;
}

// Puts the word among the best if it belongs there; returns how many there are.
static uint32_t offer(const word **best, uint32_t size, uint32_t wanted, const word *offered) {
  if (size < wanted) {
    best[size] = offered;
    sift_up(best, size);
    return size + 1;
  }
  if (wanted > 0 && before(offered, best[0])) {
    best[0] = offered;
    sift_down(best, size, 0);
  }
  return size;
}

static uint32_t wanted_words(void) {
  char text[16], buffer[128];
  uint32_t wanted, length = mooring_input_read(text, 0, sizeof text);
  if (length == 0) return 10;
  if (length == mooring_input_len() && mooring_parse_u32(text, length, &wanted)) return wanted;
  mooring_text message = MOORING_TEXT(buffer);
  mooring_text_str(&message, "top: how many words? A whole number in decimal is needed, not ");
  mooring_text_json(&message, text, length);
  mooring_text_fail(&message);
}

MOORING_EXPORT("top") void top(void) {
  uint32_t wanted = wanted_words();

  // The open word counts, for now: as one more of a known word, or as a word beside the table.
  word *known = open_word == NULL ? NULL : *slot_of(open_word);
  bool is_new = open_word != NULL && known == NULL;
  if (known != NULL) known->count++;

  // The best so far are a heap beyond the end of what is in use: scratch memory, kept for nothing.
  uint32_t listed = distinct + is_new;
  if (wanted > listed) wanted = listed;
  reserve(8 + (uint64_t)wanted * sizeof(word *));
  const word **best = (const word **)(uintptr_t)((end_address + 7) & ~7u);
  uint32_t size = 0;
  for (uint32_t i = 0; i < table_slots; i++) {
    if (table[i] != NULL) size = offer(best, size, wanted, table[i]);
  }
  if (is_new) size = offer(best, size, wanted, open_word);
  for (uint32_t left = size; left > 1;) {  // heap sort: the one that belongs last goes to the end
    const word *last = best[0];
    best[0] = best[--left];
    best[left] = last;
    sift_down(best, left, 0);
  }

  mooring_text json = MOORING_OUTPUT_TEXT(piece);
  mooring_text_str(&json, "{\"words\":");
  mooring_text_u64(&json, ended + (open_word != NULL));
  mooring_text_str(&json, ",\"distinct\":");
  mooring_text_u64(&json, listed);
  mooring_text_str(&json, ",\"top\":[");
  for (uint32_t i = 0; i < size; i++) {
    mooring_text_str(&json, i == 0 ? "{\"word\":\"" : ",{\"word\":\"");
    mooring_text_bytes(&json, best[i]->letters, best[i]->length);  // letters: nothing to escape
    mooring_text_str(&json, "\",\"count\":");
    mooring_text_u64(&json, best[i]->count);
    mooring_text_str(&json, "}");
  }
  mooring_text_str(&json, "]}");
  mooring_text_output(&json);

  if (known != NULL) known->count--;
}

MOORING_EXPORT("reset") void reset(void) {
  table = NULL;
  table_slots = 0;
  distinct = 0;
  ended = 0;
  open_word = NULL;
}
