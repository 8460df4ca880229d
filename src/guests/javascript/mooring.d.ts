// What a script finds on a Mooring server beside JavaScript itself: for editors, and for TypeScript.
//
//     /// <reference path="./mooring.d.ts" />

/** A value as JSON has it. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What can be sent: text as UTF-8, bytes as they are, everything else as JSON. */
type Sendable = string | Uint8Array | ArrayBuffer | Json | object;

/**
 * Sends a message to the client without being asked: when, and only if, the call commits; before its
 * result, and in the order of sending.
 */
declare function emit(value: Sendable | undefined): void;

/** Ends the call now, as a failure that nothing catches: all that it changed is undone. */
declare function fail(message: string): never;

/** Writes a line to the server's log. A line stays when the call is undone. */
declare function log(...values: unknown[]): void;

/** What the client configured when it opened the session: text, or undefined. */
declare const config: { readonly [key: string]: string | undefined };

/**
 * The trace that the call is part of, as W3C's Trace Context writes it, for spans of the script's
 * own; undefined if it is part of none.
 */
declare function traceparent(): string | undefined;

interface Console {
  trace(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  assert(holds: unknown, ...values: unknown[]): void;
}
declare var console: Console;

/** Calls a function later, as a call of its own; gives what {@link clearTimeout} takes. */
declare function setTimeout<A extends unknown[]>(
  callback: (...args: A) => unknown,
  millis?: number | string,
  ...args: A
): number;
/** Calls a function again and again; a call that throws ends that. */
declare function setInterval<A extends unknown[]>(
  callback: (...args: A) => unknown,
  millis?: number | string,
  ...args: A
): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;

declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare function btoa(text: string): string;
declare function atob(base64: string): string;

declare var crypto: {
  getRandomValues<T extends ArrayBufferView>(view: T): T;
  randomUUID(): string;
};
declare var performance: { now(): number; readonly timeOrigin: number };
declare function structuredClone<T>(value: T): T;

interface Function {
  /**
   * What an exported function takes: one value of JSON, which is the default, or text, or bytes.
   */
  input?: "json" | "text" | "bytes";
}
