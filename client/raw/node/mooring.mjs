#!/usr/bin/env node
/**
 * The client for Node 20 or later, over TCP and TLS, with nothing but Node's own modules. What it
 * has in common with the one for browsers, which is nearly all, is in that one's module, client/web:
 * the messages, the sessions, their errors. Here is what carries the messages, and a command line.
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
 * How it does all that is told at the head of that module. Bytes are Buffers here. If somebody takes
 * events too slowly, the client stops reading, and the server waits.
 *
 * From a shell: `node mooring.mjs 127.0.0.1:7070 counter add 5` (see `--help`).
 *
 * @module mooring
 */

import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
// If you copy this file: that one, too, and this is where it is told where.
import * as core from '../../web/mooring.mjs';

export * from '../../web/mooring.mjs';

const { DecodeError, ErrorCode, MooringError, ValueType, parseValue, shown, signature } = core;

export const DEFAULT_PORT = 7070;
export const ALPN = 'mooring/1';

// --- Frames -------------------------------------------------------------------------------------

/** As the module for browsers has it, but a Buffer. */
export function encode(type, message) {
  const data = core.encode(type, message);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const LONGEST_LENGTH = 5;

/** A message with its length in front, as it goes on the wire. */
export function frame(type, message) {
  return framed(core.encode(type, message));
}

function framed(body) {
  const head = [];
  let left = body.length;
  for (; left >= 0x80; left >>>= 7) head.push((left & 0x7f) | 0x80);
  head.push(left);
  const data = Buffer.allocUnsafe(head.length + body.length);
  data.set(head);
  data.set(body, head.length);
  return data;
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

// --- Connections --------------------------------------------------------------------------------

/** `HOST:PORT`, `[IPv6]:PORT`, or a host alone with the default port. */
export function parseAddress(text) {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const port = Number(match?.groups.port ?? DEFAULT_PORT);
  if (!match || port < 1 || port > 65_535) throw new RangeError(`expected HOST:PORT, got '${text}'`);
  return { host: match.groups.six ?? match.groups.name, port };
}

/** Connects over TCP, or TLS over TCP; see `Connect` in the module for browsers. */
export function connectTcp(address, options, signal) {
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
      resolve(new SocketLink(socket, options.maxFrameBytes));
    });
  });
}

/** A connection of frames. While it is paused nothing is read: the server waits. */
class SocketLink {
  heard = 0;
  #socket;
  #frames;
  #on = null;
  #isPaused = false;

  constructor(socket, maxFrameBytes) {
    this.#socket = socket;
    this.#frames = new Frames(maxFrameBytes);
  }

  start(on) {
    this.#on = on;
    const socket = this.#socket;
    socket.on('data', (chunk) => {
      if (this.#on === null) return;
      this.heard++;
      this.#frames.feed(chunk);
      this.#takeFrames();
    });
    socket.on('drain', () => this.#on?.onRoom());
    socket.on('error', (cause) => this.#lost(cause));
    socket.on('end', () => this.#lost());
    socket.on('close', () => this.#lost());
  }

  send(message) {
    if (this.#socket.writable) this.#socket.write(framed(message));
  }

  get isFull() {
    return this.#socket.writableNeedDrain;
  }

  pause() {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume() {
    this.#isPaused = false;
    this.#takeFrames();
    if (!this.#isPaused) this.#socket.resume();
  }

  close() {
    this.#on = null;
    this.#socket.end();
    this.#socket.resume();
  }

  abort() {
    this.#on = null;
    this.#socket.destroy();
  }

  #takeFrames() {
    try {
      while (!this.#isPaused && this.#on !== null) {
        const body = this.#frames.next();
        if (body === undefined) return;
        this.#on.onMessage(body);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#lost(error);
    }
  }

  #lost(cause) {
    const on = this.#on;
    this.#on = null;
    on?.onLost(cause);
  }
}

/** A session over TCP. All that it does is told at `Session` of the module for browsers. */
export class Session extends core.Session {
  /**
   * Connects, and opens a session of `module`: `NAME`, `NAME@sha256:HEX` or `sha256:HEX`.
   *
   * @param {string} address HOST:PORT
   * @param {string} module
   * @param {object} [options] those of the module for browsers, and:
   * @param {boolean | tls.ConnectionOptions} [options.tls] true, or what `tls.connect` takes: `ca`,
   *     `cert`, `key`, `servername`
   * @returns {Promise<Session>}
   * @throws {MooringError} if there is no server, or it won't
   */
  static async open(address, module, options = {}) {
    return super.open(address, module, { connect: connectTcp, ...options });
  }
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
