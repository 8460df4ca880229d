// Tests of mooring.mjs that need no browser and no server: `node --test` in this folder.
//
// The WebSocket is one of their own, whose other end is a script. What a session does is tested by
// Node's client, which has it from here, and what browsers do by browser.mjs.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as mooring from './mooring.mjs';

const { ErrorCode, Session, decode, encode } = mooring;
const DOOR = 'ws://a.example:7070';
const OPENED = {
  session_id: '5f37',
  exports: [{ name: 'go', parameters: [], results: [] }],
  limits: {},
};
const text = (payload) => new TextDecoder().decode(payload);
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

async function until(isSo) {
  while (!isSo()) await turn();
}

const code = (expected) => (error) => {
  assert.equal(error.codeName, mooring.nameOf(ErrorCode, expected), error.message);
  return true;
};

// --- The messages ---------------------------------------------------------------------------------

const VECTORS = new URL('../../proto/vectors/', import.meta.url);

test('vectors_readAndWritten_areTheSameBytesOfThePlainClass', () => {
  let count = 0;
  for (const file of readdirSync(VECTORS).filter((name) => name.endsWith('.txt'))) {
    const about = readFileSync(new URL(file, VECTORS), 'utf8');
    if (/^error: /m.test(about) || file.startsWith('odd-') || file === 'open-full.txt') continue;
    const type = /^direction: client$/m.test(about) ? 'ClientMessage' : 'ServerMessage';
    const frame = new Uint8Array(readFileSync(new URL(file.replace(/txt$/, 'bin'), VECTORS)));
    const body = frame.subarray(frame.findIndex((byte) => byte < 0x80) + 1);
    const written = encode(type, decode(type, body));
    assert.deepEqual(written, body, file);
    assert.equal(Object.getPrototypeOf(written), Uint8Array.prototype);
    count++;
  }
  assert.ok(count > 80, count);
});

test('encode_messagesOfAllLengths_areReadAsTheyWere', () => {
  // Around each length at which the bytes that tell it become more, and the writer's buffer grows.
  for (const edge of [0, 32, 64, 128, 2 ** 14, 2 ** 21]) {
    for (let length = Math.max(0, edge - 20); length < edge + 4; length++) {
      const input = new Uint8Array(length).fill(length);
      const call = { id: 2 ** 40, name: 'n', arguments: [{ i64: -1n }, { f32: 1.5 }], input };
      const read = decode('ClientMessage', encode('ClientMessage', { call }));
      assert.deepEqual(read, { call: { ...call, timeout_ms: 0, traceparent: '' } });
    }
  }
});

test('encode_inputsOfEachClass_areTheirBytes', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const { buffer } = bytes;
  for (const input of [bytes, buffer, new DataView(buffer), new Uint16Array(buffer)]) {
    assert.deepEqual(decode('Call', encode('Call', { input })).input, bytes);
  }
  assert.deepEqual(decode('Call', encode('Call', { input: 'ü' })).input, Uint8Array.of(0xc3, 0xbc));
  assert.equal(encode('Call', { input: new ArrayBuffer(0) }).length, 0);
});

test('types_nameAllThatThereIs', () => {
  const types = readFileSync(new URL('mooring.d.mts', import.meta.url), 'utf8');
  const typed = [...types.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(typed.sort(), Object.keys(mooring).sort());
  for (const names of [ErrorCode, mooring.TrapKind]) {
    for (const [name, number] of Object.entries(names)) {
      assert.ok(types.includes(`readonly ${name}: ${number};`), name);
    }
  }
  for (const name of Object.keys(mooring.DEFAULTS)) assert.ok(types.includes(`${name}: number;`), name);
});

// --- Where it connects ----------------------------------------------------------------------------

test('toUrl_forms_areTaken', () => {
  for (const [address, url] of [
    ['wss://a.example', 'wss://a.example/mooring/v1'],
    ['ws://a.example:7070', 'ws://a.example:7070/mooring/v1'],
    ['WSS://a.example:443/', 'wss://a.example/mooring/v1'],
    ['https://a.example', 'wss://a.example/mooring/v1'],
    ['http://[::1]:80/door?x=1#top', 'ws://[::1]/door?x=1'],
    [new URL('ws://a.example/door'), 'ws://a.example/door'],
  ]) {
    assert.equal(mooring.toUrl(address).href, url);
  }
  for (const wrong of ['', '/mooring/v1', 'a.example', '127.0.0.1:7070', 'ftp://a.b', 'ws://']) {
    assert.throws(() => mooring.toUrl(wrong), RangeError, wrong);
  }
});

test('toUrl_inAPage_isOfItsHost', (t) => {
  globalThis.location = { href: 'https://a.example:8443/app/index.html?x=1' };
  t.after(() => delete globalThis.location);
  for (const [address, url] of [
    ['/', 'wss://a.example:8443/mooring/v1'],
    ['/door', 'wss://a.example:8443/door'],
    ['//b.example', 'wss://b.example/mooring/v1'],
  ]) {
    assert.equal(mooring.toUrl(address).href, url);
  }
  for (const wrong of ['', 'door', 'b.example:7070']) {
    assert.throws(() => mooring.toUrl(wrong), RangeError, wrong);
  }
});

// --- A WebSocket whose other end is a script ------------------------------------------------------

class Socket {
  static OPEN = 1;
  static all = [];
  /** What the next ones do when they are made, and with what they are sent. */
  static made = () => {};
  static sent = () => {};

  readyState = 0;
  bufferedAmount = 0;
  protocol = '';
  closeCode = null;

  constructor(url, protocol) {
    Object.assign(this, { url: String(url), asked: protocol });
    Socket.all.push(this);
    setTimeout(() => Socket.made(this), 0);
  }

  opens(protocol = this.asked) {
    this.readyState = Socket.OPEN;
    this.protocol = protocol;
    this.onopen();
  }

  send(data) {
    Socket.sent(this, decode('ClientMessage', new Uint8Array(data)));
  }

  close(closeCode) {
    this.closeCode = closeCode ?? 1005;
    this.readyState = 3;
  }

  /** What the server sends: bytes, text, or a message. */
  says(what) {
    if (this.readyState !== Socket.OPEN) return;
    const isRaw = typeof what === 'string' || what instanceof Uint8Array;
    const data = isRaw ? what : encode('ServerMessage', what);
    this.onmessage?.({ data: data instanceof Uint8Array ? data.slice().buffer : data });
  }

  ends(closeCode, reason = '', wasClean = true) {
    this.readyState = 3;
    this.onclose?.({ code: closeCode, reason, wasClean });
  }
}

/** Opens a session with a server that answers its messages by `answer(socket, message)`. */
async function open(t, answer, options = {}) {
  Socket.made = (socket) => socket.opens();
  Socket.sent = (socket, message) => {
    if (message.open) socket.says({ opened: OPENED });
    else answer(socket, message);
  };
  globalThis.WebSocket = Socket;
  const session = await Session.open(DOOR, 'm', options);
  t.after(() => session.abort());
  return [session, Socket.all.at(-1)];
}

async function failToOpen(made, expected, options) {
  Socket.made = made;
  globalThis.WebSocket = Socket;
  const error = await Session.open(DOOR, 'm', options).catch((it) => it);
  code(ErrorCode.CONNECT_FAILED)(error);
  assert.match(error.message, expected);
  return [error, Socket.all.at(-1)];
}

const event = (n) => ({ event: { payload: new TextEncoder().encode(String(n)) } });

test('open_asksForTheSubprotocol', async (t) => {
  const [session, socket] = await open(t, (it) => it.says({ closed: { reason: 1 } }));
  assert.deepEqual([socket.url, socket.asked], [`${DOOR}/mooring/v1`, 'mooring.v1']);
  assert.equal(socket.binaryType, 'arraybuffer');
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  assert.equal(socket.closeCode, 1000);
});

test('open_anotherSubprotocol_fails', async () => {
  const [error, socket] = await failToOpen((it) => it.opens(''), /doesn't speak mooring.v1/);
  assert.equal(error.retryable, false);
  assert.equal(socket.readyState, 3);
});

test('open_closedBeforeItWasOpen_fails', async () => {
  const [error] = await failToOpen((it) => it.ends(1006, '', false), /nobody answers/);
  assert.equal(error.retryable, true);
});

test('open_nothingComes_fails', async () => {
  const [, socket] = await failToOpen(() => {}, /within 20 ms/, { connectTimeoutMs: 20 });
  assert.equal(socket.readyState, 3);
});

test('open_whereThereIsNoWebSocket_fails', async () => {
  delete globalThis.WebSocket;
  await assert.rejects(Session.open(DOOR, 'm'), code(ErrorCode.CONNECT_FAILED));
});

for (const [name, what, options] of [
  ['text', 'hello'],
  ['no message', Uint8Array.of(0x01, 0x0b)],
  ['more than is taken', new Uint8Array(101), { maxFrameBytes: 100 }],
]) {
  test(`server_sends ${name}_endsTheSession`, async (t) => {
    const [session, socket] = await open(t, (it) => it.says(what), options);
    session.call('go').catch(() => {});
    await assert.rejects(session.ended(), code(ErrorCode.PROTOCOL_VIOLATION));
    assert.equal(socket.closeCode, 1000);
  });
}

for (const [closeCode, expected, retryable] of [
  [1000, ErrorCode.CONNECTION_LOST, true],
  [1001, ErrorCode.CONNECTION_LOST, true],
  [1006, ErrorCode.CONNECTION_LOST, true],
  [1008, ErrorCode.PERMISSION_DENIED, false],
  [1009, ErrorCode.FRAME_TOO_LARGE, false],
  [1011, ErrorCode.CONNECTION_LOST, true],
  [1013, ErrorCode.SERVER_OVERLOADED, true],
]) {
  test(`closeCode_${closeCode} without a last word_isTold`, async (t) => {
    const wasClean = closeCode !== 1006;
    const [session] = await open(t, (socket) => socket.ends(closeCode, 'a proxy', wasClean));
    await assert.rejects(session.call('go'), (error) => {
      assert.match(error.message, new RegExp(`${closeCode}: a proxy`));
      assert.deepEqual([error.retryable, error.endsSession], [retryable, true]);
      return code(expected)(error);
    });
  });
}

test('closeCode_afterALastWord_isNothingNew', async (t) => {
  const [session] = await open(t, (socket) => {
    socket.says({ error: { code: ErrorCode.IDLE_TIMEOUT, message: 'too long' } });
    socket.ends(1008, 'IDLE_TIMEOUT');
  });
  await assert.rejects(session.call('go'), code(ErrorCode.IDLE_TIMEOUT));
});

test('calls_whileMuchIsUnsent_wait', async (t) => {
  const ids = [];
  const [session, socket] = await open(
    t,
    (it, { call }) => {
      ids.push(call.id);
      it.bufferedAmount += 60;
    },
    { maxUnsentBytes: 100 },
  );
  for (let i = 0; i < 5; i++) session.call('go').catch(() => {});
  assert.deepEqual(ids, [1, 2]);
  await turn();
  socket.bufferedAmount = 101;
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual(ids, [1, 2]);
  socket.bufferedAmount = 0;
  await until(() => ids.length > 2);
  assert.deepEqual(ids, [1, 2, 3, 4]);
});

test('events_takenSlowly_areHeldAndAllCome', async (t) => {
  const [session, socket] = await open(
    t,
    (it, { call }) => {
      for (let n = 0; n < 500; n++) it.says(event(n));
      it.says({ result: { id: call.id } });
    },
    { maxEvents: 10 },
  );
  const first = session.nextEvent();
  const call = session.call('go');
  assert.equal(text(await first), '0');
  socket.says({ closed: { reason: mooring.CloseReason.GONE_AWAY } });
  socket.ends(1001, 'GONE_AWAY'); // the end waits until what was said before it is taken
  assert.ok(session.isOpen);
  const seen = [];
  for await (const payload of session.events()) seen.push(Number(text(payload)));
  assert.deepEqual(seen, Array.from({ length: 499 }, (_, n) => n + 1));
  await call;
  assert.equal(await session.ended(), mooring.CloseReason.GONE_AWAY);
});

test('events_heldBeyondTheBound_endTheSession', async (t) => {
  let said = 0;
  const [session, socket] = await open(t, () => {}, { maxEvents: 1, maxHeldBytes: 10_000 });
  const first = session.nextEvent();
  for (; session.isOpen && said < 1_000; said++) socket.says(event(said));
  await first;
  await assert.rejects(session.ended(), code(ErrorCode.EVENTS_UNREAD));
  assert.ok(said > 10 && said < 50, `it ended after ${said}`);
});

test('connectionLost_whileEventsAreHeld_isToldAtOnce', async (t) => {
  const [session, socket] = await open(t, () => {}, { maxEvents: 1 });
  const first = session.nextEvent();
  for (let n = 0; n < 10; n++) socket.says(event(n));
  await first;
  socket.ends(1006, '', false);
  await assert.rejects(session.ended(), code(ErrorCode.CONNECTION_LOST));
});

test('keptSession_heldEventsOfALostConnection_comeAgain', async (t) => {
  const kept = { token: new Uint8Array(32).fill(1), ttl_ms: 60_000 };
  const said = Array.from({ length: 20 }, (_, n) => {
    return { event: { ...event(n + 1).event, sequence: n + 1 } };
  });
  const received = [];
  Socket.made = (socket) => socket.opens();
  Socket.sent = (socket, { open: opening }) => {
    if (!opening) return;
    const { resume } = opening;
    socket.says({ opened: { ...OPENED, kept: { ...kept, resumed: resume !== undefined } } });
    if (!resume) return;
    received.push(resume.received);
    said.slice(resume.received).forEach((message) => socket.says(message));
  };
  globalThis.WebSocket = Socket;
  const session = await Session.open(DOOR, 'm', { keep: { ttl_ms: 60_000 }, maxEvents: 5 });
  t.after(() => session.abort());
  const first = session.nextEvent();
  const socket = Socket.all.at(-1);
  said.slice(0, 15).forEach((message) => socket.says(message));
  await first;
  socket.ends(1006, '', false);
  await until(() => received.length === 1);
  const seen = [1];
  for await (const payload of session.events()) if (seen.push(Number(text(payload))) === 20) break;
  assert.deepEqual(seen, Array.from({ length: 20 }, (_, n) => n + 1));
  assert.ok(received[0] < 10, `${received[0]} were taken`);
});
