/**
 * A client for Mooring in the browser: one ES module, nothing to install, nothing to build.
 *
 * A session is one connection to a server, and one WebAssembly instance that is this client's own:
 *
 *     import { Session } from './mooring.mjs';
 *
 *     const session = await Session.open('wss://mooring.example:7070', 'counter');
 *     console.log((await session.call('add', [5])).value);            // 5n: an i64 is a bigint
 *     const answers = await Promise.all([1, 2, 3].map((n) => session.call('add', [n])));
 *     for await (const event of session.events()) { … }
 *     await session.close();
 *
 * It needs a `WebSocket` and nothing else: browsers, Node 22, Deno and Bun have one. What carries
 * the messages is a `Link`, and `options.connect` makes another than a WebSocket: the client for
 * Node in client/raw/node has one over TCP and TLS.
 *
 * Calls run and are answered in the order in which `call` was called. What fails is a
 * `MooringError` with `code`, `message`, `retryable`, `trap`; an error whose `endsSession` is false
 * ended one call, and the session goes on.
 *
 * Numbers: `i32`, `f32`, `f64` are numbers, `i64` is a bigint (a number is taken where it is a safe
 * integer). A `uint64` of the protocol is a number up to 2^53 - 1, and a bigint beyond. JavaScript
 * has one NaN: whose bits matter is in `CallResult.typed`, as `{ f32: NaN, bits: 0x7fa00000 }`, and
 * may be sent as it came. What a type doesn't have, such as 1e39 of an f32, is a `RangeError`.
 *
 * Every wait has an end, and every buffer a bound; `DEFAULTS` names them, with their units. `call`
 * waits while `maxCallsInFlight` have no answer, or the connection is full: `await` it, and the
 * server paces you. Events that nobody takes are kept up to a bound. Beyond it the session ends
 * (`EVENTS_UNREAD`), unless somebody has begun to iterate `events()`: then the client takes nothing
 * more from the connection until some are taken, answers neither. Over TCP that makes the server
 * wait. A WebSocket can't be stopped: what comes meanwhile is held, and not acknowledged, so that
 * the server of a kept session waits; of another session no more than `maxHeldBytes` is held, and
 * then it ends. Give `onEvent` to see each as it comes.
 *
 * A session that is opened with `keep` outlives its connection, and perhaps the server's process.
 * The client makes a lost connection again by itself, and what was called is answered as if nothing
 * had been: each call is executed once, each event comes once.
 *
 * Made from PROTOCOL.md; the names of sections in comments are that document's.
 *
 * @module mooring
 */

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'mooring.v1';
export const DEFAULT_PATH = '/mooring/v1';

// --- Numbers and their names --------------------------------------------------------------------

/**
 * Why something failed. The hundreds say what an error ends: 1 the connection, 2 the opening, 3 one
 * call. Those below 100 are this client's own and never on the wire.
 */
export const ErrorCode = Object.freeze({
  CONNECT_FAILED: 1, // nobody answers at the address, or TLS couldn't be agreed on
  CONNECTION_LOST: 2, // the connection ended without a last word
  PROTOCOL_VIOLATION: 3, // the server said what it may not say
  TIMEOUT: 4, // no answer in the time that this client waits
  SESSION_CLOSED: 5, // a call after the end
  EVENTS_UNREAD: 6, // more events than may wait, and nobody took any
  STATE_LOST: 7, // the server goes on with an older state of the session than it had told of

  INTERNAL: 100,
  MALFORMED_FRAME: 101,
  FRAME_TOO_LARGE: 102,
  MALFORMED_MESSAGE: 103,
  NOT_OPEN: 104,
  ALREADY_OPEN: 105,
  INVALID_CALL_ID: 106,
  FIRST_MESSAGE_TIMEOUT: 107,
  FRAME_TIMEOUT: 108,
  IDLE_TIMEOUT: 109,
  WRITE_STALLED: 110,
  RATE_EXCEEDED: 111,
  SESSION_EXPIRED: 112,
  SESSION_LOST: 113,
  SESSION_TAKEN: 114,
  STORE_FAILED: 115,

  UNSUPPORTED_VERSION: 200,
  MODULE_NOT_FOUND: 201,
  MODULE_REFUSED: 202,
  INVALID_CONFIG: 203,
  UNKNOWN_CONFIG_KEY: 204,
  UNAUTHENTICATED: 205,
  PERMISSION_DENIED: 206,
  SERVER_OVERLOADED: 207,
  SHUTTING_DOWN: 208,
  GUEST_OPEN_FAILED: 209,
  SESSION_NOT_FOUND: 210,
  SESSION_EXISTS: 211,
  MODULE_MISMATCH: 212,
  INVALID_KEEP: 213,
  DURABILITY_UNAVAILABLE: 214,

  FUNCTION_NOT_FOUND: 300,
  INVALID_ARGUMENTS: 301,
  GUEST_TRAP: 302,
  GUEST_FAILED: 303,
  GUEST_EXITED: 304,
  DEADLINE_EXCEEDED: 305,
  CANCELLED: 306,
  OUTPUT_TOO_LARGE: 307,
  TOO_MANY_EVENTS: 308,
  CALL_REFUSED: 309,
});

/** What the guest did that WebAssembly forbids. */
export const TrapKind = Object.freeze({
  UNREACHABLE: 1,
  OUT_OF_BOUNDS_MEMORY: 2,
  OUT_OF_BOUNDS_TABLE: 3,
  INDIRECT_CALL_TYPE: 4,
  UNINITIALIZED_ELEMENT: 5,
  INTEGER_DIVIDE_BY_ZERO: 6,
  INTEGER_OVERFLOW: 7,
  INVALID_CONVERSION: 8,
  STACK_EXHAUSTED: 9,
  OUT_OF_MEMORY: 10,
});

export const ValueType = Object.freeze({ I32: 1, I64: 2, F32: 3, F64: 4 });
export const GoAwayReason = Object.freeze({ SERVER_SHUTDOWN: 1, SESSION_LIFETIME: 2, OPERATOR: 3 });
export const CloseReason = Object.freeze({ CLIENT_CLOSED: 1, GONE_AWAY: 2, DETACHED: 3 });
export const Durability = Object.freeze({ MEMORY: 0, ASYNC: 1, DISK: 2 });
export const NamePolicy = Object.freeze({ MAY_EXIST: 0, MUST_EXIST: 1, MUST_BE_NEW: 2 });

/** The name of a number, or the number of one that this version doesn't know. */
export function nameOf(names, number) {
  return Object.keys(names).find((name) => names[name] === number) ?? String(number);
}

/** What went wrong. The message may be a guest's own: escape it before you show it. */
export class MooringError extends Error {
  /**
   * @param {number} code compare it with `ErrorCode`
   * @param {string} text for people
   * @param {{retryable?: boolean, trap?: number, callId?: number|bigint, endsSession?: boolean,
   *     cause?: unknown}} [more]
   */
  constructor(code, text, more = {}) {
    const trap = more.trap ? ` (${nameOf(TrapKind, more.trap)})` : '';
    super(`${nameOf(ErrorCode, code)}${trap}: ${text}`, { cause: more.cause });
    this.name = 'MooringError';
    this.code = code;
    /** The code's name. */
    this.codeName = nameOf(ErrorCode, code);
    /** The message alone. */
    this.text = text;
    /** Whether the same request may succeed later, or on another connection, as it is. */
    this.retryable = more.retryable ?? false;
    /** A `TrapKind`, or 0. */
    this.trap = more.trap ?? 0;
    /** The call that failed; 0 if it wasn't one. */
    this.callId = more.callId ?? 0;
    /**
     * Whether the session has ended, or, if it is kept, perhaps only its connection: `isOpen` says
     * so. Otherwise one call failed and left nothing behind.
     */
    this.endsSession = more.endsSession ?? false;
  }
}

/** Bytes that are no frame, or no message. */
export class DecodeError extends Error {
  name = 'DecodeError';
}

// --- The messages -------------------------------------------------------------------------------

// number: [name, type, label]. A type with a capital is a message. Labels: 'many'; 'packed'; 'map',
// of strings; 'oneof', where undefined says 'not set', and 0 is written; 'always' written, even if
// empty. No message has two oneofs.
const MESSAGES = {
  ClientMessage: {
    1: ['open', 'Open', 'oneof'],
    2: ['call', 'Call', 'oneof'],
    3: ['cancel', 'Cancel', 'oneof'],
    4: ['ping', 'Ping', 'oneof'],
    5: ['close', 'Close', 'oneof'],
    6: ['acknowledge', 'Acknowledge', 'oneof'],
  },
  ServerMessage: {
    1: ['opened', 'Opened', 'oneof'],
    2: ['result', 'Result', 'oneof'],
    3: ['error', 'Error', 'oneof'],
    4: ['event', 'Event', 'oneof'],
    5: ['pong', 'Pong', 'oneof'],
    6: ['go_away', 'GoAway', 'oneof'],
    7: ['closed', 'Closed', 'oneof'],
  },
  Open: {
    1: ['protocol_version', 'uint32'],
    2: ['module', 'string'],
    3: ['config', 'Entry', 'map'],
    4: ['limits', 'Limits'],
    5: ['auth_token', 'string'],
    6: ['keep', 'Keep'],
    7: ['resume', 'Resume'],
  },
  Entry: { 1: ['key', 'string', 'always'], 2: ['value', 'string', 'always'] },
  Keep: {
    1: ['ttl_ms', 'uint64'],
    2: ['durability', 'enum'],
    3: ['name', 'string'],
    4: ['name_policy', 'enum'],
  },
  Resume: { 1: ['token', 'bytes'], 2: ['received', 'uint64'] },
  Limits: {
    1: ['memory_bytes', 'uint64'],
    2: ['call_timeout_ms', 'uint32'],
    3: ['output_bytes', 'uint32'],
    4: ['events_per_call', 'uint32'],
    5: ['queued_calls', 'uint32'],
    6: ['queued_bytes', 'uint32'],
    7: ['frame_bytes', 'uint32'],
  },
  Call: {
    1: ['id', 'uint64'],
    2: ['name', 'string', 'oneof'],
    3: ['index', 'uint32', 'oneof'],
    4: ['arguments', 'Value', 'many'],
    5: ['input', 'bytes'],
    6: ['timeout_ms', 'uint32'],
    7: ['traceparent', 'string'],
  },
  Value: {
    1: ['i32', 'sint32', 'oneof'],
    2: ['i64', 'sint64', 'oneof'],
    3: ['f32', 'float', 'oneof'],
    4: ['f64', 'double', 'oneof'],
  },
  Cancel: { 1: ['id', 'uint64'] },
  Ping: { 1: ['token', 'uint64'] },
  Close: {},
  Acknowledge: { 1: ['received', 'uint64'] },
  Opened: {
    1: ['session_id', 'string'],
    2: ['module_digest', 'string'],
    3: ['exports', 'Export', 'many'],
    4: ['limits', 'Limits'],
    5: ['server', 'string'],
    6: ['kept', 'Kept'],
  },
  Kept: {
    1: ['token', 'bytes'],
    2: ['ttl_ms', 'uint64'],
    3: ['durability', 'enum'],
    4: ['name', 'string'],
    5: ['resumed', 'bool'],
    6: ['committed_id', 'uint64'],
    7: ['unacknowledged_messages', 'uint32'],
    8: ['unacknowledged_bytes', 'uint32'],
  },
  Export: {
    1: ['name', 'string'],
    2: ['parameters', 'enum', 'packed'],
    3: ['results', 'enum', 'packed'],
  },
  Result: {
    1: ['id', 'uint64'],
    2: ['values', 'Value', 'many'],
    3: ['output', 'bytes'],
    4: ['sequence', 'uint64'],
  },
  Error: {
    1: ['id', 'uint64'],
    2: ['code', 'enum'],
    3: ['message', 'string'],
    4: ['retryable', 'bool'],
    5: ['trap', 'enum'],
    6: ['sequence', 'uint64'],
  },
  Event: { 1: ['payload', 'bytes'], 2: ['sequence', 'uint64'] },
  Pong: { 1: ['token', 'uint64'] },
  GoAway: { 1: ['reason', 'enum'], 2: ['last_id', 'uint64'], 3: ['message', 'string'] },
  Closed: { 1: ['reason', 'enum'] },
};

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const toUtf8 = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const anyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * How each type is written: its wire type, what it is when it isn't there, to and from contents. A
 * varint is a number where that is quicker and enough, or a bigint.
 */
const TYPES = {
  uint32: { wire: VARINT, zero: 0, write: (n) => unsigned(32, n), read: toUint32 },
  enum: { wire: VARINT, zero: 0, write: (n) => unsigned(32, n), read: toUint32 },
  uint64: {
    wire: VARINT,
    zero: 0,
    write: (n) => unsigned(64, n),
    read: (n) => (n <= Number.MAX_SAFE_INTEGER ? Number(n) : n),
  },
  bool: { wire: VARINT, zero: false, write: (b) => (b ? 1 : 0), read: Boolean },
  sint32: {
    wire: VARINT,
    write: (n) => zigzag32(Number(signed(32, n))),
    read: (n) => unzigzag32(toUint32(n)),
  },
  sint64: {
    wire: VARINT,
    write: (n) => zigzag(signed(64, n)),
    read: (n) => unzigzag(BigInt(n)),
  },
  float: { wire: FIXED32, write: floatBytes, read: (data) => viewOf(data).getFloat32(0, true) },
  double: { wire: FIXED64, write: doubleBytes, read: (data) => viewOf(data).getFloat64(0, true) },
  string: { wire: BYTES, zero: '', write: (text) => toUtf8.encode(text), read: toText },
  bytes: { wire: BYTES, zero: new Uint8Array(0), write: toBytes, read: (data) => data },
};

/** Of each message its fields: in their order, and by their numbers. */
const FIELDS = {};
for (const [message, fields] of Object.entries(MESSAGES)) {
  const list = Object.entries(fields).map(([key, [name, kind, label]]) => {
    const wire = label === 'packed' ? BYTES : (TYPES[kind]?.wire ?? BYTES);
    return { name, kind, label, type: TYPES[kind], tag: (Number(key) << 3) | wire };
  });
  FIELDS[message] = { list, byNumber: new Map(list.map((field) => [field.tag >>> 3, field])) };
}

const EXPECTED = {
  i32: 'an integer of 32 bits',
  i64: 'an integer of 64 bits',
  f32: 'at most 3.4028235e38, or inf',
  f64: 'at most 1.7976931348623157e308, or inf',
};

/** That this is no number of this type; `shown` is the number as it is told. */
function notA(kind, shown, expected = EXPECTED[kind]) {
  return new RangeError(`${shown} is not an ${kind}: expected ${expected}`);
}

/** As a bigint; undefined if it is none, or a number that may have lost something. */
function toInteger(n) {
  return typeof n === 'bigint' || Number.isSafeInteger(n) ? BigInt(n) : undefined;
}

function signed(bits, number) {
  const n = toInteger(number);
  if (n === undefined || BigInt.asIntN(bits, n) !== n) throw notA(`i${bits}`, String(number));
  return n;
}

function unsigned(bits, number) {
  if (typeof number === 'number' && number >>> 0 === number) return number;
  const n = toInteger(number);
  if (n === undefined || BigInt.asUintN(bits, n) !== n) {
    throw new RangeError(`${String(number)} is not a uint${bits}`);
  }
  return n;
}

function toUint32(n) {
  return typeof n === 'number' ? n : Number(BigInt.asUintN(32, n));
}

function zigzag32(n) {
  return ((n << 1) ^ (n >> 31)) >>> 0;
}

function unzigzag32(n) {
  return (n >>> 1) ^ -(n & 1);
}

function zigzag(n) {
  return n >= 0n ? n << 1n : (-n << 1n) - 1n;
}

function unzigzag(n) {
  return (n >> 1n) ^ -(n & 1n);
}

function floatBytes(number) {
  if (!Number.isFinite(Math.fround(number)) && Number.isFinite(number)) {
    throw notA('f32', String(number));
  }
  const data = new Uint8Array(4);
  viewOf(data).setFloat32(0, number, true);
  return data;
}

function doubleBytes(number) {
  const data = new Uint8Array(8);
  viewOf(data).setFloat64(0, number, true);
  return data;
}

/** How the bits of floats are read and written, and what they are of the usual NaN. */
const BITS = {
  float: {
    usual: 0x7fc0_0000,
    read: (data) => viewOf(data).getUint32(0, true),
    write: (data, bits) => viewOf(data).setUint32(0, bits, true),
  },
  double: {
    usual: 0x7ff8_0000_0000_0000n,
    read: (data) => viewOf(data).getBigUint64(0, true),
    write: (data, bits) => viewOf(data).setBigUint64(0, bits, true),
  },
};

/** A NaN's bytes: with the bits that are said beside it, or else those of the usual one. */
function nanBytes(kind, bits) {
  const data = new Uint8Array(kind === 'float' ? 4 : 8);
  BITS[kind].write(data, bits ?? BITS[kind].usual);
  if (!Number.isNaN(TYPES[kind].read(data))) {
    throw new RangeError(`0x${bits.toString(16)} are not the bits of a NaN`);
  }
  return data;
}

function viewOf(data) {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** Bytes, or text as UTF-8, without a copy where there is none to make. */
function toBytes(data) {
  if (typeof data === 'string') return toUtf8.encode(data);
  if (data instanceof Uint8Array) return data;
  const { buffer = data, byteOffset, byteLength } = data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes of their own, of the same class: Node's Buffers stay such. */
function copyOf(data, end = data.length) {
  return Uint8Array.prototype.slice.call(data, 0, end);
}

const nothings = new Map();

/** No bytes, of the class of these. */
function nothingOf(data) {
  let nothing = nothings.get(data.constructor);
  if (nothing === undefined) {
    nothing = copyOf(data, 0);
    nothings.set(data.constructor, nothing);
  }
  return nothing;
}

function toText(data) {
  try {
    return utf8.decode(data);
  } catch (cause) {
    throw new DecodeError("a string that isn't UTF-8", { cause });
  }
}

const FIRST_BYTES = 64; // most messages have fewer

/** Writes bytes, one behind the other. What is behind `at` may hold anything. */
class Writer {
  #bytes = new Uint8Array(FIRST_BYTES);
  at = 0;

  written() {
    return this.#bytes.subarray(0, this.at);
  }

  varint(number) {
    this.#room(10);
    let left = number;
    if (typeof left === 'bigint') {
      for (; left >= 0x80n; left >>= 7n) this.#bytes[this.at++] = Number(left & 0x7fn) | 0x80;
      left = Number(left);
    }
    while (left >= 0x80) {
      this.#bytes[this.at++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#bytes[this.at++] = left;
  }

  bytes(data) {
    this.#room(data.length);
    this.#bytes.set(data, this.at);
    this.at += data.length;
  }

  /** Puts the length of what `write` writes in front of that. */
  withLength(write) {
    this.#room(1);
    const from = ++this.at;
    write();
    const length = this.at - from;
    if (length < 0x80) {
      this.#bytes[from - 1] = length;
      return;
    }
    // Rare: the length takes more than the byte that was left for it.
    const end = from - 1 + sizeOfVarint(length);
    this.#room(end - from);
    this.#bytes.copyWithin(end, from, this.at);
    this.at = from - 1;
    this.varint(length);
    this.at = end + length;
  }

  #room(length) {
    const needed = this.at + length;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed + FIRST_BYTES, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.at));
    this.#bytes = larger;
  }
}

function sizeOfVarint(number) {
  let size = 1;
  for (let left = number; left >= 0x80; left = Math.floor(left / 0x80)) size++;
  return size;
}

/** Reads from one message's bytes, and never past them. */
class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  get left() {
    return this.data.length - this.at;
  }

  /** A number if it is small, or else a bigint. */
  varint() {
    let small = 0;
    for (let i = 0; i < 4 && this.at + i < this.data.length; i++) {
      const byte = this.data[this.at + i];
      small |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        this.at += i + 1;
        return small;
      }
    }
    let number = 0n;
    for (let shift = 0n; shift < 70n && this.at < this.data.length; shift += 7n) {
      const byte = this.data[this.at++];
      number |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, number);
    }
    throw new DecodeError("a varint that doesn't end within ten bytes, or within its message");
  }

  bytes(length) {
    if (length > this.left) {
      throw new DecodeError(`a field of ${length} bytes, where ${this.left} are left`);
    }
    const from = this.at;
    this.at += Number(length);
    return this.data.subarray(from, this.at);
  }
}

/**
 * A message's bytes: its fields in the order of their numbers, nothing that is 0 or empty.
 *
 * @param {string} type such as 'ClientMessage'
 * @param {object} message its fields, by their names in PROTOCOL.md
 * @returns {Uint8Array}
 */
export function encode(type, message) {
  const writer = new Writer();
  writeMessage(writer, type, message);
  return writer.written();
}

function writeMessage(writer, type, message) {
  for (const field of FIELDS[type].list) {
    const value = message[field.name];
    if (value !== undefined && value !== null) writeField(writer, field, value, message.bits);
  }
}

function writeField(writer, { kind, label, type, tag }, value, bits) {
  switch (label) {
    case 'packed':
      if (value.length === 0) return;
      writer.varint(tag);
      writer.withLength(() => value.forEach((element) => writer.varint(type.write(element))));
      return;
    case 'many':
      for (const element of value) {
        writer.varint(tag);
        writeContents(writer, kind, type, element);
      }
      return;
    case 'map':
      for (const [key, text] of Object.entries(value)) {
        writer.varint(tag);
        writeContents(writer, kind, type, { key, value: text });
      }
      return;
  }
  if (label === undefined && type !== undefined && isZero(kind, type, value)) return;
  writer.varint(tag);
  if (kind in BITS && Number.isNaN(value)) writer.bytes(nanBytes(kind, bits));
  else writeContents(writer, kind, type, value);
}

function isZero(kind, type, value) {
  return kind === 'bytes' ? (value.length ?? value.byteLength) === 0 : value == type.zero;
}

/** A value as it is behind its tag: with its length in front, if it has one. */
function writeContents(writer, kind, type, value) {
  if (type === undefined) {
    writer.withLength(() => writeMessage(writer, kind, value));
  } else if (type.wire === VARINT) {
    writer.varint(type.write(value));
  } else {
    const data = type.write(value);
    if (type.wire === BYTES) writer.varint(data.length);
    writer.bytes(data);
  }
}

/**
 * The message of this type in these bytes. Fields that aren't there have their zero; members of a
 * oneof, and messages, are then missing.
 *
 * @param {string} type such as 'ServerMessage'
 * @param {Uint8Array} data kept: bytes of the message are slices of it, and of its class
 * @throws {DecodeError} if the bytes are none
 */
export function decode(type, data) {
  const message = emptyMessage(type, data);
  merge(type, message, data);
  return message;
}

function emptyMessage(type, data) {
  const message = {};
  for (const { name, kind, label, type: its } of FIELDS[type].list) {
    if (label === 'map') message[name] = {};
    else if (label === 'many' || label === 'packed') message[name] = [];
    else if (kind === 'bytes' && label === undefined) message[name] = nothingOf(data);
    else if (label === undefined && its) message[name] = its.zero;
  }
  return message;
}

/** Reads fields by protobuf's rules: in any order, unknown ones skipped, the last one wins. */
function merge(type, message, data) {
  const reader = new Reader(data);
  while (reader.left > 0) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number < 1 || number >= 2 ** 29) throw new DecodeError(`${number} is no field's number`);
    let value;
    if (wire === VARINT) value = reader.varint();
    else if (wire === BYTES) value = reader.bytes(reader.varint());
    else if (wire === FIXED64) value = reader.bytes(8);
    else if (wire === FIXED32) value = reader.bytes(4);
    else throw new DecodeError(`wire type ${wire}; groups are refused, and there are no others`);
    const field = FIELDS[type].byNumber.get(number);
    if (field) take(type, message, field, wire, value);
  }
}

function take(type, message, { name, kind, label, type: its }, wire, value) {
  if (label === 'packed' && wire === BYTES) {
    const reader = new Reader(value);
    while (reader.left > 0) message[name].push(its.read(reader.varint()));
    return;
  }
  // protobuf takes a known field of another wire type for an unknown one.
  if (wire !== (its?.wire ?? BYTES)) return;
  if (label === 'oneof') {
    for (const other of FIELDS[type].list) {
      if (other.label === 'oneof' && other.name !== name) delete message[other.name];
    }
    delete message.bits;
  }
  if (label === 'map') {
    const entry = { key: '', value: '' };
    merge(kind, entry, value);
    // Not by assignment: '__proto__' is a key like any other.
    Object.defineProperty(message[name], entry.key, {
      value: entry.value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    return;
  }
  let read;
  if (its) {
    read = its.read(value);
    if (Number.isNaN(read) && BITS[kind].read(value) !== BITS[kind].usual) {
      message.bits = BITS[kind].read(value);
    }
  } else {
    // A message that comes in two pieces is one.
    read = label !== 'many' && message[name] ? message[name] : emptyMessage(kind, value);
    merge(kind, read, value);
  }
  if (label === 'many' || label === 'packed') message[name].push(read);
  else message[name] = read;
}

/** The type of a `Value`; 0 if it has none. */
export function typeOf(value) {
  return Object.values(ValueType).find((t) => value[nameOf(ValueType, t).toLowerCase()] !== undefined) ?? 0;
}

/** The number in a `Value`: a bigint if it is an i64. */
export function numberOf(value) {
  return value.i32 ?? value.i64 ?? value.f32 ?? value.f64;
}

/**
 * All bits of a `Value`, unsigned: a number, or a bigint if there are 64.
 */
export function bitsOf(value) {
  const data = encode('Value', value).subarray(1);
  switch (typeOf(value)) {
    case ValueType.I32:
      return value.i32 >>> 0;
    case ValueType.I64:
      return BigInt.asUintN(64, value.i64);
    case ValueType.F32:
      return BITS.float.read(data);
    default:
      return BITS.double.read(data);
  }
}

/**
 * The `Value` with these bits.
 *
 * @param {number} type a `ValueType`
 * @param {number | bigint} bits unsigned
 * @throws {RangeError} if they are more than the type has
 */
export function valueOfBits(type, bits) {
  const wide = type === ValueType.I64 || type === ValueType.F64;
  const n = unsigned(wide ? 64 : 32, bits);
  if (type === ValueType.I32 || type === ValueType.I64) return valueOf(type, n);
  const data = new Uint8Array(wide ? 9 : 5);
  data[0] = wide ? 0x21 : 0x1d; // the tag of an f64, or an f32
  BITS[wide ? 'double' : 'float'].write(data.subarray(1), wide ? BigInt(n) : Number(n));
  return decode('Value', data);
}

/**
 * A plain number as a `Value` of this type. Integers may be signed or unsigned; of floats the
 * nearest is taken, and of NaNs the usual one. See Calls, Numbers.
 *
 * @throws {RangeError} if the type has no such number: one out of range, or with a fraction
 */
export function valueOf(type, number) {
  if (type === ValueType.I32 || type === ValueType.I64) {
    const bits = type === ValueType.I32 ? 32 : 64;
    const n = toInteger(number);
    if (n === undefined || n < -(1n << BigInt(bits - 1)) || n >= 1n << BigInt(bits)) {
      throw notA(`i${bits}`, String(number));
    }
    const same = BigInt.asIntN(bits, n);
    return bits === 32 ? { i32: Number(same) } : { i64: same };
  }
  if (typeof number !== 'number') throw new RangeError(`${String(number)} is not a float`);
  if (type === ValueType.F64) return { f64: number };
  floatBytes(number);
  return { f32: number };
}

const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/;
const DECIMAL = /^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$/;
const INFINITY = /^([+-]?)inf(inity)?$/i;
const NAN = /^([+-]?)nan(?::0x([0-9a-f]+))?$/i;

/**
 * A number as people write it, as a `Value` of this type. See Calls, Numbers.
 *
 * @throws {RangeError} if it is none of the type
 */
export function parseValue(type, text) {
  const kind = nameOf(ValueType, type).toLowerCase();
  const refuse = (expected) => notA(kind, `'${text}'`, expected);
  const retold = (number) => {
    try {
      return valueOf(type, number);
    } catch {
      throw refuse();
    }
  };
  if (type === ValueType.I32 || type === ValueType.I64) {
    const written = INTEGER.exec(text);
    if (!written) throw refuse('an integer, decimal or 0x and hexadecimal');
    return retold(written[1] === '-' ? -BigInt(written[2]) : BigInt(written[2]));
  }
  const nan = NAN.exec(text);
  if (nan) return parseNan(type, nan[1], nan[2], refuse);
  const infinity = INFINITY.exec(text);
  if (infinity) return retold(infinity[1] === '-' ? -Infinity : Infinity);
  if (!DECIMAL.test(text)) throw refuse('a decimal number, inf, nan or nan:0x and hexadecimal');
  const number = Number(text);
  if (!Number.isFinite(number)) throw refuse();
  return retold(number);
}

function parseNan(type, sign, digits, refuse) {
  const [width, fraction] = type === ValueType.F32 ? [32n, 23n] : [64n, 52n];
  const payload = digits === undefined ? 1n << (fraction - 1n) : BigInt(`0x${digits}`);
  if (payload === 0n || payload >> fraction !== 0n) {
    throw refuse(`a payload of 0x1 to 0x${((1n << fraction) - 1n).toString(16)}`);
  }
  const infinity = (1n << (width - 1n)) - (1n << fraction);
  const bits = (sign === '-' ? 1n << (width - 1n) : 0n) | infinity | payload;
  return valueOfBits(type, bits);
}

/** A `Value` as people write it: a NaN with its payload, unless that is the usual one's. */
export function shown(value) {
  const number = numberOf(value);
  if (Object.is(number, -0)) return '-0';
  if (!Number.isNaN(number)) return String(number).replace('Infinity', 'inf');
  const [width, fraction] = value.f32 === undefined ? [64n, 52n] : [32n, 23n];
  const bits = BigInt(bitsOf(value));
  const payload = bits & ((1n << fraction) - 1n);
  const nan = payload === 1n << (fraction - 1n) ? 'nan' : `nan:0x${payload.toString(16)}`;
  return bits >> (width - 1n) === 0n ? nan : `-${nan}`;
}

/** A function of `exports` as people write it: `add(i64) -> (i64)`. */
export function signature(exported) {
  const list = (types) => `(${types.map((t) => nameOf(ValueType, t).toLowerCase()).join(', ')})`;
  const results = exported.results.length > 0 ? ` -> ${list(exported.results)}` : '';
  return `${exported.name}${list(exported.parameters)}${results}`;
}

// --- Sessions -----------------------------------------------------------------------------------

/** A session's times and bounds, if `open` isn't told otherwise. */
export const DEFAULTS = Object.freeze({
  connectTimeoutMs: 10_000,
  openTimeoutMs: 30_000, // Opening: a module that is new to the server is compiled meanwhile
  answerTimeoutMs: 30_000, // for the answer of a call, from when it was sent, and for a Pong
  closeTimeoutMs: 15_000, // a server that drains takes 10 s
  reconnectTimeoutMs: 60_000, // for how long the lost connection of a kept session is retried
  maxCallsInFlight: 64, // calls without an answer; the next ones wait here
  maxCallsWaiting: 10_000, // calls that wait here; the next is refused
  maxFrameBytes: 16 * 2 ** 20, // the longest message that is taken
  maxEvents: 1_024, // that nobody has taken yet
  maxEventBytes: 8 * 2 ** 20, // likewise
  // Of a WebSocket, which neither waits to be written to nor stops when it isn't read:
  maxUnsentBytes: 2 ** 20, // above so many that haven't left, calls wait here
  maxHeldBytes: 16 * 2 ** 20, // that came while events wait; beyond, the session ends
});

/** What a call gave. */
export class CallResult {
  constructor(values, output) {
    /** The values that the function returned, as `Value`s: a NaN has all of its bits. */
    this.typed = values;
    /** The same as numbers, and bigints for i64. */
    this.values = values.map(numberOf);
    /** The bytes that the guest wrote. */
    this.output = output;
  }

  /** The number of a function that returns one. */
  get value() {
    if (this.values.length !== 1) {
      throw new RangeError(`the call returned ${this.values.length} values, not one`);
    }
    return this.values[0];
  }

  /** The output as UTF-8. */
  get text() {
    return anyUtf8.decode(this.output);
  }
}

// Kept sessions, Sequence: so much may have come since the last Acknowledge.
const ACKNOWLEDGED_MESSAGES = 64;
const ACKNOWLEDGED_BYTES = 64 * 2 ** 10;

/**
 * How far a kept session has come, as this client knows: it is what another connection goes on
 * from. All that the session has said up to `received` has come, once, in order.
 */
class Progress {
  #messages = 0; // that have come since the last Acknowledge
  #bytes = 0;
  #mayHaveGaps;

  constructor(kept, received) {
    this.token = copyOf(kept.token);
    this.received = received;
    this.overId = kept.committed_id; // every call up to it is over, as the server has told
    this.foreignId = kept.committed_id; // calls up to it were another program's
    // Sequences that never come are those of another program's answers.
    this.#mayHaveGaps = kept.resumed;
  }

  /** Whether a message hasn't come before; it has now. */
  isNew(sequence, size) {
    const next = after(this.received);
    if (sequence === 0 || (sequence > next && !this.#mayHaveGaps)) {
      throw violation(`a message of sequence ${sequence}, expected ${next}`);
    }
    if (sequence < next) return false;
    this.received = sequence;
    this.#messages++;
    this.#bytes += size;
    return true;
  }

  get isAcknowledgementDue() {
    return this.#messages >= ACKNOWLEDGED_MESSAGES || this.#bytes >= ACKNOWLEDGED_BYTES;
  }

  acknowledge() {
    this.#messages = this.#bytes = 0;
    return { received: this.received };
  }

  /** What the next connection begins with, which acknowledges, too. */
  resume() {
    return { token: this.token, ...this.acknowledge() };
  }
}

const FIRST_RETRY_MS = 50; // the first attempt is made within so long
const LONGEST_RETRY_MS = 5_000; // two are no further apart

/**
 * When a lost connection is made again: nearly at once, then later and later, at random so that not
 * all clients of a server come back together, and not for ever.
 *
 * What counts is a loss and all attempts after it, until a connection was of use: something came of
 * the session, or it lasted.
 */
class BackOff {
  #patienceMs;
  #attempts = 0;
  #lostAt;
  #connectedAt;

  constructor(patienceMs) {
    this.#patienceMs = patienceMs;
  }

  connected() {
    this.#connectedAt = performance.now();
  }

  succeeded() {
    this.#lostAt = undefined;
  }

  /** After how many milliseconds the next attempt is made; undefined if none is. */
  next() {
    const now = performance.now();
    if (now - this.#connectedAt >= LONGEST_RETRY_MS) this.succeeded();
    this.#connectedAt = undefined;
    if (this.#lostAt === undefined) {
      this.#lostAt = now;
      this.#attempts = 0;
    }
    const left = this.#lostAt + this.#patienceMs - now;
    if (left <= 0) return undefined;
    const within = Math.min(FIRST_RETRY_MS * 2 ** this.#attempts++, LONGEST_RETRY_MS);
    return Math.min(Math.random() * within, left);
  }
}

/**
 * A session. Made by `Session.open`.
 *
 * One that is opened with `keep` outlives its connection. If that is lost the client makes another
 * and goes on, for as long as `reconnectTimeoutMs` says: calls wait meanwhile, and more may be
 * made. `close` ends such a session for good; `detach` leaves it at the server, and so does `abort`.
 * What it says is acknowledged as it comes, events that nobody has taken yet included.
 */
export class Session {
  #address;
  #options;
  #link = null; // null while there is none, and after the end
  #opening = null; // a promise of its own for each link: that the server has opened the session
  #isAttached = false; // whether the server has opened the session on it
  #ended = deferred();
  #end = null; // {reason} or {error}, once it has ended
  #waiting = []; // calls to be sent
  #inFlight = []; // calls to be answered, the oldest first
  #pings = [];
  #events = [];
  #eventBytes = 0;
  #eventsTaken = false; // whether somebody has begun to take them
  #eventWaiters = [];
  #lastId = 0;
  #lastToken = 0;
  #reading = true;
  #goodbye = null; // the `CloseReason` with which this side wants to end
  #closeSent = false; // nothing follows a Close
  #answerTimer = null;
  #maxInFlight;
  #byName = new Map();
  #inFlightBytes = 0;
  // Of a kept session.
  #progress = null;
  #backOff = null;
  #over = null; // an AbortController, for what may be going on at the end
  #silenceTimer = null;
  #silentLooks = 0;
  #heard = 0; // what the link had heard at the last look
  #maxInFlightBytes = Infinity;
  #isServerLeaving = false; // what isn't sent yet is for the next connection
  #wasCloseSent = false; // on whichever connection
  #isLeft = false; // what comes now is for whoever goes on

  /**
   * What the server said when it opened the session, or last went on with it: id, digest, exports,
   * limits.
   */
  opened = null;
  /** What the server said when it began to go away: then open the next session elsewhere. */
  goAway = null;

  /**
   * Connects, and opens a session of `module`: `NAME`, `NAME@sha256:HEX` or `sha256:HEX`.
   *
   * @param {string | URL} address `wss://HOST:PORT` or `ws://HOST:PORT`, with a path unless it is
   *     the usual one; in a page also a path alone, at the page's own host
   * @param {string} module
   * @param {object} [options] besides those of `DEFAULTS`:
   * @param {Record<string, string>} [options.config] what the guest reads as its configuration
   * @param {object} [options.limits] what is wished, by the names of PROTOCOL.md's `Limits`
   * @param {string} [options.token] who asks, for servers that want to know
   * @param {object} [options.keep] makes it one that outlives its connection: how, by the names of
   *     PROTOCOL.md's `Keep`; with a name it may be one that was there before: `kept.resumed`
   * @param {{token: Uint8Array, received: number}} [options.resume] goes on with a kept session by
   *     its token instead, and takes it from whoever has it: `kept.token` and `received` of that
   * @param {() => string} [options.traceparent] asked for each call that doesn't say itself of
   *     which trace it is a part
   * @param {(payload: Uint8Array) => void} [options.onEvent] takes each event as it comes
   * @param {(goAway: object) => void} [options.onGoAway]
   * @param {(error: MooringError) => void} [options.onLost] hears of each error that the connection
   *     of a kept session was lost of. If `isOpen` is false then, it doesn't go on: it is another
   *     program's now (`SESSION_TAKEN`), was gone (`SESSION_NOT_FOUND`), or is back at an older
   *     state than it had told of (`STATE_LOST`); who wants that one may `resume` it
   * @param {() => void} [options.onResumed] hears when it goes on
   * @param {Connect} [options.connect] makes a connection: over WebSocket, unless told otherwise
   * @returns {Promise<Session>}
   * @throws {MooringError} if there is no server, or it won't
   */
  static async open(address, module, options = {}) {
    const all = { ...DEFAULTS, connect: connectWebSocket, ...options };
    const session = new this(address, all);
    const { config = {}, limits, token: auth_token = '', keep, resume } = all;
    const wish = { module, config, limits, auth_token, keep, resume };
    try {
      await session.#connect({ protocol_version: PROTOCOL_VERSION, ...wish });
    } catch (error) {
      session.#finish({ error });
      throw error;
    }
    return session;
  }

  constructor(address, options) {
    this.#address = address;
    this.#options = options;
    this.#maxInFlight = options.maxCallsInFlight;
  }

  /** Makes a connection, and waits until the server has opened the session on it. */
  async #connect(open) {
    const { connect, openTimeoutMs } = this.#options;
    const link = await connect(this.#address, this.#options, this.#over?.signal);
    if (!this.isOpen) {
      link.abort();
      throw this.#closedError();
    }
    this.#link = link;
    this.#heard = link.heard;
    this.#opening = deferred();
    const { promise } = this.#opening;
    // What comes of a connection that the session has left is nobody's.
    const isOurs = () => this.#link === link;
    link.start({
      onMessage: (body) => isOurs() && this.#takeBody(body),
      onRoom: () => isOurs() && this.#sendCalls(),
      onLost: (cause) => isOurs() && this.#lost(cause),
    });
    this.#write({ open });
    try {
      await within(promise, openTimeoutMs, "the session wasn't open", true);
    } catch (error) {
      if (this.#link === link) this.#link = null;
      link.abort();
      throw error;
    }
  }

  /** The session's name in the server's log. */
  get id() {
    return this.opened.session_id;
  }

  /** The functions that may be called. */
  get exports() {
    return this.opened.exports;
  }

  /** The limits in force. */
  get limits() {
    return this.opened.limits ?? {};
  }

  /**
   * How the session is kept, and up to which call it had come when this connection began; undefined
   * if it ends with its connection.
   */
  get kept() {
    return this.opened.kept;
  }

  /** The sequence up to which all that a kept session has said has come. */
  get received() {
    return this.#progress?.received ?? 0;
  }

  /** Whether the session hasn't ended; a kept one may be without a connection. */
  get isOpen() {
    return this.#end === null;
  }

  /**
   * Calls a function, by its name or its index in `exports`.
   *
   * Calls are sent, run and answered in the order in which this is called; nothing need be awaited
   * in between.
   *
   * @param {string | number} name
   * @param {Array<number | bigint | object>} [args] plain numbers, typed by the function's
   *     signature, or a `Value` each, such as `{ i64: 5n }`
   * @param {object} [options]
   * @param {Uint8Array | ArrayBuffer | string} [options.input] for the guest to read
   * @param {number} [options.timeoutMs] how long the server may let it wait and run
   * @param {string} [options.traceparent] the trace that it is part of, as W3C's Trace Context
   *     writes it; if it isn't given, what the session's `traceparent` gives
   * @param {AbortSignal} [options.signal] takes the call out of the queue, if it still waits
   *     there; it is answered all the same, with CANCELLED or what it was
   * @returns {Promise<CallResult>}
   * @throws {MooringError} if the call failed (it then left nothing behind), the session ended, or
   *     no answer came in time (the call may happen yet)
   */
  async call(name, args = [], options = {}) {
    if (!this.isOpen || this.#goodbye) throw this.#closedError();
    if (this.goAway) {
      // It would be refused anyway: say so at once.
      throw refused(`the session goes away: ${this.goAway.message}`);
    }
    if (this.#waiting.length >= this.#options.maxCallsWaiting) {
      throw refused(`${this.#waiting.length} calls wait to be sent already; await some of them`);
    }
    const message = this.#toCall(name, args, options);
    // What it counts in the server's queue, about.
    const size = message.input.length + 16 * message.arguments.length;
    const call = { message, size, answer: deferred(), sentAt: 0, isUnwanted: false };
    this.#waiting.push(call);
    const cancel = () => this.#cancel(call);
    options.signal?.addEventListener('abort', cancel, { once: true });
    this.#sendCalls();
    if (options.signal?.aborted) cancel();
    try {
      return await call.answer.promise;
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * The events as they come, until the session ends; those that came before, first.
   *
   * @returns {AsyncGenerator<Uint8Array>}
   */
  async *events() {
    for (;;) {
      const event = await this.nextEvent();
      if (event === undefined) return;
      yield event;
    }
  }

  /** The next event; undefined if the session ended, or `timeoutMs` are over. */
  async nextEvent(timeoutMs) {
    this.#eventsTaken = true;
    if (this.#events.length === 0 && this.isOpen) {
      const waiter = deferred();
      this.#eventWaiters.push(waiter);
      const timer = timeoutMs === undefined ? undefined : setTimeout(waiter.resolve, timeoutMs);
      await waiter.promise;
      clearTimeout(timer);
      this.#eventWaiters = this.#eventWaiters.filter((other) => other !== waiter);
    }
    const event = this.#events.shift();
    if (event !== undefined) {
      this.#eventBytes -= event.length;
      this.#readOn();
    }
    return event;
  }

  /**
   * Asks whether anybody is there.
   *
   * @returns {Promise<number>} the milliseconds that the answer took
   */
  async ping() {
    if (!this.isOpen || this.#closeSent) throw this.#closedError();
    if (!this.#isAttached) throw lostOf('there is no connection now');
    return within(this.#sendPing(), this.#options.answerTimeoutMs, 'no Pong', false);
  }

  #sendPing() {
    const ping = { token: ++this.#lastToken, sentAt: performance.now(), pong: deferred() };
    this.#pings.push(ping);
    this.#write({ ping: { token: ping.token } });
    return ping.pong.promise;
  }

  /**
   * Ends the session in good order, also one that is kept: what was called is answered first.
   * Closing again waits for the same end.
   *
   * @returns {Promise<number>} the `CloseReason`
   * @throws {MooringError} if the session ended otherwise
   */
  async close() {
    return this.#leave(CloseReason.CLIENT_CLOSED);
  }

  /**
   * Leaves a kept session at the server: what was called is answered first. From then on
   * `kept.token` and `received` say where to go on; whoever comes by its name needs neither.
   *
   * @returns as `close`
   */
  async detach() {
    if (!this.#progress) throw new Error("the session isn't kept: open it with keep");
    return this.#leave(CloseReason.DETACHED);
  }

  async #leave(goodbye) {
    if (this.isOpen && !this.#goodbye) {
      this.#goodbye = goodbye;
      this.#sendCalls();
    }
    try {
      const wait = this.#options.closeTimeoutMs;
      return await within(this.ended(), wait, "the session hadn't ended", true);
    } catch (error) {
      this.#finish({ error });
      throw error;
    }
  }

  /** Resolves to the `CloseReason`, or fails, when the session ends, whoever ends it. */
  ended() {
    return this.#ended.promise;
  }

  /** Ends the connection now. Calls without an answer fail. A kept session stays. */
  abort() {
    this.#finish({ error: ending(ErrorCode.SESSION_CLOSED, 'this client ended the connection') });
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    if (this.isOpen) await this.close();
  }

  #toCall(name, args, options) {
    const index = typeof name === 'number' ? name : this.#byName.get(name);
    const exported = this.exports[index];
    if (args.some((argument) => typeof argument !== 'object')) {
      // A wrong number of arguments, or a wrong Value, is the server's to refuse.
      if (exported?.parameters.length !== args.length) {
        throw new MooringError(
          exported ? ErrorCode.INVALID_ARGUMENTS : ErrorCode.FUNCTION_NOT_FOUND,
          `got ${args.length} numbers; there is ` +
            (exported ? signature(exported) : `no function '${name}'`),
        );
      }
    }
    let values;
    try {
      values = args.map((argument, i) =>
        typeof argument === 'object' ? checked(argument) : valueOf(exported.parameters[i], argument),
      );
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const text = `${cause.message}; the function is ${exported ? signature(exported) : name}`;
      throw new MooringError(ErrorCode.INVALID_ARGUMENTS, text, { cause });
    }
    return {
      // By index is cheaper; a name that isn't known goes as it is, to be refused by the server.
      ...(index === undefined ? { name } : { index }),
      arguments: values,
      input: toBytes(options.input ?? ''),
      // Whatever is left of a millisecond is a wish, and 0 would be none.
      timeout_ms:
        options.timeoutMs === undefined
          ? 0
          : Math.min(Math.max(Math.ceil(options.timeoutMs), 1), 0xffff_ffff),
      traceparent: options.traceparent ?? this.#options.traceparent?.() ?? '',
    };
  }

  /** Sends what may be sent. Called whenever that may have become more. */
  #sendCalls() {
    while (
      this.#waiting.length > 0 &&
      this.#isAttached &&
      !this.#isServerLeaving &&
      !this.#link.isFull &&
      this.#hasRoom(this.#waiting[0])
    ) {
      const call = this.#waiting.shift();
      // One that was sent before, on a connection that is lost, keeps its id.
      const isNew = call.message.id === undefined;
      if (isNew) call.message.id = after(this.#lastId);
      const body = encode('ClientMessage', { call: call.message });
      const limit = this.limits.frame_bytes;
      if (limit && body.length > limit) {
        const text = `a message of ${body.length} bytes; the server takes at most ${limit}`;
        call.answer.reject(new MooringError(ErrorCode.FRAME_TOO_LARGE, text));
        continue;
      }
      if (isNew) this.#lastId = call.message.id;
      call.sentAt = performance.now();
      this.#inFlight.push(call);
      this.#inFlightBytes += call.size;
      this.#link.send(body);
      if (this.#answerTimer === null) this.#watchAnswers();
    }
    if (this.#goodbye && this.#waiting.length === 0) this.#sayGoodbye();
  }

  #hasRoom(call) {
    if (this.#inFlight.length >= this.#maxInFlight) return false;
    if (this.#inFlight.length === 0) return true;
    return this.#inFlightBytes + call.size <= this.#maxInFlightBytes;
  }

  /** Every call was sent: asks for the end, or, of a session that is left, waits for them. */
  #sayGoodbye() {
    if (this.#goodbye === CloseReason.CLIENT_CLOSED) {
      if (this.#isAttached && !this.#isServerLeaving && !this.#closeSent) {
        this.#closeSent = this.#wasCloseSent = true;
        this.#write({ close: {} });
      }
    } else if (this.isOpen && this.#inFlight.length === 0 && !this.#isLeft) {
      this.#isLeft = true;
      const leave = () => this.#finish({ reason: CloseReason.DETACHED });
      if (this.#isAttached) {
        // Once the Pong is there the server has read what was said before.
        this.#write({ acknowledge: this.#progress.acknowledge() });
        this.#sendPing().then(leave, leave);
      } else {
        leave();
      }
    }
  }

  /** Gives up calls that were sent too long ago. One timer is enough: the oldest is first. */
  #watchAnswers() {
    this.#answerTimer = null;
    const timeout = this.#options.answerTimeoutMs;
    for (const call of this.#inFlight) {
      const left = call.sentAt + timeout - performance.now();
      if (left > 0) {
        this.#answerTimer = setTimeout(() => this.#watchAnswers(), left);
        return;
      }
      const unread = this.#reading ? '' : ' (events wait that nobody takes)';
      // It stays in its place: its answer may come yet, and is then the oldest call's.
      call.isUnwanted = true;
      call.answer.reject(
        new MooringError(ErrorCode.TIMEOUT, `no answer within ${timeout} ms${unread}`, {
          retryable: true,
          callId: call.message.id,
        }),
      );
    }
  }

  #cancel(call) {
    const at = this.#waiting.indexOf(call);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      const more = { retryable: true };
      call.answer.reject(new MooringError(ErrorCode.CANCELLED, 'before it was sent', more));
    } else if (this.#inFlight.includes(call)) {
      call.isUnwanted = true;
      if (this.#isAttached && !this.#closeSent) this.#write({ cancel: { id: call.message.id } });
    }
  }

  #takeEvent(payload) {
    if (this.#options.onEvent) {
      tell(this.#options.onEvent, payload);
      return;
    }
    // A copy: the payload is a slice, and would keep the whole of what was read.
    this.#events.push(copyOf(payload));
    this.#eventBytes += payload.length;
    this.#eventWaiters.shift()?.resolve();
    if (this.#hasManyEvents(1)) {
      if (!this.#eventsTaken) {
        throw ending(
          ErrorCode.EVENTS_UNREAD,
          `${this.#events.length} events wait; take them with events(), or give onEvent`,
        );
      }
      this.#reading = false;
      this.#link.pause();
    }
  }

  #hasManyEvents(part) {
    return (
      this.#events.length > this.#options.maxEvents / part ||
      this.#eventBytes > this.#options.maxEventBytes / part
    );
  }

  #readOn() {
    if (this.#reading || this.#hasManyEvents(2)) return;
    this.#reading = true;
    this.#link?.resume();
  }

  #takeBody(body) {
    try {
      const message = decode('ServerMessage', body);
      const kind = Object.keys(message)[0];
      // Versions: fields may be added, and what isn't known is skipped.
      if (kind === undefined) return;
      if (!this.#progress || !hasSequence(kind, message[kind])) {
        this.#takeMessage(kind, message[kind]);
      } else if (!this.#isLeft && this.#progress.isNew(message[kind].sequence, body.length)) {
        this.#backOff.succeeded();
        this.#takeMessage(kind, message[kind]);
        this.#acknowledge();
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error) {
    if (error instanceof DecodeError) this.#disconnected(violation(error.message));
    else if (error instanceof MooringError) this.#disconnected(error);
    else throw error;
  }

  /** How it ends: "A connection that ends without such a message was lost". */
  #lost(cause) {
    if (cause instanceof DecodeError || cause instanceof MooringError) {
      this.#failed(cause);
    } else {
      const why = cause ? `: ${cause.message}` : '';
      this.#disconnected(lostOf(`the connection ended without a last word${why}`, cause));
    }
  }

  #acknowledge() {
    if (this.#progress.isAcknowledgementDue && this.#isAttached && !this.#closeSent) {
      this.#write({ acknowledge: this.#progress.acknowledge() });
    }
  }

  #takeMessage(kind, body) {
    if (!this.#isAttached && !['opened', 'error', 'closed'].includes(kind)) {
      throw violation(`${kind} before Opened`);
    }
    switch (kind) {
      case 'opened':
        if (this.#isAttached) throw violation('a second Opened');
        this.#takeOpened(body);
        break;
      case 'result':
        this.#answer(body.id, (answer) => answer.resolve(new CallResult(body.values, body.output)));
        break;
      case 'error': {
        const endsSession = body.id === 0 || !this.#isAttached;
        const error = new MooringError(body.code, body.message, {
          retryable: body.retryable,
          trap: body.trap,
          callId: body.id,
          endsSession,
        });
        if (endsSession) throw error;
        this.#answer(body.id, (answer) => answer.reject(error));
        break;
      }
      case 'event':
        this.#takeEvent(body.payload);
        break;
      case 'pong': {
        const ping = this.#pings[0];
        if (ping?.token !== body.token) throw violation('a Pong that nobody asked for');
        this.#pings.shift();
        ping.pong.resolve(performance.now() - ping.sentAt);
        break;
      }
      case 'go_away':
        if (this.#progress && body.reason === GoAwayReason.SERVER_SHUTDOWN) {
          // It is the server that goes: the session stays, and calls wait for the next.
          this.#isServerLeaving = true;
        } else {
          this.goAway = body;
          for (const call of this.#waiting.splice(0)) call.answer.reject(refused(body.message));
        }
        this.#sendCalls();
        tell(this.#options.onGoAway, body);
        break;
      case 'closed':
        this.#takeClosed(body.reason);
        break;
    }
  }

  #takeOpened(opened) {
    const isFirst = this.opened === null;
    if (isFirst) this.#begin(opened);
    else this.#goOn(opened);
    this.#isAttached = true;
    this.#opening.resolve();
    if (opened.kept) {
      this.#backOff.connected();
      this.#lookForSilence();
    }
    if (!isFirst) {
      if (this.#inFlight.length > 0) this.#watchAnswers();
      this.#sendCalls();
      tell(this.#options.onResumed);
    }
  }

  #begin(opened) {
    const { keep, resume, maxCallsInFlight, reconnectTimeoutMs } = this.#options;
    const { kept } = opened;
    if (Boolean(kept) !== Boolean(keep ?? resume)) {
      throw violation(`a session that is ${kept ? '' : 'not '}kept`);
    }
    this.opened = opened;
    opened.exports.forEach((exported, index) => {
      if (!this.#byName.has(exported.name)) this.#byName.set(exported.name, index);
    });
    if (!kept) return;
    this.#progress = new Progress(kept, resume?.received ?? 0);
    this.#lastId = kept.committed_id;
    this.#backOff = new BackOff(reconnectTimeoutMs);
    this.#over = new AbortController();
    // Kept sessions, Sequence: or a server that has stopped reading reads no Acknowledge. A limit
    // of 0 is none.
    const half = (limit) => (limit ? Math.max(1, Math.floor(limit / 2)) : Infinity);
    const { queued_calls, queued_bytes } = this.limits;
    const bounds = [maxCallsInFlight, half(queued_calls), half(kept.unacknowledged_messages)];
    this.#maxInFlight = Math.min(...bounds);
    this.#maxInFlightBytes = half(queued_bytes);
  }

  #goOn(opened) {
    const { kept } = opened;
    const progress = this.#progress;
    const what = ({ module_digest, exports }) => JSON.stringify([module_digest, exports]);
    if (!kept?.resumed || what(opened) !== what(this.opened)) {
      throw violation('another session, where one was to be gone on with');
    }
    if (kept.committed_id < progress.overId) {
      const last = kept.committed_id;
      throw stateLost(`call ${progress.overId} was answered, and the last one is ${last}`);
    }
    if (kept.committed_id > this.#lastId) {
      const text = `another program has gone on with the session, up to call ${kept.committed_id}`;
      throw ending(ErrorCode.SESSION_TAKEN, text);
    }
    this.opened = opened;
    progress.token = copyOf(kept.token);
    progress.overId = kept.committed_id;
    // Going on, by token: those above didn't happen, and are sent again; the others are answered.
    const owed = this.#inFlight.filter((call) => call.message.id <= kept.committed_id);
    for (const call of this.#inFlight.splice(owed.length).reverse()) {
      this.#inFlightBytes -= call.size;
      if (call.isUnwanted) {
        const more = { retryable: true };
        call.answer.reject(new MooringError(ErrorCode.CANCELLED, 'before it ran', more));
      } else {
        this.#waiting.unshift(call);
      }
    }
    for (const call of owed) call.sentAt = performance.now();
  }

  #answer(id, settle) {
    if (this.#progress) {
      if (id <= this.#progress.foreignId) return;
      if (id > this.#progress.overId) this.#progress.overId = id;
    }
    const call = this.#oldest(id);
    this.#inFlightBytes -= call.size;
    settle(call.answer);
    this.#sendCalls();
  }

  #takeClosed(reason) {
    if (!this.#progress) {
      if (!this.#isAttached) throw wasClosed(reason);
      this.#finish({ reason });
      return;
    }
    if (this.#isServerLeaving) throw lostOf('the server went away, as it had announced');
    const isAsked = this.#closeSent && reason === CloseReason.CLIENT_CLOSED;
    const isTold = this.goAway && reason === CloseReason.GONE_AWAY;
    if (!isTold && !(isAsked && this.#inFlight.length === 0)) {
      // How it ends: "Something between the two can end one direction alone."
      throw lostOf("the server heard an end that this side didn't send");
    }
    this.#finish({ reason });
  }

  #oldest(id) {
    // Calls, Order: an answer always belongs to the oldest call that has none.
    if (this.#inFlight[0]?.message.id !== id) {
      const oldest = this.#inFlight[0]?.message.id ?? 'none';
      throw violation(`an answer of call ${id}, where the oldest without one is ${oldest}`);
    }
    return this.#inFlight.shift();
  }

  /** The connection has ended, or is to. */
  #disconnected(error) {
    const link = this.#link;
    const wasAttached = this.#isAttached;
    this.#link = null;
    this.#isAttached = false;
    link.abort();
    if (!wasAttached) {
      this.#opening.reject(error); // whoever makes the connection goes on
    } else if (this.#isLeft) {
      this.#finish({ reason: CloseReason.DETACHED });
    } else if (this.#progress && outlives(error)) {
      this.#beAway(error);
    } else {
      this.#finish({ error });
      if (this.#progress) tell(this.#options.onLost, error);
    }
  }

  #beAway(error) {
    this.#closeSent = this.#isServerLeaving = false;
    this.#reading = true;
    this.#stopTimers();
    for (const ping of this.#pings.splice(0)) ping.pong.reject(error);
    this.#comeBack(error);
    if (this.#goodbye && this.#waiting.length === 0) this.#sayGoodbye();
    tell(this.#options.onLost, error);
  }

  /** Makes connections until the session goes on, or there is no hope. */
  async #comeBack(first) {
    let error = first;
    await null; // so that onLost is told first
    for (let delay; (delay = this.#backOff.next()) !== undefined; ) {
      try {
        await pause(delay, this.#over.signal);
        // Libraries come back by token only: a name might have become another session.
        await this.#connect({
          protocol_version: PROTOCOL_VERSION,
          auth_token: this.#options.token ?? '',
          resume: this.#progress.resume(),
        });
        return;
      } catch (cause) {
        if (!this.isOpen) return;
        error = cause;
      }
      if (!outlives(error)) {
        this.#notResumed(error);
        return;
      }
    }
    if (!this.isOpen) return;
    if (error !== first) {
      const text = `not made again within ${this.#options.reconnectTimeoutMs} ms: ${error.message}`;
      const more = { cause: error };
      error = ending(ErrorCode.CONNECTION_LOST, `the connection was lost, and ${text}`, more);
    }
    this.#finish({ error });
    tell(this.#options.onLost, error);
  }

  #notResumed(cause) {
    const isDone = this.#wasCloseSent && this.#inFlight.length + this.#waiting.length === 0;
    if (cause.code === ErrorCode.SESSION_NOT_FOUND && isDone) {
      this.#finish({ reason: CloseReason.CLIENT_CLOSED }); // it was heard, and its answer wasn't
      return;
    }
    const error =
      cause.code === ErrorCode.INVALID_KEEP ? stateLost(`it has said less (${cause.text})`) : cause;
    this.#finish({ error });
    tell(this.#options.onLost, error);
  }

  /**
   * A connection on which nothing comes, though something is due, is asked for a sign; then it is
   * lost. Five looks, so that it is before its calls are given up.
   */
  #lookForSilence() {
    const wait = this.#options.answerTimeoutMs / 5;
    this.#silenceTimer = setTimeout(() => this.#lookForSilence(), wait);
    const isDue =
      this.#reading && (this.#inFlight.length > 0 || this.#isServerLeaving || this.#closeSent);
    this.#silentLooks = isDue && this.#link.heard === this.#heard ? this.#silentLooks + 1 : 0;
    this.#heard = this.#link.heard;
    if (this.#silentLooks === 2 && !this.#closeSent) {
      this.#sendPing();
    } else if (this.#silentLooks > 2) {
      this.#disconnected(lostOf('the server fell silent, with answers due'));
    }
  }

  #stopTimers() {
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#silenceTimer);
    this.#answerTimer = this.#silenceTimer = null;
    this.#silentLooks = 0;
  }

  #finish(end) {
    if (this.#end !== null) return;
    this.#end = end;
    const error = end.error ?? wasClosed(end.reason);
    if (end.error) this.#ended.reject(error);
    else this.#ended.resolve(end.reason);
    // Nobody can say what became of calls that have no answer; those that weren't sent didn't
    // happen.
    for (const call of this.#inFlight.splice(0)) call.answer.reject(error);
    for (const call of this.#waiting.splice(0)) call.answer.reject(error);
    for (const ping of this.#pings.splice(0)) ping.pong.reject(error);
    for (const waiter of this.#eventWaiters.splice(0)) waiter.resolve();
    this.#stopTimers();
    this.#over?.abort();
    const link = this.#link;
    this.#link = null;
    this.#isAttached = false;
    if (!link) return;
    this.#opening.reject(error);
    if (end.error) link.abort();
    else link.close();
  }

  #closedError() {
    const asked = this.#goodbye === CloseReason.DETACHED ? 'detach()' : 'close()';
    const why =
      this.#end === null ? `${asked} was called` : (this.#end.error?.message ?? 'it was closed');
    return ending(ErrorCode.SESSION_CLOSED, `the session has ended: ${why}`);
  }

  #write(message) {
    this.#link.send(encode('ClientMessage', message));
  }
}

/** A promise with its two ends; one that nobody waits for fails in silence. */
function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** Calls a listener of the program's. What it throws is its own: the platform tells of it. */
function tell(listener, ...said) {
  try {
    listener?.(...said);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Resolves after so long, or fails when the signal comes. */
function pause(delayMs, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Waits for a promise, but not for ever. */
async function within(promise, timeoutMs, what, endsSession) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const more = { retryable: true, endsSession };
      reject(new MooringError(ErrorCode.TIMEOUT, `${what} within ${timeoutMs} ms`, more));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The id after this one: a number, and a bigint where that has no place for it. */
function after(id) {
  if (id < Number.MAX_SAFE_INTEGER) return id + 1;
  return BigInt(id) + 1n;
}

function hasSequence(kind, body) {
  return kind === 'result' || kind === 'event' || (kind === 'error' && body.id !== 0);
}

/** Whether a kept session is there after this, as far as its client knows. */
function outlives(error) {
  switch (error.code) {
    case ErrorCode.CONNECT_FAILED:
    case ErrorCode.CONNECTION_LOST:
    case ErrorCode.TIMEOUT:
    case ErrorCode.MALFORMED_FRAME: // a frame that isn't whole is what the server sees of a loss
      return true;
    case ErrorCode.SESSION_EXPIRED:
      return false;
    default:
      return error.code >= ErrorCode.INTERNAL && error.retryable;
  }
}

function ending(code, text, more = {}) {
  return new MooringError(code, text, { ...more, endsSession: true });
}

/** A `Value`; if it can't be written this fails here, and not when the call's turn comes. */
function checked(value) {
  encode('Value', value);
  return value;
}

function violation(what) {
  return ending(ErrorCode.PROTOCOL_VIOLATION, `the server sent ${what}`);
}

function lostOf(text, cause) {
  return ending(ErrorCode.CONNECTION_LOST, text, { retryable: true, cause });
}

function stateLost(how) {
  const text = 'the server goes on with an older state of the session than it had told of';
  return ending(ErrorCode.STATE_LOST, `${text}: ${how}`);
}

function wasClosed(reason) {
  const text = `the session was closed: ${nameOf(CloseReason, reason)}`;
  return ending(ErrorCode.SESSION_CLOSED, text, { retryable: true });
}

function refused(text) {
  return new MooringError(ErrorCode.CALL_REFUSED, text, { retryable: true });
}

// --- What carries the messages ------------------------------------------------------------------

/**
 * What a session needs of a connection. A message is a `ClientMessage` or a `ServerMessage`, whole.
 *
 * @typedef {object} Link
 * @property {(on: LinkListener) => void} start begins to give what comes; called once, at once
 * @property {(message: Uint8Array) => void} send takes a message over; drops it if the end has come
 * @property {boolean} isFull whether calls wait until `onRoom`; other messages don't
 * @property {number} heard another one whenever anything has come
 * @property {() => void} pause no message is given until `resume`, and the end only if that is near
 * @property {() => void} resume gives what waits, and what comes
 * @property {() => void} close ends the connection when all was sent
 * @property {() => void} abort ends it now
 *
 * @typedef {object} LinkListener
 * @property {(message: Uint8Array) => void} onMessage
 * @property {() => void} onRoom
 * @property {(cause?: Error) => void} onLost once, at the end, unless this side has made it: a
 *     `MooringError` that says it all, a `DecodeError` if it was what came, or whatever it was
 *
 * @typedef {(address: string|URL, options: object, signal?: AbortSignal) => Promise<Link>} Connect
 *     resolves when the link is ready for the first message; fails with a `MooringError`; `options`
 *     are the session's, with `connectTimeoutMs`; `signal` gives up
 */

const DRAIN_LOOK_MS = 10; // nobody tells when a WebSocket has sent what it had
const HELD_OVERHEAD_BYTES = 256; // what a message that is held takes besides its own, about
const NORMAL_CLOSURE = 1000;

/** What a close code means that no last message came before, so that it is of something between. */
const CLOSE_CODES = {
  1008: { code: ErrorCode.PERMISSION_DENIED, retryable: false },
  1009: { code: ErrorCode.FRAME_TOO_LARGE, retryable: false },
  1013: { code: ErrorCode.SERVER_OVERLOADED, retryable: true },
};

/**
 * The URL that is connected to. `http` and `https` are taken for `ws` and `wss`.
 *
 * @param {string | URL} address
 * @throws {RangeError} if it is none
 */
export function toUrl(address) {
  const text = String(address);
  const base = globalThis.location?.href;
  const isKnown = /^(ws|http)s?:\/\//i.test(text) || (text.startsWith('/') && base !== undefined);
  let url;
  try {
    url = new URL(isKnown ? text : '', base);
  } catch {
    // told below
  }
  if (!isKnown || !url?.host) {
    throw new RangeError(`expected wss://HOST:PORT, or a path of this page's host, got '${text}'`);
  }
  url.protocol = /^(https|wss):$/.test(url.protocol) ? 'wss:' : 'ws:';
  if (url.pathname === '/') url.pathname = DEFAULT_PATH;
  url.hash = '';
  return url;
}

/** Connects over WebSocket; see `Connect`. */
export async function connectWebSocket(address, options, signal) {
  const url = toUrl(address);
  return new Promise((resolve, reject) => {
    let socket;
    let timer;
    const fail = (why, more = {}) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      if (socket) {
        forget(socket);
        socket.close();
      }
      const text = `no connection to ${url}${why}`;
      reject(ending(ErrorCode.CONNECT_FAILED, text, { retryable: true, ...more }));
    };
    const giveUp = () => fail(': it was given up');
    if (signal?.aborted) {
      giveUp();
      return;
    }
    if (typeof WebSocket === 'undefined') {
      const text = ': there is no WebSocket here; browsers, Node 22, Deno and Bun have one';
      fail(text, { retryable: false });
      return;
    }
    try {
      socket = new WebSocket(url, SUBPROTOCOL);
    } catch (cause) {
      fail(`: ${cause.message}`, { retryable: false, cause });
      return;
    }
    socket.binaryType = 'arraybuffer';
    const { connectTimeoutMs } = options;
    timer = setTimeout(() => fail(` within ${connectTimeoutMs} ms`), connectTimeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.onopen = () => {
      if (socket.protocol !== SUBPROTOCOL) {
        fail(`: the server there doesn't speak ${SUBPROTOCOL}`, { retryable: false });
        return;
      }
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      forget(socket);
      resolve(new WebSocketLink(socket, options));
    };
    // A page isn't told more than that; its console is.
    const reasons = 'nobody answers, TLS failed, or the server refused: its path, or this Origin';
    socket.onclose = () => fail(` (${reasons})`);
    socket.onerror = () => {}; // a close follows
  });
}

/** Whatever comes of it from now on is nobody's. */
function forget(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {};
}

/**
 * A WebSocket, of which each binary message is one message. It takes all that it is given to send,
 * and gives all that comes: while the session is paused that is held here, at most `maxHeldBytes`.
 */
class WebSocketLink {
  heard = 0;
  #socket;
  #maxFrameBytes;
  #maxUnsentBytes;
  #maxHeldBytes;
  #on = null;
  #isPaused = false;
  #held = []; // messages that came while paused, the oldest first
  #heldBytes = 0;
  #end = null; // of a connection that ended in good order: its cause, told when nothing is held
  #drainTimer = null;

  constructor(socket, options) {
    this.#socket = socket;
    this.#maxFrameBytes = options.maxFrameBytes;
    this.#maxUnsentBytes = options.maxUnsentBytes;
    this.#maxHeldBytes = options.maxHeldBytes;
  }

  start(on) {
    this.#on = on;
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = (close) => this.#closed(close);
  }

  send(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(message);
    if (this.isFull && this.#drainTimer === null) this.#awaitRoom();
  }

  get isFull() {
    return this.#socket.bufferedAmount > this.#maxUnsentBytes;
  }

  pause() {
    this.#isPaused = true;
  }

  resume() {
    this.#isPaused = false;
    this.#give();
  }

  close() {
    this.#leave();
    this.#socket.close(NORMAL_CLOSURE);
  }

  abort() {
    // There is no other way to end a WebSocket; nobody waits for the answer.
    this.close();
  }

  #awaitRoom() {
    this.#drainTimer = setTimeout(() => {
      this.#drainTimer = null;
      if (this.isFull) this.#awaitRoom();
      else this.#on.onRoom();
    }, DRAIN_LOOK_MS);
  }

  #take(data) {
    this.heard++;
    if (typeof data === 'string') {
      this.#lost(new DecodeError('text, where a message is binary'));
      return;
    }
    const body = new Uint8Array(data);
    if (body.length > this.#maxFrameBytes) {
      const text = `a message of ${body.length} bytes; at most ${this.#maxFrameBytes} are taken`;
      this.#lost(new DecodeError(text));
      return;
    }
    this.#held.push(body);
    this.#heldBytes += body.length + HELD_OVERHEAD_BYTES;
    this.#give();
    if (this.#heldBytes > this.#maxHeldBytes) {
      const text = `${this.#held.length} messages wait behind events that nobody takes fast enough`;
      this.#lost(ending(ErrorCode.EVENTS_UNREAD, text));
    }
  }

  #give() {
    while (!this.#isPaused && this.#held.length > 0) {
      const body = this.#held.shift();
      this.#heldBytes -= body.length + HELD_OVERHEAD_BYTES;
      this.#on.onMessage(body);
    }
    if (this.#end !== null && this.#held.length === 0) this.#lost(this.#end);
  }

  #closed({ code, reason, wasClean }) {
    const because = reason ? `: ${reason}` : '';
    const text = `WebSocket close code ${code}${because}`;
    const known = CLOSE_CODES[code];
    this.#end = known ? ending(known.code, text, { retryable: known.retryable }) : new Error(text);
    // What was said before is heard first. Of a connection that broke it is no use to wait for it.
    if (wasClean) this.#give();
    else this.#lost(this.#end);
  }

  #lost(cause) {
    const on = this.#on;
    this.#leave();
    on.onLost(cause);
  }

  #leave() {
    clearTimeout(this.#drainTimer);
    forget(this.#socket);
    this.#held = [];
    this.#heldBytes = 0;
    this.#end = null;
    this.#on = NOBODY;
  }
}

const NOBODY = { onMessage() {}, onRoom() {}, onLost() {} };
