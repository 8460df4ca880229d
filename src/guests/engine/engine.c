// target: wasi
// build: -Oz -Wno-unused-parameter -Wl,-z,stack-size=786432
// sources: quickjs
//
// Scripts as guests: QuickJS behind Mooring's imports. A server compiles this module once; each
// script is an image of it, in which the script has been read and its top level has run.
//
//   mooring_script_load      the input is the script's files; they are read and linked, none is run
//   mooring_script_run       runs the top level
//   mooring_script_exports   the output is the names of the functions that the script exports
//   mooring_script_call      calls the export of that number
//
// The server calls the first three before anybody opens a session, and the last for a client's call;
// if the top level asks for what differs from session to session, the second runs in each.

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "mooring.h"
#include "quickjs.h"

// Beyond so much of the stack a script gets an error that it may catch; the guest's own stack is
// somewhat longer, for what the engine needs to say so.
#define SCRIPT_STACK_BYTES (700 * 1024)

// Memory is looked through for garbage that keeps itself alive when so much more is taken than when
// the script was loaded; from then on, when half as much more is than after the last time. Looking
// writes to every object, those that sessions share, too.
#define GARBAGE_BYTES (1024 * 1024)

#define MAX_MESSAGE_BYTES 512

static JSRuntime *runtime;
static JSContext *context;

// What the prelude was given, and calls back through.
static JSValue host;

// The class of all errors.
static JSValue error_class;

// ---------------------------------------------------------------------------------------------
// Memory
// ---------------------------------------------------------------------------------------------

// QuickJS would take every block to be of no size here, and so find no garbage in large blocks.

static JSMallocState *taken;

// Whether a block wasn't to be had in this call.
static bool is_full;

// What a block costs beside its bytes.
#define BLOCK_BYTES 8

static size_t size_of(const void *block) { return malloc_usable_size((void *)block); }

static void *take(JSMallocState *state, size_t size) {
  void *block = malloc(size);
  taken = state;
  if (block == NULL) {
    is_full = true;
    return NULL;
  }
  state->malloc_count++;
  state->malloc_size += size_of(block) + BLOCK_BYTES;
  return block;
}

static void give_back(JSMallocState *state, void *block) {
  if (block == NULL) return;
  state->malloc_count--;
  state->malloc_size -= size_of(block) + BLOCK_BYTES;
  free(block);
}

static void *resize(JSMallocState *state, void *block, size_t size) {
  if (size == 0) {
    give_back(state, block);
    return NULL;
  }
  if (block == NULL) return take(state, size);
  size_t before = size_of(block);
  void *resized = realloc(block, size);
  if (resized == NULL) {
    is_full = true;
  } else {
    state->malloc_size += size_of(resized) - before;
  }
  return resized;
}

static const JSMallocFunctions memory = {take, give_back, resize, size_of};

static void collect_garbage(void) {
  JS_RunGC(runtime);
  JS_SetGCThreshold(runtime, taken->malloc_size + GARBAGE_BYTES);
}

// ---------------------------------------------------------------------------------------------
// The world
// ---------------------------------------------------------------------------------------------

// While the engine is made nothing may be asked that differs from session to session.
static bool is_made;

// The engine's only clock.
int mooring_gettimeofday(struct timeval *now, void *zone) {
  int64_t nanos = is_made ? mooring_time_unix_nanos() : 0;
  now->tv_sec = nanos / 1000000000;
  now->tv_usec = nanos % 1000000000 / 1000;
  return 0;
}

// Chance is drawn from the server once a call, when it is asked for, and stretched from there.
static uint64_t chance;

static double next_chance(void) {
  if (chance == 0) {
    mooring_random(&chance, sizeof chance);
    chance |= 1;
  }
  chance ^= chance >> 12;
  chance ^= chance << 25;
  chance ^= chance >> 27;
  return (double)((chance * 0x2545F4914F6CDD1D) >> 11) * 0x1p-53;
}

// ---------------------------------------------------------------------------------------------
// Failures
// ---------------------------------------------------------------------------------------------

// As much of it as there is room for, at a whole character.
static void text_start(mooring_text *text, const char *chars, size_t length) {
  size_t room = text->capacity - text->length;
  if (length > room) {
    length = room;
    while (length > 0 && ((uint8_t)chars[length] & 0xC0) == 0x80) length--;
  }
  mooring_text_bytes(text, chars, length);
}

static void text_value(mooring_text *text, JSValueConst value) {
  size_t length;
  const char *chars = JS_ToCStringLen(context, &length, value);
  if (chars == NULL) {
    JS_FreeValue(context, JS_GetException(context));
    mooring_text_str(text, "something that has no text");
    return;
  }
  text_start(text, chars, length);
  JS_FreeCString(context, chars);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first place in a stack that has file, line and column, without anything around it.
static void text_place(mooring_text *text, const char *stack) {
  while (*stack != 0) {
    uint32_t end = 0;
    while (stack[end] != 0 && stack[end] != '\n') end++;
    uint32_t last = end;
    if (last > 0 && stack[last - 1] == ')') last--;
    uint32_t at = last, colons = 0;
    while (at > 0 && (is_digit(stack[at - 1]) || stack[at - 1] == ':')) {
      colons += stack[--at] == ':';
    }
    if (colons == 2 && at > 0) {
      while (at > 0 && stack[at - 1] != '(' && stack[at - 1] != ' ') at--;
      mooring_text_bytes(text, stack + at, last - at);
      mooring_text_str(text, ": ");
      return;
    }
    stack += end + (stack[end] == '\n');
  }
}

static const char *property(JSValueConst object, const char *name) {
  JSValue value = JS_GetPropertyStr(context, object, name);
  const char *chars = JS_IsString(value) ? JS_ToCString(context, value) : NULL;
  JS_FreeValue(context, value);
  if (chars == NULL && JS_HasException(context)) JS_FreeValue(context, JS_GetException(context));
  return chars;
}

// Whether it is an error, or an object of a class that somebody has derived from it by hand.
static bool is_error(JSValueConst value) {
  int is_instance = JS_IsError(context, value) || JS_IsInstanceOf(context, value, error_class);
  if (is_instance < 0) JS_FreeValue(context, JS_GetException(context));
  return is_instance > 0;
}

// Ends the call with what was thrown; an error's stack goes to the log.
__attribute__((noreturn)) static void fail_with(JSValue thrown, bool with_place) {
  char buffer[MAX_MESSAGE_BYTES];
  mooring_text message = MOORING_TEXT(buffer);
  if (is_full && JS_IsNull(thrown)) {  // There was none for the error, either.
    mooring_fail_str("InternalError: out of memory");
  }
  if (!is_error(thrown)) {
    text_value(&message, thrown);
    mooring_text_fail(&message);
  }
  const char *stack = property(thrown, "stack");
  if (stack != NULL && stack[0] != 0) {
    char lines[2048];
    mooring_text line = MOORING_TEXT(lines);
    text_value(&line, thrown);
    mooring_text_str(&line, "\n");
    text_start(&line, stack, strlen(stack));
    mooring_text_log(MOORING_WARN, &line);
    if (with_place) text_place(&message, stack);
  }
  const char *name = property(thrown, "name");
  const char *text = property(thrown, "message");
  if (name != NULL && (strcmp(name, "Error") != 0 || text == NULL || text[0] == 0)) {
    mooring_text_str(&message, name);
    if (text != NULL && text[0] != 0) mooring_text_str(&message, ": ");
  }
  if (text != NULL) text_start(&message, text, strlen(text));
  mooring_text_fail(&message);
}

__attribute__((noreturn)) static void fail_with_exception(bool with_place) {
  fail_with(JS_GetException(context), with_place);
}

// ---------------------------------------------------------------------------------------------
// Values and bytes
// ---------------------------------------------------------------------------------------------

static JSValue new_bytes(const uint8_t *from, size_t length) {
  JSValue buffer = JS_NewArrayBufferCopy(context, from, length);
  if (JS_IsException(buffer)) return buffer;
  JSValue given[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};  // It looks at all three.
  JSValue bytes = JS_NewTypedArray(context, 3, given, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(context, buffer);
  return bytes;
}

// What the engine calls these two kinds of objects.
static JSClassID uint8_array, array_buffer;

// The bytes of a Uint8Array or an ArrayBuffer; NULL, and no exception, if it is neither.
static uint8_t *bytes_of(JSValueConst value, size_t *length) {
  JSClassID class = JS_IsObject(value) ? JS_GetClassID(value) : 0;
  uint8_t *bytes = NULL;
  *length = 0;
  if (class == uint8_array) {
    size_t offset, size;
    JSValue buffer = JS_GetTypedArrayBuffer(context, value, &offset, length, NULL);
    if (!JS_IsException(buffer)) {
      bytes = JS_GetArrayBuffer(context, &size, buffer);
      if (bytes != NULL) bytes += offset;
      JS_FreeValue(context, buffer);
    }
  } else if (class == array_buffer) {
    bytes = JS_GetArrayBuffer(context, length, value);
  } else {
    return NULL;
  }
  if (bytes == NULL) JS_FreeValue(context, JS_GetException(context));  // It has none any more.
  return bytes;
}

typedef void (*sink)(const void *from, uint32_t length);

// Gives what a client gets of a value: nothing of undefined, a string as UTF-8, bytes as they are,
// and JSON of everything else. False if that threw.
static bool send(JSValueConst value, sink to) {
  size_t length;
  if (JS_IsUndefined(value)) {
    to("", 0);
    return true;
  }
  uint8_t *bytes = bytes_of(value, &length);
  if (bytes != NULL) {
    to(bytes, length);
    return true;
  }
  JSValue json = JS_UNDEFINED;
  if (!JS_IsString(value)) {
    json = JS_JSONStringify(context, value, JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(json)) return false;
    if (JS_IsUndefined(json)) {  // A function, for one.
      JS_ThrowTypeError(context, "what can't be written as JSON can't be sent");
      return false;
    }
    value = json;
  }
  const char *chars = JS_ToCStringLen(context, &length, value);
  JS_FreeValue(context, json);
  if (chars == NULL) return false;
  to(chars, length);
  JS_FreeCString(context, chars);
  return true;
}

static void send_output(const void *from, uint32_t length) {
  if (length > 0) mooring_output_write(from, length);
}

// The call's input, and a zero behind it.
static char *read_input(uint32_t *length) {
  *length = mooring_input_len();
  char *input = malloc(*length + 1);
  if (input == NULL) mooring_fail_str("there is no memory for the input");
  mooring_input_read(input, 0, *length);
  input[*length] = 0;
  return input;
}

// ---------------------------------------------------------------------------------------------
// What scripts are offered
// ---------------------------------------------------------------------------------------------

#define NATIVE(name) static JSValue name(JSContext *c, JSValueConst self, int count, JSValueConst *given)

NATIVE(js_emit) { return send(given[0], mooring_event) ? JS_UNDEFINED : JS_EXCEPTION; }

NATIVE(js_fail) {
  char buffer[MAX_MESSAGE_BYTES];
  mooring_text message = MOORING_TEXT(buffer);
  text_value(&message, given[0]);
  mooring_text_fail(&message);
}

NATIVE(js_log) {
  int32_t level;
  size_t length;
  JS_ToInt32(c, &level, given[0]);
  const char *text = JS_ToCStringLen(c, &length, given[1]);
  if (text == NULL) return JS_EXCEPTION;
  mooring_log(level, text, length);
  JS_FreeCString(c, text);
  return JS_UNDEFINED;
}

NATIVE(js_config) {
  size_t length;
  char small[256];
  const char *key = JS_ToCStringLen(c, &length, given[0]);
  if (key == NULL) return JS_EXCEPTION;
  JSValue value = JS_UNDEFINED;
  int32_t found = mooring_config_get(key, length, small, sizeof small);
  if (found > (int32_t)sizeof small) {
    char *large = js_malloc(c, found);
    if (large == NULL) {
      value = JS_EXCEPTION;
    } else {
      mooring_config_get(key, length, large, found);
      value = JS_NewStringLen(c, large, found);
      js_free(c, large);
    }
  } else if (found >= 0) {
    value = JS_NewStringLen(c, small, found);
  }
  JS_FreeCString(c, key);
  return value;
}

NATIVE(js_traceparent) {
  char text[64];
  int32_t length = mooring_traceparent(text, sizeof text);
  return length == 0 ? JS_UNDEFINED : JS_NewStringLen(c, text, length);
}

NATIVE(js_set_timer) {
  int32_t id;
  uint32_t millis;
  JS_ToInt32(c, &id, given[0]);
  JS_ToUint32(c, &millis, given[1]);
  mooring_timer_set(id, millis);
  return JS_UNDEFINED;
}

NATIVE(js_clear_timer) {
  int32_t id;
  JS_ToInt32(c, &id, given[0]);
  mooring_timer_clear(id);
  return JS_UNDEFINED;
}

NATIVE(js_random) {
  size_t length;
  uint8_t *bytes = bytes_of(given[0], &length);
  if (bytes != NULL) mooring_random(bytes, length);
  return JS_UNDEFINED;
}

NATIVE(js_chance) { return JS_NewFloat64(c, next_chance()); }

NATIVE(js_now) { return JS_NewFloat64(c, (double)mooring_time_unix_nanos() / 1e6); }

NATIVE(js_encode) {
  size_t length;
  const char *text = JS_ToCStringLen(c, &length, given[0]);
  if (text == NULL) return JS_EXCEPTION;
  JSValue bytes = new_bytes((const uint8_t *)text, length);
  JS_FreeCString(c, text);
  return bytes;
}

// Text of bytes; what isn't UTF-8 becomes U+FFFD, or makes the whole undefined.
NATIVE(js_decode) {
  size_t length;
  uint8_t *bytes = bytes_of(given[0], &length);
  if (bytes == NULL) return JS_NewString(c, "");
  bool fatal = JS_ToBool(c, given[1]);
  const uint8_t *at = bytes, *end = bytes + length;
  size_t wrong = 0;
  while (at < end) {
    bool valid;
    at += mooring_utf8_length(at, end, &valid);
    wrong += !valid;
  }
  if (wrong == 0) return JS_NewStringLen(c, (const char *)bytes, length);
  if (fatal) return JS_UNDEFINED;
  char *text = js_malloc(c, length + 2 * wrong), *to = text;
  if (text == NULL) return JS_EXCEPTION;
  for (at = bytes; at < end;) {
    bool valid;
    uint32_t size = mooring_utf8_length(at, end, &valid);
    memcpy(to, valid ? (const char *)at : "\xEF\xBF\xBD", valid ? size : 3);
    to += valid ? size : 3;
    at += size;
  }
  JSValue string = JS_NewStringLen(c, text, to - text);
  js_free(c, text);
  return string;
}

// How many bytes at the end begin a character that may go on.
NATIVE(js_unfinished) {
  size_t length;
  uint8_t *bytes = bytes_of(given[0], &length);
  uint32_t unfinished = 0;
  for (uint32_t back = 1; bytes != NULL && back <= 3 && back <= length; back++) {
    uint8_t byte = bytes[length - back];
    if ((byte & 0xC0) == 0x80) continue;
    uint32_t wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    bool valid;
    if (wanted > back &&
        mooring_utf8_length(bytes + length - back, bytes + length, &valid) == back) {
      unfinished = back;
    }
    break;
  }
  return JS_NewUint32(c, unfinished);
}

static JSValue run_microtask(JSContext *c, int count, JSValueConst *given) {
  return JS_Call(c, given[0], JS_UNDEFINED, 0, NULL);
}

NATIVE(js_queue_microtask) {
  if (!JS_IsFunction(c, given[0])) return JS_ThrowTypeError(c, "a microtask is a function");
  return JS_EnqueueJob(c, run_microtask, 1, given) < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

static void offer(JSValueConst to, const char *name, JSCFunction *function, int length) {
  JS_DefinePropertyValueStr(context, to, name, JS_NewCFunction(context, function, name, length),
                            JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

// ---------------------------------------------------------------------------------------------
// Promises
// ---------------------------------------------------------------------------------------------

// Rejections that nobody has handled yet, of this call.
#define MAX_UNHANDLED 16
static JSValue unhandled[MAX_UNHANDLED];
static uint32_t unhandled_count;

static void track_rejection(JSContext *c, JSValueConst promise, JSValueConst reason,
                            JS_BOOL handled, void *opaque) {
  if (!handled) {
    if (unhandled_count < MAX_UNHANDLED) unhandled[unhandled_count++] = JS_DupValue(c, promise);
    return;
  }
  for (uint32_t i = 0; i < unhandled_count; i++) {
    if (JS_VALUE_GET_PTR(unhandled[i]) == JS_VALUE_GET_PTR(promise)) {
      JS_FreeValue(c, unhandled[i]);
      unhandled[i] = unhandled[--unhandled_count];
      return;
    }
  }
}

// Runs what is to run before the call ends; a microtask that throws ends it.
static void run_jobs(void) {
  JSContext *of;
  int ran;
  while ((ran = JS_ExecutePendingJob(runtime, &of)) > 0) continue;
  if (ran < 0) fail_with_exception(false);
}

// Rejections that nobody handles fail nothing, but somebody should know of them.
static void tell_unhandled(void) {
  while (unhandled_count > 0) {
    char buffer[MAX_MESSAGE_BYTES];
    mooring_text line = MOORING_TEXT(buffer);
    JSValue promise = unhandled[--unhandled_count];
    unhandled[unhandled_count] = JS_UNDEFINED;
    JSValue reason = JS_PromiseResult(context, promise);
    mooring_text_str(&line, "a promise was rejected, and nobody handles it: ");
    text_value(&line, reason);
    mooring_text_log(MOORING_WARN, &line);
    JS_FreeValue(context, reason);
    JS_FreeValue(context, promise);
  }
}

// What came of a function: of a promise, what it has come to.
static JSValue settled(JSValue result, bool with_place) {
  if (JS_IsException(result)) fail_with_exception(with_place);
  int state = JS_PromiseState(context, result);
  if (JS_IsJobPending(runtime)) {
    run_jobs();
    state = JS_PromiseState(context, result);
  }
  if (state < 0) return result;  // No promise.
  if (state == JS_PROMISE_PENDING) {
    mooring_fail_str("the promise that the function returned isn't settled at the end of the call");
  }
  JSValue value = JS_PromiseResult(context, result);
  if (state == JS_PROMISE_REJECTED) fail_with(value, with_place);
  JS_FreeValue(context, result);
  return value;
}

// ---------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------

// What a call used of the stack is made as it was, zero: else it would be the session's state.
__attribute__((noinline)) static void clean_stack(void) {
  uint64_t *low = (uint64_t *)(((uintptr_t)__builtin_frame_address(0) - 256) & ~(uintptr_t)1023);
  // Down to the first KiB that nobody has touched: frames lie without such gaps between them.
  for (uint64_t *page = low; page >= (uint64_t *)1024; page -= 128) {
    uint64_t used = 0;
    for (int i = 0; i < 128; i++) used |= page[i];
    if (used == 0) break;
    memset(page, 0, 1024);
  }
}

// Leaves nothing of the call that the next one shouldn't find; a call that fails leaves nothing. A
// frame of its own would be left, and be a page of each session's state.
__attribute__((always_inline)) static inline void end(void) {
  if (unhandled_count > 0) tell_unhandled();
  chance = 0;
  is_full = false;
  clean_stack();
}

// ---------------------------------------------------------------------------------------------
// Scripts
// ---------------------------------------------------------------------------------------------

enum { INPUT_JSON, INPUT_TEXT, INPUT_BYTES };

typedef struct {
  JSValue function;
  uint8_t input;
} export_t;

typedef struct {
  const char *name, *source;
  uint32_t length;
} file;

static JSModuleDef *entry;
static JSValue entry_function;
static export_t *exports;
static uint32_t export_count;
static JSValue open_hook, close_hook, due_hook;

// The script's files, while it is read.
static file *files;
static uint32_t file_count;

static const file *file_called(const char *name) {
  for (uint32_t i = 0; i < file_count; i++) {
    if (strcmp(files[i].name, name) == 0) return &files[i];
  }
  return NULL;
}

static JSModuleDef *load_import(JSContext *c, const char *name, void *opaque) {
  const file *found = file_called(name);
  if (found == NULL) {
    JS_ThrowReferenceError(
        c, "there is no file %s to import; packages must be bundled with the script", name);
    return NULL;
  }
  JSValue module = JS_Eval(c, found->source, found->length, name,
                           JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(module)) return NULL;
  JSModuleDef *definition = JS_VALUE_GET_PTR(module);
  JS_FreeValue(c, module);  // The context has it.
  return definition;
}

static uint32_t input_number(const char *at) {
  uint32_t number;
  memcpy(&number, at, sizeof number);
  return number;
}

// The input is the files, the script's own first: each of them the length of its name and the name,
// the length of its text and the text, with a zero after both; lengths have four bytes.
MOORING_EXPORT("mooring_script_load") void script_load(void) {
  uint32_t length;
  char *input = read_input(&length), *end_of_input = input + length;
  for (char *at = input; at < end_of_input; file_count++) {
    at += 4 + input_number(at) + 1;
    at += 4 + input_number(at) + 1;
  }
  files = malloc(file_count * sizeof *files);
  if (files == NULL) mooring_fail_str("there is no memory for the script");
  char *at = input;
  for (uint32_t i = 0; i < file_count; i++) {
    files[i].name = at + 4;
    at += 4 + input_number(at) + 1;
    files[i].source = at + 4;
    files[i].length = input_number(at);
    at += 4 + files[i].length + 1;
  }
  entry_function = JS_Eval(context, files[0].source, files[0].length, files[0].name,
                           JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(entry_function)) fail_with_exception(true);
  entry = JS_VALUE_GET_PTR(entry_function);
  if (JS_ResolveModule(context, entry_function) < 0) fail_with_exception(true);
  free(files);
  free(input);
  files = NULL;
  file_count = 0;
  collect_garbage();
  end();
}

static uint8_t input_kind(JSValueConst function, const char *name) {
  const char *kind = property(function, "input");
  uint8_t is = kind == NULL || strcmp(kind, "json") == 0 ? INPUT_JSON
               : strcmp(kind, "text") == 0               ? INPUT_TEXT
               : strcmp(kind, "bytes") == 0              ? INPUT_BYTES
                                                         : 255;
  if (is == 255) {
    char buffer[MAX_MESSAGE_BYTES];
    mooring_text message = MOORING_TEXT(buffer);
    mooring_text_str(&message, name);
    mooring_text_str(&message, ".input is \"");
    mooring_text_str(&message, kind);
    mooring_text_str(&message, "\"; it must be \"json\", \"text\" or \"bytes\"");
    mooring_text_fail(&message);
  }
  if (kind != NULL) JS_FreeCString(context, kind);
  return is;
}

// Calls something with the name and the value of each function that the script exports, in the order
// of the names.
static void each_export(void (*found)(const char *name, JSValueConst function)) {
  JSValue namespace = JS_GetModuleNamespace(context, entry);
  JSPropertyEnum *names;
  uint32_t count;
  if (JS_IsException(namespace) ||
      JS_GetOwnPropertyNames(context, &names, &count, namespace, JS_GPN_STRING_MASK) < 0) {
    fail_with_exception(true);
  }
  for (uint32_t i = 0; i < count; i++) {
    JSValue value = JS_GetProperty(context, namespace, names[i].atom);
    const char *name = JS_AtomToCString(context, names[i].atom);
    if (JS_IsException(value) || name == NULL) fail_with_exception(true);
    if (JS_IsFunction(context, value)) found(name, value);
    JS_FreeCString(context, name);
    JS_FreeValue(context, value);
    JS_FreeAtom(context, names[i].atom);
  }
  js_free(context, names);
  JS_FreeValue(context, namespace);
}

static void take_export(const char *name, JSValueConst function) {
  if (strcmp(name, "open") == 0) {
    open_hook = JS_DupValue(context, function);
  } else if (strcmp(name, "close") == 0) {
    close_hook = JS_DupValue(context, function);
  } else {
    exports = realloc(exports, (export_count + 1) * sizeof *exports);
    if (exports == NULL) mooring_fail_str("there is no memory for the script's exports");
    uint8_t kind = input_kind(function, name);
    exports[export_count++] = (export_t){JS_DupValue(context, function), kind};
  }
}

static void tell_export(const char *name, JSValueConst function) {
  mooring_output_str(name);
  mooring_output_str("\n");
}

// Runs the top level.
MOORING_EXPORT("mooring_script_run") void script_run(void) {
  JS_FreeValue(context, settled(JS_EvalFunction(context, entry_function), true));
  entry_function = JS_UNDEFINED;
  each_export(take_export);
  collect_garbage();
  end();
}

// The output is the names, a line each, in the order of their numbers; `open` and `close`, which the
// server calls, have none.
MOORING_EXPORT("mooring_script_exports") void script_exports(void) { each_export(tell_export); }

static JSValue argument(uint8_t kind) {
  uint32_t length;
  char *input = read_input(&length);
  JSValue value = kind == INPUT_TEXT    ? JS_NewStringLen(context, input, length)
                  : kind == INPUT_BYTES ? new_bytes((uint8_t *)input, length)
                                        : JS_ParseJSON(context, input, length, "input");
  free(input);
  if (JS_IsException(value)) {
    if (kind == INPUT_JSON) {
      char buffer[MAX_MESSAGE_BYTES];
      mooring_text message = MOORING_TEXT(buffer);
      JSValue thrown = JS_GetException(context);
      const char *text = property(thrown, "message");
      mooring_text_str(&message, "the input must be JSON: ");
      mooring_text_str(&message, text == NULL ? "it isn't" : text);
      mooring_text_fail(&message);
    }
    fail_with_exception(false);
  }
  return value;
}

MOORING_EXPORT("mooring_script_call") void script_call(uint32_t number) {
  if (number >= export_count) mooring_fail_str("the script doesn't export this function any more");
  export_t *called = &exports[number];
  JSValue given = JS_UNDEFINED;
  int count = 0;
  if (called->input != INPUT_JSON || mooring_input_len() > 0) {
    given = argument(called->input);
    count = 1;
  }
  JSValue result = JS_Call(context, called->function, JS_UNDEFINED, count, &given);
  JS_FreeValue(context, given);
  result = settled(result, false);
  if (!send(result, send_output)) fail_with_exception(false);
  JS_FreeValue(context, result);
  end();
}

static void run_hook(JSValueConst hook, int count, JSValueConst *given) {
  if (JS_IsFunction(context, hook)) {
    JS_FreeValue(context, settled(JS_Call(context, hook, JS_UNDEFINED, count, given), false));
  }
  end();
}

MOORING_EXPORT("mooring_open") void script_open(void) { run_hook(open_hook, 0, NULL); }

MOORING_EXPORT("mooring_close") void script_close(void) { run_hook(close_hook, 0, NULL); }

MOORING_EXPORT("mooring_timer") void script_timer(int32_t id) {
  JSValue given = JS_NewInt32(context, id);
  run_hook(due_hook, 1, &given);
}

// ---------------------------------------------------------------------------------------------
// The engine itself
// ---------------------------------------------------------------------------------------------

extern const char prelude[], prelude_end[];
__asm__(
    ".section .rodata.prelude,\"\",@\n"
    ".globl prelude\n"
    ".type prelude,@object\n"
    "prelude:\n"
    ".incbin \"prelude.js\"\n"
    ".globl prelude_end\n"
    ".type prelude_end,@object\n"
    "prelude_end:\n"
    ".int8 0\n"
    ".size prelude, prelude_end-prelude\n"
    ".size prelude_end, 1\n"
    ".text\n");

__attribute__((constructor)) static void make_engine(void) {
  runtime = JS_NewRuntime2(&memory, NULL);
  if (runtime == NULL) abort();
  context = JS_NewContext(runtime);
  if (context == NULL) abort();
  JS_SetMaxStackSize(runtime, SCRIPT_STACK_BYTES);
  JS_SetModuleLoaderFunc(runtime, NULL, load_import, NULL);
  JS_SetHostPromiseRejectionTracker(runtime, track_rejection, NULL);

  JSValue bytes = new_bytes((const uint8_t *)"", 0);
  JSValue buffer = JS_GetTypedArrayBuffer(context, bytes, NULL, NULL, NULL);
  uint8_array = JS_GetClassID(bytes);
  array_buffer = JS_GetClassID(buffer);
  JS_FreeValue(context, buffer);
  JS_FreeValue(context, bytes);

  host = JS_NewObject(context);
  offer(host, "log", js_log, 2);
  offer(host, "config", js_config, 1);
  offer(host, "setTimer", js_set_timer, 2);
  offer(host, "clearTimer", js_clear_timer, 1);
  offer(host, "random", js_random, 1);
  offer(host, "chance", js_chance, 0);
  offer(host, "now", js_now, 0);
  offer(host, "encode", js_encode, 1);
  offer(host, "decode", js_decode, 2);
  offer(host, "unfinished", js_unfinished, 1);

  JSValue global = JS_GetGlobalObject(context);
  error_class = JS_GetPropertyStr(context, global, "Error");
  offer(global, "emit", js_emit, 1);
  offer(global, "fail", js_fail, 1);
  offer(global, "traceparent", js_traceparent, 0);
  offer(global, "queueMicrotask", js_queue_microtask, 1);
  JSValue set_up = JS_Eval(context, prelude, prelude_end - prelude, "mooring", JS_EVAL_TYPE_GLOBAL);
  JSValue done = JS_Call(context, set_up, JS_UNDEFINED, 1, &host);
  if (JS_IsException(done)) fail_with_exception(true);
  JS_FreeValue(context, done);
  JS_FreeValue(context, set_up);
  JS_FreeValue(context, global);
  due_hook = JS_GetPropertyStr(context, host, "due");
  open_hook = JS_UNDEFINED;
  close_hook = JS_UNDEFINED;
  collect_garbage();
  is_made = true;
  end();
}
