/**
 * The types of mooring.mjs, the client for Mooring in the browser. What things do is told there, and
 * in README.md beside it.
 */

export const PROTOCOL_VERSION: 1;
/** The WebSocket sub-protocol that a server must speak. */
export const SUBPROTOCOL: 'mooring.v1';
/** The path that is asked for if an address has none. */
export const DEFAULT_PATH: '/mooring/v1';

// --- Numbers and their names --------------------------------------------------------------------

/**
 * Why something failed. The hundreds say what an error ends: 1 the connection, 2 the opening, 3 one
 * call. Those below 100 are this client's own and never on the wire.
 */
export const ErrorCode: {
  /** Nobody answers at the address, or TLS couldn't be agreed on, or the page isn't let in. */
  readonly CONNECT_FAILED: 1;
  /** The connection ended without a last word. */
  readonly CONNECTION_LOST: 2;
  /** The server said what it may not say. */
  readonly PROTOCOL_VIOLATION: 3;
  /** No answer in the time that this client waits. */
  readonly TIMEOUT: 4;
  /** A call after the end. */
  readonly SESSION_CLOSED: 5;
  /** More events than may wait, and nobody took any, or not fast enough. */
  readonly EVENTS_UNREAD: 6;
  /** The server goes on with an older state of the session than it had told of. */
  readonly STATE_LOST: 7;

  readonly INTERNAL: 100;
  readonly MALFORMED_FRAME: 101;
  readonly FRAME_TOO_LARGE: 102;
  readonly MALFORMED_MESSAGE: 103;
  readonly NOT_OPEN: 104;
  readonly ALREADY_OPEN: 105;
  readonly INVALID_CALL_ID: 106;
  readonly FIRST_MESSAGE_TIMEOUT: 107;
  readonly FRAME_TIMEOUT: 108;
  readonly IDLE_TIMEOUT: 109;
  readonly WRITE_STALLED: 110;
  readonly RATE_EXCEEDED: 111;
  readonly SESSION_EXPIRED: 112;
  readonly SESSION_LOST: 113;
  readonly SESSION_TAKEN: 114;
  readonly STORE_FAILED: 115;

  readonly UNSUPPORTED_VERSION: 200;
  readonly MODULE_NOT_FOUND: 201;
  readonly MODULE_REFUSED: 202;
  readonly INVALID_CONFIG: 203;
  readonly UNKNOWN_CONFIG_KEY: 204;
  readonly UNAUTHENTICATED: 205;
  readonly PERMISSION_DENIED: 206;
  readonly SERVER_OVERLOADED: 207;
  readonly SHUTTING_DOWN: 208;
  readonly GUEST_OPEN_FAILED: 209;
  readonly SESSION_NOT_FOUND: 210;
  readonly SESSION_EXISTS: 211;
  readonly MODULE_MISMATCH: 212;
  readonly INVALID_KEEP: 213;
  readonly DURABILITY_UNAVAILABLE: 214;

  readonly FUNCTION_NOT_FOUND: 300;
  readonly INVALID_ARGUMENTS: 301;
  readonly GUEST_TRAP: 302;
  readonly GUEST_FAILED: 303;
  readonly GUEST_EXITED: 304;
  readonly DEADLINE_EXCEEDED: 305;
  readonly CANCELLED: 306;
  readonly OUTPUT_TOO_LARGE: 307;
  readonly TOO_MANY_EVENTS: 308;
  readonly CALL_REFUSED: 309;
};

/** What the guest did that WebAssembly forbids. */
export const TrapKind: {
  readonly UNREACHABLE: 1;
  readonly OUT_OF_BOUNDS_MEMORY: 2;
  readonly OUT_OF_BOUNDS_TABLE: 3;
  readonly INDIRECT_CALL_TYPE: 4;
  readonly UNINITIALIZED_ELEMENT: 5;
  readonly INTEGER_DIVIDE_BY_ZERO: 6;
  readonly INTEGER_OVERFLOW: 7;
  readonly INVALID_CONVERSION: 8;
  readonly STACK_EXHAUSTED: 9;
  readonly OUT_OF_MEMORY: 10;
};

export const ValueType: { readonly I32: 1; readonly I64: 2; readonly F32: 3; readonly F64: 4 };
export type ValueType = (typeof ValueType)[keyof typeof ValueType];

export const GoAwayReason: { readonly SERVER_SHUTDOWN: 1; readonly SESSION_LIFETIME: 2; readonly OPERATOR: 3 };
export const CloseReason: {
  readonly CLIENT_CLOSED: 1;
  readonly GONE_AWAY: 2;
  readonly DETACHED: 3;
};
export const Durability: { readonly MEMORY: 0; readonly ASYNC: 1; readonly DISK: 2 };
export type Durability = (typeof Durability)[keyof typeof Durability];
export const NamePolicy: {
  readonly MAY_EXIST: 0;
  readonly MUST_EXIST: 1;
  readonly MUST_BE_NEW: 2;
};
export type NamePolicy = (typeof NamePolicy)[keyof typeof NamePolicy];

/** The name of a number, or the number of one that this version doesn't know. */
export function nameOf(names: Readonly<Record<string, number>>, number: number): string;

/** What went wrong. The message may be a guest's own: escape it before you show it. */
export class MooringError extends Error {
  constructor(
    code: number,
    text: string,
    more?: {
      retryable?: boolean;
      trap?: number;
      callId?: number | bigint;
      endsSession?: boolean;
      cause?: unknown;
    },
  );
  /** Compare it with `ErrorCode`; it may be a number that this version doesn't know. */
  readonly code: number;
  /** The code's name. */
  readonly codeName: string;
  /** The message alone, without the names. */
  readonly text: string;
  /** Whether the same request may succeed later, or on another connection, as it is. */
  readonly retryable: boolean;
  /** A `TrapKind`, or 0. */
  readonly trap: number;
  /** The call that failed; 0 if it wasn't one. */
  readonly callId: number | bigint;
  /**
   * Whether the session has ended, or, if it is kept, perhaps only its connection: `isOpen` says so.
   * Otherwise one call failed and left nothing behind.
   */
  readonly endsSession: boolean;
}

/** Bytes that are no message. */
export class DecodeError extends Error {}

// --- Messages and values ------------------------------------------------------------------------

/**
 * A number with its type. `bits` are those of a NaN that isn't the usual one: of an f32 a number, of
 * an f64 a bigint.
 */
export type Value =
  | { i32: number }
  | { i64: bigint | number }
  | { f32: number; bits?: number }
  | { f64: number; bits?: bigint };

/** A `uint64` of the protocol: a number up to 2^53 - 1, and a bigint beyond. */
export type Uint64 = number | bigint;

/** A function of a guest. */
export interface Export {
  name: string;
  /** Of `ValueType`. */
  parameters: number[];
  results: number[];
}

/** Limits of a session, by the names of PROTOCOL.md; 0 is none, or no wish. */
export interface Limits {
  memory_bytes?: Uint64;
  call_timeout_ms?: number;
  output_bytes?: number;
  events_per_call?: number;
  queued_calls?: number;
  queued_bytes?: number;
  frame_bytes?: number;
}

/** How a session outlives its connection. */
export interface Keep {
  /** For how long it is there without a connection. */
  ttl_ms: Uint64;
  durability?: Durability;
  /** By which others find it; without one it is found by its token alone. */
  name?: string;
  name_policy?: NamePolicy;
}

/** Where to go on with a kept session: its `kept.token`, and its `received`. */
export interface Resume {
  /** A secret: who has it has the session. */
  token: Uint8Array;
  received: Uint64;
}

/** What the server says of a session that it keeps. */
export interface Kept {
  /** A secret: who has it has the session. */
  token: Uint8Array;
  ttl_ms: Uint64;
  durability: number;
  name: string;
  /** Whether it was there before. */
  resumed: boolean;
  /** The last call that counts. */
  committed_id: Uint64;
  /** How many messages, and of how many bytes together, the server keeps until calls wait. */
  unacknowledged_messages: number;
  unacknowledged_bytes: number;
}

/** What the server says when it has opened a session. */
export interface Opened {
  session_id: string;
  module_digest: string;
  exports: Export[];
  limits?: Required<Limits>;
  server: string;
  kept?: Kept;
}

export interface GoAway {
  /** A `GoAwayReason`. */
  reason: number;
  /** The last call that is still served. */
  last_id: Uint64;
  message: string;
}

/** A message's bytes, by its type's name in PROTOCOL.md and the names of its fields. */
export function encode(type: string, message: object): Uint8Array;

/**
 * The message of this type in these bytes, of which its own bytes are slices.
 *
 * @throws {DecodeError} if the bytes are none
 */
export function decode(type: string, data: Uint8Array): Record<string, any>;

/** The type of a `Value`; 0 if it has none. */
export function typeOf(value: Partial<Value>): ValueType | 0;

/** The number in a `Value`: a bigint if it is an i64. */
export function numberOf(value: Value): number | bigint;

/** All bits of a `Value`, unsigned: a number, or a bigint if there are 64. */
export function bitsOf(value: Value): number | bigint;

/**
 * The `Value` with these bits, unsigned.
 *
 * @throws {RangeError} if they are more than the type has
 */
export function valueOfBits(type: ValueType, bits: number | bigint): Value;

/**
 * A plain number as a `Value` of this type. Integers may be signed or unsigned; of floats the nearest
 * is taken, and of NaNs the usual one.
 *
 * @throws {RangeError} if the type has no such number: one out of range, or with a fraction
 */
export function valueOf(type: ValueType, number: number | bigint): Value;

/**
 * A number as people write it, as a `Value` of this type: `-5`, `0x1f`, `1.5e3`, `inf`, `nan:0x1`.
 *
 * @throws {RangeError} if it is none of the type
 */
export function parseValue(type: ValueType, text: string): Value;

/** A `Value` as people write it. */
export function shown(value: Value): string;

/** A function as people write it: `add(i64) -> (i64)`. */
export function signature(exported: Export): string;

// --- Sessions -----------------------------------------------------------------------------------

/** The times and bounds of a session. */
export interface Bounds {
  connectTimeoutMs: number;
  /** A module that is new to the server is compiled meanwhile. */
  openTimeoutMs: number;
  /** For the answer of a call, from when it was sent, and of a ping. */
  answerTimeoutMs: number;
  closeTimeoutMs: number;
  /** For how long the lost connection of a kept session is made again. */
  reconnectTimeoutMs: number;
  /** Calls without an answer; the next ones wait here. */
  maxCallsInFlight: number;
  /** Calls that wait here; the next is refused. */
  maxCallsWaiting: number;
  /** The longest message that is taken. */
  maxFrameBytes: number;
  /** Events that nobody has taken yet. */
  maxEvents: number;
  maxEventBytes: number;
  /** Above so many bytes that the browser hasn't sent (`bufferedAmount`), calls wait here. */
  maxUnsentBytes: number;
  /** Of what came while events wait; beyond, the session ends. */
  maxHeldBytes: number;
}

export const DEFAULTS: Readonly<Bounds>;

export interface OpenOptions extends Partial<Bounds> {
  /** What the guest reads as its configuration. */
  config?: Record<string, string>;
  /** What is wished. */
  limits?: Limits;
  /** Who asks, for servers that want to know. */
  token?: string;
  /** Makes it a session that outlives its connection; with a name it may have been there before. */
  keep?: Keep;
  /** Goes on with a kept session instead, and takes it from whoever has it. */
  resume?: Resume;
  /** Asked for each call that doesn't say itself of which trace it is a part. */
  traceparent?: () => string;
  /** Takes each event as it comes. The bytes may be a part of more: copy what you keep long. */
  onEvent?: (payload: Uint8Array) => void;
  onGoAway?: (goAway: GoAway) => void;
  /**
   * Hears of each error that the connection of a kept session was lost of. If `isOpen` is false
   * then, the session doesn't go on.
   */
  onLost?: (error: MooringError) => void;
  /** Hears when it goes on. */
  onResumed?: () => void;
  /** Makes a connection: `connectWebSocket`, unless told otherwise. */
  connect?: Connect;
}

export interface CallOptions {
  /** For the guest to read; text as UTF-8. Leave it as it is until the call is answered. */
  input?: Uint8Array | ArrayBuffer | ArrayBufferView | string;
  /** How long the server may let it wait and run. */
  timeoutMs?: number;
  /** The trace that it is part of, as W3C's Trace Context writes it; else the session's. */
  traceparent?: string;
  /** Takes the call out of the queue, if it still waits; it is answered all the same. */
  signal?: AbortSignal;
}

/** What a call gave. */
export class CallResult {
  constructor(values: Value[], output: Uint8Array);
  /** The values that the function returned: a NaN has all of its bits. */
  readonly typed: Value[];
  /** The same as numbers, and bigints for i64. */
  readonly values: Array<number | bigint>;
  /** The bytes that the guest wrote. */
  readonly output: Uint8Array;
  /**
   * The number of a function that returns one.
   *
   * @throws {RangeError} if it returned none, or several
   */
  get value(): number | bigint;
  /** The output as UTF-8. */
  get text(): string;
}

/** A session: one WebAssembly instance on the server that is this page's own. */
export class Session implements AsyncDisposable {
  private constructor();

  /**
   * Connects, and opens a session of a module.
   *
   * @param address `wss://HOST:PORT` or `ws://HOST:PORT`, with a path unless it is the usual one; in
   *     a page also a path alone, at the page's own host: `/` is the usual one
   * @param module `NAME`, `NAME@sha256:HEX` or `sha256:HEX`
   * @throws {MooringError} if there is no server, or it won't
   * @throws {RangeError} if the address is none
   */
  static open(address: string | URL, module: string, options?: OpenOptions): Promise<Session>;

  /** What the server said when it opened the session, or last went on with it. */
  readonly opened: Opened;
  /** What the server said when it began to go away: then open the next session elsewhere. */
  readonly goAway: GoAway | null;
  /** The session's name in the server's log. */
  get id(): string;
  /** The functions that may be called. */
  get exports(): Export[];
  /** The limits in force. */
  get limits(): Limits;
  /** How the session is kept; undefined if it ends with its connection. */
  get kept(): Kept | undefined;
  /** The sequence up to which all that a kept session has said has come. */
  get received(): Uint64;
  /** Whether the session hasn't ended; a kept one may be without a connection. */
  get isOpen(): boolean;

  /**
   * Calls a function, by its name or its index in `exports`. Calls are sent, run and answered in the
   * order in which this is called; nothing need be awaited in between.
   *
   * @param args plain numbers, typed by the function's signature, or a `Value` each
   * @throws {MooringError} if the call failed (it then left nothing behind), the session ended, or no
   *     answer came in time (the call may happen yet)
   */
  call(
    name: string | number,
    args?: ReadonlyArray<number | bigint | Value>,
    options?: CallOptions,
  ): Promise<CallResult>;

  /** The events as they come, until the session ends; those that came before, first. */
  events(): AsyncGenerator<Uint8Array, void, undefined>;

  /** The next event; undefined if the session ended, or `timeoutMs` are over. */
  nextEvent(timeoutMs?: number): Promise<Uint8Array | undefined>;

  /** Asks whether anybody is there; the milliseconds that the answer took. */
  ping(): Promise<number>;

  /**
   * Ends the session in good order, also one that is kept: what was called is answered first.
   *
   * @returns the `CloseReason`
   */
  close(): Promise<number>;

  /**
   * Leaves a kept session at the server: what was called is answered first.
   *
   * @returns the `CloseReason`
   */
  detach(): Promise<number>;

  /** Resolves to the `CloseReason`, or fails, when the session ends, whoever ends it. */
  ended(): Promise<number>;

  /** Ends the connection now. Calls without an answer fail. A kept session stays. */
  abort(): void;

  [Symbol.asyncDispose](): Promise<void>;
}

// --- What carries the messages ------------------------------------------------------------------

/** What a session needs of a connection; messages are whole, without a length in front. */
export interface Link {
  /** Begins to give what comes; called once, as soon as there is a link. */
  start(on: LinkListener): void;
  /** Takes a message over; drops it if the end has come. */
  send(message: Uint8Array): void;
  /** Whether calls wait until `onRoom`; other messages don't. */
  readonly isFull: boolean;
  /** Another number whenever anything has come. */
  readonly heard: number;
  /** No message is given until `resume`. */
  pause(): void;
  /** Gives what waits, and what comes. */
  resume(): void;
  /** Ends the connection when all was sent. */
  close(): void;
  /** Ends it now. */
  abort(): void;
}

export interface LinkListener {
  onMessage(message: Uint8Array): void;
  onRoom(): void;
  /** Once, at the end, unless this side has made it. */
  onLost(cause?: Error): void;
}

/** Makes a link; `signal` gives up. It fails with a `MooringError`. */
export type Connect = (
  address: string | URL,
  options: OpenOptions & Bounds,
  signal?: AbortSignal,
) => Promise<Link>;

/** Connects over WebSocket. */
export const connectWebSocket: Connect;

/**
 * The URL that is connected to. `http` and `https` are taken for `ws` and `wss`.
 *
 * @throws {RangeError} if it is none
 */
export function toUrl(address: string | URL): URL;
