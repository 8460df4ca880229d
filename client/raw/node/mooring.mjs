#!/usr/bin/env node
/**
 * A client for Mooring, in one file, with nothing but Node's own modules (Node 20 or later).
 *
 * A session is one connection to a server, and one WebAssembly instance that is this client's own:
 *
 *     import { Session } from './mooring.mjs';
 *
 *     const session = await Session.open('127.0.0.1:7070', 'counter');
 *     console.log((await session.call('add', [5])).value);            // 5n: an i64 is a bigint
 *     const answers = await Promise.all([1, 2, 3].map((n) => session.call('add', [n])));
 *     for await (const event of session.events()) { … }
 *     await session.close();
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
 * waits while `maxCallsInFlight` have no answer, or the socket is full: `await` it, and the server
 * paces you. Events that nobody takes are kept up to a bound. Beyond it the session ends
 * (`EVENTS_UNREAD`), unless somebody has begun to iterate `events()`: then the client stops reading
 * until some are taken, which in the end makes the server wait. Give `onEvent` to see each as it
 * comes.
 *
 * A session that is opened with `keep` outlives its connection, and perhaps the server's process.
 * The client makes a lost connection again by itself, and what was called is answered as if nothing
 * had been: each call is executed once, each event comes once.
 *
 * Made from PROTOCOL.md; the names of sections in comments are that document's.
 *
 * From a shell: `node mooring.mjs 127.0.0.1:7070 counter add 5` (see `--help`).
 *
 * @module mooring
 */

import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const PROTOCOL_VERSION = 1;
export const DEFAULT_PORT = 7070;
export const ALPN = 'mooring/1';

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
export const GoAwayReason = Object.freeze({ SERVER_SHUTDOWN: 1, SESSION_LIFETIME: 2 });
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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How each type is written: its wire type, what it is when it isn't there, to and from contents. */
const TYPES = {
  uint32: {
    wire: VARINT,
    zero: 0,
    write: (n) => unsigned(32, n),
    read: (n) => Number(BigInt.asUintN(32, n)),
  },
  enum: { wire: VARINT, zero: 0, write: BigInt, read: (n) => Number(BigInt.asUintN(32, n)) },
  uint64: {
    wire: VARINT,
    zero: 0,
    write: (n) => unsigned(64, n),
    read: (n) => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n),
  },
  bool: { wire: VARINT, zero: false, write: (b) => (b ? 1n : 0n), read: (n) => n !== 0n },
  sint32: {
    wire: VARINT,
    write: (n) => zigzag(signed(32, n)),
    read: (n) => Number(unzigzag(BigInt.asUintN(32, n))),
  },
  sint64: { wire: VARINT, write: (n) => zigzag(signed(64, n)), read: unzigzag },
  float: { wire: FIXED32, write: floatBytes, read: (data) => data.readFloatLE(0) },
  double: { wire: FIXED64, write: doubleBytes, read: (data) => data.readDoubleLE(0) },
  string: { wire: BYTES, zero: '', write: (text) => Buffer.from(text, 'utf8'), read: toText },
  bytes: { wire: BYTES, zero: Buffer.alloc(0), write: toBuffer, read: (data) => data },
};

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
  const n = toInteger(number);
  if (n === undefined || BigInt.asUintN(bits, n) !== n) {
    throw new RangeError(`${String(number)} is not a uint${bits}`);
  }
  return n;
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
  const data = Buffer.alloc(4);
  data.writeFloatLE(number);
  return data;
}

function doubleBytes(number) {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(number);
  return data;
}

/** How the bits of floats are read and written, and what they are of the usual NaN. */
const BITS = {
  float: {
    usual: 0x7fc0_0000,
    read: (data) => data.readUInt32LE(0),
    write: (data, bits) => data.writeUInt32LE(bits),
  },
  double: {
    usual: 0x7ff8_0000_0000_0000n,
    read: (data) => data.readBigUInt64LE(0),
    write: (data, bits) => data.writeBigUInt64LE(bits),
  },
};

/** A NaN's bytes: with the bits that are said beside it, or else those of the usual one. */
function nanBytes(kind, bits) {
  const data = Buffer.alloc(kind === 'float' ? 4 : 8);
  BITS[kind].write(data, bits ?? BITS[kind].usual);
  if (!Number.isNaN(TYPES[kind].read(data))) {
    throw new RangeError(`0x${bits.toString(16)} are not the bits of a NaN`);
  }
  return data;
}

/** Bytes, or text as UTF-8, without a copy where there is none to make. */
function toBuffer(data) {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function toText(data) {
  try {
    return utf8.decode(data);
  } catch (cause) {
    throw new DecodeError("a string that isn't UTF-8", { cause });
  }
}

function varint(number) {
  const bytes = [];
  // Most are small, and a number is quicker than a bigint.
  if (number < 0x80) return Buffer.of(Number(number));
  let left = BigInt(number);
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Buffer.from(bytes);
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

  varint() {
    let small = 0;
    for (let i = 0; i < 4 && this.at + i < this.data.length; i++) {
      const byte = this.data[this.at + i];
      small |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        this.at += i + 1;
        return BigInt(small);
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
 * @returns {Buffer}
 */
export function encode(type, message) {
  const parts = [];
  for (const [key, [name, kind, label]] of Object.entries(MESSAGES[type])) {
    const value = message[name];
    if (value === undefined || value === null) continue;
    const number = Number(key);
    const wire = label === 'packed' ? BYTES : (TYPES[kind]?.wire ?? BYTES);
    const tag = varint((number << 3) | wire);
    const elements =
      label === 'map'
        ? Object.entries(value).map(([entryKey, text]) => ({ key: entryKey, value: text }))
        : label === 'many'
          ? value
          : [value];
    if (label === 'packed') {
      if (value.length > 0) {
        const packed = Buffer.concat(value.map((element) => contents(kind, element)));
        parts.push(tag, varint(packed.length), packed);
      }
    } else if (kind in BITS && Number.isNaN(value)) {
      parts.push(tag, nanBytes(kind, message.bits));
    } else if (label !== undefined || !isZero(kind, value)) {
      for (const element of elements) parts.push(tag, contents(kind, element));
    }
  }
  return Buffer.concat(parts);
}

function isZero(kind, value) {
  return kind === 'bytes' ? value.length === 0 : kind in TYPES && value == TYPES[kind].zero;
}

/** A value as it is behind its tag: with its length in front, if it has one. */
function contents(kind, value) {
  const type = TYPES[kind];
  if (type?.wire === VARINT) return varint(type.write(value));
  const data = type ? type.write(value) : encode(kind, value);
  return type && type.wire !== BYTES ? data : Buffer.concat([varint(data.length), data]);
}

/**
 * The message of this type in these bytes. Fields that aren't there have their zero; members of a
 * oneof, and messages, are then missing.
 *
 * @param {string} type such as 'ServerMessage'
 * @param {Buffer} data kept: bytes of the message are slices of it
 * @throws {DecodeError} if the bytes are none
 */
export function decode(type, data) {
  const message = {};
  for (const [name, kind, label] of Object.values(MESSAGES[type])) {
    if (label === 'map') message[name] = {};
    else if (label === 'many' || label === 'packed') message[name] = [];
    else if (label === undefined && kind in TYPES) message[name] = TYPES[kind].zero;
  }
  merge(type, message, data);
  return message;
}

/** Reads fields by protobuf's rules: in any order, unknown ones skipped, the last one wins. */
function merge(type, message, data) {
  const reader = new Reader(data);
  while (reader.left > 0) {
    const tag = reader.varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (number < 1 || number >= 2 ** 29) throw new DecodeError(`${number} is no field's number`);
    let value;
    if (wire === VARINT) value = reader.varint();
    else if (wire === BYTES) value = reader.bytes(reader.varint());
    else if (wire === FIXED64) value = reader.bytes(8);
    else if (wire === FIXED32) value = reader.bytes(4);
    else throw new DecodeError(`wire type ${wire}; groups are refused, and there are no others`);
    const field = MESSAGES[type][number];
    if (field) take(type, message, field, wire, value);
  }
}

function take(type, message, [name, kind, label], wire, value) {
  if (label === 'packed' && wire === BYTES) {
    const reader = new Reader(value);
    while (reader.left > 0) message[name].push(TYPES[kind].read(reader.varint()));
    return;
  }
  // protobuf takes a known field of another wire type for an unknown one.
  if (wire !== (TYPES[kind]?.wire ?? BYTES)) return;
  if (label === 'oneof') {
    for (const [other, , otherLabel] of Object.values(MESSAGES[type])) {
      if (otherLabel === 'oneof' && other !== name) delete message[other];
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
  if (kind in TYPES) {
    read = TYPES[kind].read(value);
    if (Number.isNaN(read) && BITS[kind].read(value) !== BITS[kind].usual) {
      message.bits = BITS[kind].read(value);
    }
  } else {
    // A message that comes in two pieces is one.
    read = label !== 'many' && message[name] ? message[name] : decode(kind, Buffer.alloc(0));
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
  const data = Buffer.alloc(wide ? 8 : 4);
  BITS[wide ? 'double' : 'float'].write(data, wide ? n : Number(n));
  return decode('Value', Buffer.concat([Buffer.of(wide ? 0x21 : 0x1d), data]));
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
function shown(value) {
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

// --- Frames -------------------------------------------------------------------------------------

const LONGEST_LENGTH = 5;

/** A message with its length in front, as it goes on the wire. */
export function frame(type, message) {
  const body = encode(type, message);
  return Buffer.concat([varint(body.length), body]);
}

/**
 * Cuts a stream of bytes into the bodies of frames. Holds what has come and not been taken: never
 * more than one frame of `maxFrameBytes`, its length, and what the last `feed` brought.
 */
export class Frames {
  #chunks = [];
  #bufferedBytes = 0;
  #maxFrameBytes;

  constructor(maxFrameBytes) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Takes a chunk over. */
  feed(chunk) {
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#bufferedBytes += chunk.length;
    }
  }

  get bufferedBytes() {
    return this.#bufferedBytes;
  }

  /**
   * The next whole body; undefined if more must come first.
   *
   * @throws {DecodeError} if there is no next frame in these bytes, whatever comes
   */
  next() {
    const head = this.#peek(LONGEST_LENGTH);
    let length = 0;
    let at = 0;
    for (;;) {
      if (at === head.length) return undefined;
      const byte = head[at];
      length += (byte & 0x7f) * 2 ** (7 * at);
      at++;
      if (byte < 0x80) {
        if (at > 1 && byte === 0) {
          throw new DecodeError("a frame's length that isn't in as few bytes as it needs");
        }
        break;
      }
      if (at === LONGEST_LENGTH) throw new DecodeError("a frame's length of more than five bytes");
    }
    if (length > this.#maxFrameBytes) {
      throw new DecodeError(`a frame of ${length} bytes; at most ${this.#maxFrameBytes} are taken`);
    }
    if (this.#bufferedBytes - at < length) return undefined;
    this.#take(at);
    return this.#take(length);
  }

  #peek(length) {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length >= length || this.#chunks.length < 2) return first.subarray(0, length);
    return Buffer.concat(this.#chunks.slice(0, length)).subarray(0, length);
  }

  #take(length) {
    if (length === 0) return Buffer.alloc(0);
    // Joined when they are taken, once: a long frame in many chunks costs one copy.
    if (this.#chunks[0].length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    const first = this.#chunks[0];
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    this.#bufferedBytes -= length;
    return first.subarray(0, length);
  }
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
  maxFrameBytes: 16 * 2 ** 20, // the longest message that is read
  maxEvents: 1_024, // that nobody has taken yet
  maxEventBytes: 8 * 2 ** 20, // likewise
});

/** `HOST:PORT`, `[IPv6]:PORT`, or a host alone with the default port. */
export function parseAddress(text) {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const port = Number(match?.groups.port ?? DEFAULT_PORT);
  if (!match || port < 1 || port > 65_535) throw new RangeError(`expected HOST:PORT, got '${text}'`);
  return { host: match.groups.six ?? match.groups.name, port };
}

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
    return this.output.toString('utf8');
  }
}

/** Connects; resolves to a socket that is ready for the first frame. `signal` gives up. */
function connect(address, options, signal) {
  const { host, port } = parseAddress(address);
  return new Promise((resolve, reject) => {
    const plain = { host, port, noDelay: true };
    const socket = options.tls
      ? tls.connect({
          ...plain,
          // A name, not an address, is what SNI may carry.
          ...(net.isIP(host) ? {} : { servername: host }),
          minVersion: 'TLSv1.2',
          ALPNProtocols: [ALPN],
          ...(options.tls === true ? {} : options.tls),
        })
      : net.connect(plain);
    const fail = (text, cause) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
      reject(
        new MooringError(ErrorCode.CONNECT_FAILED, `no connection to ${address}${text}`, {
          retryable: true,
          endsSession: true,
          cause,
        }),
      );
    };
    const timer = setTimeout(
      () => fail(` within ${options.connectTimeoutMs} ms`),
      options.connectTimeoutMs,
    );
    const giveUp = () => fail(': it was given up');
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.once('error', (cause) => fail(`: ${cause.message}`, cause));
    socket.once(options.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      socket.removeAllListeners('error');
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
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
    this.token = Buffer.from(kept.token);
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
  #link = null; // {socket, frames, opened, hasHeard}; null while there is none, and after the end
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
   * @param {string} address HOST:PORT
   * @param {string} module
   * @param {object} [options] besides those of `DEFAULTS`:
   * @param {Record<string, string>} [options.config] what the guest reads as its configuration
   * @param {object} [options.limits] what is wished, by the names of PROTOCOL.md's `Limits`
   * @param {string} [options.token] who asks, for servers that want to know
   * @param {boolean | tls.ConnectionOptions} [options.tls] true, or what `tls.connect` takes: `ca`,
   *     `cert`, `key`, `servername`
   * @param {object} [options.keep] makes it one that outlives its connection: how, by the names of
   *     PROTOCOL.md's `Keep`; with a name it may be one that was there before: `kept.resumed`
   * @param {{token: Buffer, received: number}} [options.resume] goes on with a kept session by its
   *     token instead, and takes it from whoever has it: `kept.token` and `received` of that
   * @param {(payload: Buffer) => void} [options.onEvent] takes each event as it comes
   * @param {(goAway: object) => void} [options.onGoAway]
   * @param {(error: MooringError) => void} [options.onLost] hears of each error that the connection
   *     of a kept session was lost of. If `isOpen` is false then, it doesn't go on: it is another
   *     program's now (`SESSION_TAKEN`), was gone (`SESSION_NOT_FOUND`), or is back at an older
   *     state than it had told of (`STATE_LOST`); who wants that one may `resume` it
   * @param {() => void} [options.onResumed] hears when it goes on
   * @returns {Promise<Session>}
   * @throws {MooringError} if there is no server, or it won't
   */
  static async open(address, module, options = {}) {
    const all = { ...DEFAULTS, ...options };
    const session = new Session(address, all);
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
    const socket = await connect(this.#address, this.#options, this.#over?.signal);
    if (!this.isOpen) {
      socket.destroy();
      throw this.#closedError();
    }
    const frames = new Frames(this.#options.maxFrameBytes);
    const link = { socket, frames, opened: deferred(), hasHeard: false };
    this.#link = link;
    // What comes of a connection that the session has left is nobody's.
    const when = (event, what) => socket.on(event, (it) => this.#link === link && what(it));
    when('data', (chunk) => {
      link.hasHeard = true;
      frames.feed(chunk);
      this.#takeFrames();
    });
    when('drain', () => this.#sendCalls());
    // How it ends: "A connection that ends without such a message was lost".
    const lost = (cause) => {
      const why = cause ? `: ${cause.message}` : '';
      this.#disconnected(lostOf(`the connection ended without a last word${why}`, cause));
    };
    when('error', lost);
    when('end', () => lost());
    when('close', () => lost());
    this.#write({ open });
    try {
      const wait = this.#options.openTimeoutMs;
      await within(link.opened.promise, wait, "the session wasn't open", true);
    } catch (error) {
      if (this.#link === link) this.#link = null;
      socket.destroy();
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
   * @param {Buffer | Uint8Array | string} [options.input] for the guest to read
   * @param {number} [options.timeoutMs] how long the server may let it wait and run
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
   * @returns {AsyncGenerator<Buffer>}
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
      input: toBuffer(options.input ?? ''),
      // Whatever is left of a millisecond is a wish, and 0 would be none.
      timeout_ms:
        options.timeoutMs === undefined
          ? 0
          : Math.min(Math.max(Math.ceil(options.timeoutMs), 1), 0xffff_ffff),
    };
  }

  /** Sends what may be sent. Called whenever that may have become more. */
  #sendCalls() {
    while (
      this.#waiting.length > 0 &&
      this.#isAttached &&
      !this.#isServerLeaving &&
      !this.#link.socket.writableNeedDrain &&
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
      this.#link.socket.write(Buffer.concat([varint(body.length), body]));
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
      this.#options.onEvent(payload);
      return;
    }
    // A copy: the payload is a slice, and would keep the whole of what was read.
    this.#events.push(Buffer.from(payload));
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
      this.#link.socket.pause();
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
    if (this.#link) this.#takeFrames();
    if (this.#reading) this.#link?.socket.resume();
  }

  #takeFrames() {
    const link = this.#link;
    try {
      while (this.#reading && this.#link === link) {
        const body = link.frames.next();
        if (body === undefined) return;
        const message = decode('ServerMessage', body);
        const kind = Object.keys(message)[0];
        // Versions: fields may be added, and what isn't known is skipped.
        if (kind === undefined) continue;
        if (!this.#progress || !hasSequence(kind, message[kind])) {
          this.#takeMessage(kind, message[kind]);
        } else if (!this.#isLeft && this.#progress.isNew(message[kind].sequence, body.length)) {
          this.#backOff.succeeded();
          this.#takeMessage(kind, message[kind]);
          this.#acknowledge();
        }
      }
    } catch (error) {
      if (error instanceof DecodeError) this.#disconnected(violation(error.message));
      else if (error instanceof MooringError) this.#disconnected(error);
      else throw error; // a listener's own: Node tells of it as of any other
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
        if (this.#progress && body.reason !== GoAwayReason.SESSION_LIFETIME) {
          // It is the server that goes: the session stays, and calls wait for the next.
          this.#isServerLeaving = true;
        } else {
          this.goAway = body;
          for (const call of this.#waiting.splice(0)) call.answer.reject(refused(body.message));
        }
        this.#sendCalls();
        this.#options.onGoAway?.(body);
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
    this.#link.opened.resolve();
    if (opened.kept) {
      this.#backOff.connected();
      this.#lookForSilence();
    }
    if (!isFirst) {
      if (this.#inFlight.length > 0) this.#watchAnswers();
      this.#sendCalls();
      this.#options.onResumed?.();
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
    progress.token = Buffer.from(kept.token);
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
    link.socket.destroy();
    if (!wasAttached) {
      link.opened.reject(error); // whoever makes the connection goes on
    } else if (this.#isLeft) {
      this.#finish({ reason: CloseReason.DETACHED });
    } else if (this.#progress && outlives(error)) {
      this.#beAway(error);
    } else {
      this.#finish({ error });
      if (this.#progress) this.#options.onLost?.(error);
    }
  }

  #beAway(error) {
    this.#closeSent = this.#isServerLeaving = false;
    this.#reading = true;
    this.#stopTimers();
    for (const ping of this.#pings.splice(0)) ping.pong.reject(error);
    this.#comeBack(error);
    if (this.#goodbye && this.#waiting.length === 0) this.#sayGoodbye();
    this.#options.onLost?.(error);
  }

  /** Makes connections until the session goes on, or there is no hope. */
  async #comeBack(first) {
    let error = first;
    await null; // so that onLost is told first
    for (let delay; (delay = this.#backOff.next()) !== undefined; ) {
      try {
        await pause(delay, undefined, { signal: this.#over.signal });
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
    this.#options.onLost?.(error);
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
    this.#options.onLost?.(error);
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
    this.#silentLooks = isDue && !this.#link.hasHeard ? this.#silentLooks + 1 : 0;
    this.#link.hasHeard = false;
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
    link.opened.reject(error);
    if (end.error) {
      link.socket.destroy();
    } else {
      link.socket.end();
      link.socket.resume();
    }
  }

  #closedError() {
    const asked = this.#goodbye === CloseReason.DETACHED ? 'detach()' : 'close()';
    const why =
      this.#end === null ? `${asked} was called` : (this.#end.error?.message ?? 'it was closed');
    return ending(ErrorCode.SESSION_CLOSED, `the session has ended: ${why}`);
  }

  #write(message) {
    if (this.#link.socket.writable) this.#link.socket.write(frame('ClientMessage', message));
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

// --- From a shell -------------------------------------------------------------------------------

const USAGE = `Usage: mooring.mjs HOST:PORT MODULE [FUNCTION [NUMBER...]]

Opens a session on a Mooring server and makes one call; without a FUNCTION, lists them.

  --input TEXT|-       bytes for the guest; - is stdin
  --config KEY=VALUE   a key of the guest's configuration; may be repeated
  --token TEXT         who asks, for servers that want to know
  --tls                TLS, with the authorities that Node trusts
  --ca FILE            TLS, with these authorities
  --cert FILE          this client's certificate
  --key FILE           its key`;

/** Options first, then the others behind a `--`: '-5' and '-inf' aren't options then. */
function sorted(words) {
  const options = [];
  const others = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--') {
      others.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-' || /^-([0-9.].*|inf|infinity|nan(:.*)?)$/i.test(word)) {
      others.push(word);
    } else if (word.includes('=') || ['--tls', '--help', '-h'].includes(word) || i + 1 === words.length) {
      options.push(word);
    } else {
      options.push(`${word}=${words[++i]}`);
    }
  }
  return [...options, '--', ...others];
}

async function main(words) {
  const { values, positionals } = parseArgs({
    args: sorted(words),
    allowPositionals: true,
    options: {
      input: { type: 'string' },
      config: { type: 'string', multiple: true, default: [] },
      token: { type: 'string', default: '' },
      tls: { type: 'boolean' },
      ca: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [address, module, name, ...args] = positionals;
  if (values.help || module === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const files = {};
  for (const key of ['ca', 'cert', 'key']) if (values[key]) files[key] = readFileSync(values[key]);
  const session = await Session.open(address, module, {
    config: Object.fromEntries(values.config.map((entry) => entry.split(/=(.*)/s, 2))),
    token: values.token,
    tls: values.tls || values.ca || values.cert ? files : undefined,
    onEvent: (payload) => console.error(`event: ${JSON.stringify(payload.toString())}`),
  });
  try {
    if (name === undefined) {
      for (const exported of session.exports) console.log(signature(exported));
      return 0;
    }
    const types = session.exports.find((exported) => exported.name === name)?.parameters ?? [];
    // If they are too many, the server says so.
    const typed = args.map((word, i) => parseValue(types[i] ?? ValueType.I64, word));
    const input = values.input === '-' ? readFileSync(0) : (values.input ?? '');
    const result = await session.call(name, typed, { input });
    for (const value of result.typed) console.log(shown(value));
    process.stdout.write(result.output);
    return 0;
  } finally {
    await session.close().catch(() => {});
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error) => {
      // What a guest says may hold anything: nothing of it moves the cursor.
      console.error(`mooring.mjs: ${error.message.replace(/[^\P{C}]/gu, '?')}`);
      process.exitCode = 1;
    },
  );
}
