// Tests of mooring.mjs: `node --test` in this folder.
//
// They read PROTOCOL.md and the golden frames two folders up, and talk to servers made of a script.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import * as mooring from './mooring.mjs';

const PROTO = new URL('../../../proto/', import.meta.url);
const MAX_FRAME_BYTES = 4 * 2 ** 20;
const { ErrorCode, Session, frame } = mooring;
const NUMBERS = {
  ...ErrorCode,
  ...mooring.TrapKind,
  ...mooring.ValueType,
  ...mooring.GoAwayReason,
  ...mooring.CloseReason,
  ...mooring.Durability,
  ...mooring.NamePolicy,
};

// --- protobuf's text format, as the golden frames' texts have it ----------------------------------

/** A text as an object of the fields that it names, all of them as text still. */
function parseText(text) {
  const tokens = [...text.matchAll(/\s*(?:([{}:])|"((?:[^"\\]|\\.)*)"|([^\s{}:"]+))/g)];
  let at = 0;
  const fields = () => {
    const found = [];
    while (at < tokens.length && tokens[at][1] !== '}') {
      const name = tokens[at++][3];
      if (tokens[at][1] === '{') {
        at++;
        found.push([name, fields()]);
      } else {
        const [, , quoted, word] = tokens[++at];
        found.push([name, quoted === undefined ? word : unescape(quoted)]);
      }
      at++;
    }
    return found;
  };
  return fields();
}

function unescape(quoted) {
  const parts = quoted.match(/\\[0-7]{1,3}|\\.|[^\\]+/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\[0-7]/.test(part)) return Buffer.of(parseInt(part.slice(1), 8));
      if (part[0] === '\\') return Buffer.from({ n: '\n', r: '\r', t: '\t' }[part[1]] ?? part[1]);
      return Buffer.from(part);
    }),
  );
}

/** What a text says, in the form that `decode` gives. */
function toMessage(type, fields) {
  // What isn't said has its zero: as in a message that was read from nothing.
  const message = mooring.decode(type, Buffer.alloc(0));
  for (const [name, said] of fields) {
    const known = message[name];
    if (type === 'Open' && name === 'config') {
      const entry = Object.fromEntries(said);
      message.config[entry.key] = String(entry.value ?? '');
    } else if (Array.isArray(said)) {
      const kind = { ...PARTS[type] }[name] ?? name[0].toUpperCase() + name.slice(1);
      const part = toMessage(kind, said);
      if (Array.isArray(known)) known.push(part);
      else message[name] = part;
    } else if (Array.isArray(known)) {
      known.push(NUMBERS[said]);
    } else {
      message[name] = toScalar(type, name, said, known);
    }
  }
  return message;
}

const PARTS = {
  Call: { arguments: 'Value' },
  Result: { values: 'Value' },
  Opened: { exports: 'Export', limits: 'Limits' },
  Open: { limits: 'Limits' },
  ServerMessage: { go_away: 'GoAway' },
};

function toScalar(type, name, said, known) {
  if (Buffer.isBuffer(said)) return Buffer.isBuffer(known) ? said : said.toString();
  if (said === 'true') return true;
  if (said in NUMBERS) return NUMBERS[said];
  if (name === 'i64') return BigInt(said);
  if (name.startsWith('f')) {
    return { inf: Infinity, '-inf': -Infinity, infinity: Infinity, '-infinity': -Infinity, nan: NaN }[
      said.toLowerCase()
    ] ?? Number(said);
  }
  const number = Number(said);
  return Number.isSafeInteger(number) ? number : BigInt(said);
}

const vectors = new URL('vectors/', PROTO);
const GOLDEN = readdirSync(vectors)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => {
    const text = readFileSync(new URL(file, vectors), 'utf8');
    const say = (key) => text.match(new RegExp(`^${key}: (.*)$`, 'm'))?.[1];
    const type = say('direction') === 'client' ? 'ClientMessage' : 'ServerMessage';
    const said = say('message');
    const bytes = readFileSync(new URL(file.replace(/txt$/, 'bin'), vectors));
    const message = said === undefined ? undefined : toMessage(type, parseText(said));
    if (file.endsWith('-nan-bits.txt')) {
      // Text has one NaN; the bytes that this one has are the frame's last.
      const [value] = message.call?.arguments ?? message.result.values;
      value.bits =
        value.f32 === undefined ? bytes.subarray(-8).readBigUInt64LE() : bytes.subarray(-4).readUInt32LE();
    }
    return { name: file.slice(0, -4), type, error: say('error'), bytes, message };
  });
const GOOD = GOLDEN.filter((golden) => golden.error === undefined);

function bodies(pieces) {
  const frames = new mooring.Frames(MAX_FRAME_BYTES);
  const found = [];
  for (const piece of pieces) {
    frames.feed(piece);
    for (let body; (body = frames.next()) !== undefined; ) found.push(body);
  }
  assert.equal(frames.bufferedBytes, 0);
  return found;
}

test('vectors_areThere', () => {
  assert.ok(GOOD.length > 90);
  assert.ok(GOLDEN.length - GOOD.length > 15);
});

test('read_everyGoodFrameSplitAnywhere_isItsMessage', () => {
  for (const { name, type, bytes, message } of GOOD) {
    for (let split = 0; split <= bytes.length; split++) {
      const pieces = [bytes.subarray(0, split), bytes.subarray(split)];
      assert.deepEqual(bodies(pieces).map((body) => mooring.decode(type, body)), [message], name);
    }
  }
});

test('read_allGluedAndByteByByte_areTheirMessages', () => {
  for (const type of ['ClientMessage', 'ServerMessage']) {
    const some = GOOD.filter((golden) => golden.type === type);
    const wire = Buffer.concat(some.map((golden) => golden.bytes));
    for (const piece of [1, 2, 3, 7, wire.length]) {
      const pieces = [];
      for (let at = 0; at < wire.length; at += piece) pieces.push(wire.subarray(at, at + piece));
      assert.deepEqual(
        bodies(pieces).map((body) => mooring.decode(type, body)),
        some.map((golden) => golden.message),
      );
    }
  }
});

test('write_everyFrame_isItsBytes', () => {
  let written = 0;
  for (const { name, type, bytes, message } of GOLDEN) {
    if (message === undefined || name.startsWith('odd-')) continue;
    if (name === 'open-full') {
      // The text sorts the map's entries; the frame has an order of its own.
      message.open.config = Object.fromEntries(Object.entries(message.open.config).reverse());
    }
    assert.deepEqual(frame(type, message), bytes, name);
    written++;
  }
  assert.ok(written > 90);
});

test('read_badFrame_isRefused', () => {
  for (const { name, error, bytes, message } of GOLDEN) {
    if (error === undefined || message !== undefined) continue;
    const read = () => bodies([bytes]).map((body) => mooring.decode('ClientMessage', body));
    if (['bad-message-empty', 'bad-message-unknown'].includes(name)) {
      assert.deepEqual(read(), [{}], name);
    } else {
      assert.throws(read, mooring.DecodeError, name);
    }
  }
});

test('numbers_areThoseOfTheDocumentsTables', () => {
  const document = readFileSync(new URL('PROTOCOL.md', PROTO), 'utf8');
  const told = {};
  for (const [, number, name] of document.matchAll(/^\| (\d+) \| `([A-Z_]+)` \|/gm)) {
    told[name] = Number(number);
  }
  const ours = Object.fromEntries(Object.entries(ErrorCode).filter(([, code]) => code >= 100));
  assert.deepEqual({ ...ours, ...mooring.TrapKind }, told);
});

test('valueOf_signedAndUnsigned_areTheSameBits', () => {
  assert.deepEqual(mooring.valueOf(1, 0xffff_ffff), { i32: -1 });
  assert.deepEqual(mooring.valueOf(2, 2n ** 64n - 1n), { i64: -1n });
  assert.deepEqual(mooring.valueOf(4, 3), { f64: 3 });
  for (const [type, number] of [[1, 2 ** 32], [1, -(2 ** 31) - 1], [2, 2n ** 64n], [1, 1.5], [3, 1n]]) {
    assert.throws(() => mooring.valueOf(type, number), RangeError);
  }
});

test('valueOfBits_areThoseThatAreWritten', () => {
  for (const [type, bits] of [
    [1, 0xffff_ffff],
    [2, 1n << 63n],
    [3, 0x3fc0_0000],
    [3, 0x7fa0_0000],
    [3, 0xff80_0001],
    [4, 0x7ff0_0000_0000_0001n],
    [4, 0xfff8_0000_0000_0000n],
  ]) {
    const value = mooring.valueOfBits(type, bits);
    const read = mooring.decode('Value', mooring.encode('Value', value));
    assert.equal(mooring.typeOf(read), type);
    assert.equal(mooring.bitsOf(read), bits);
  }
  for (const [type, bits] of [[1, 2 ** 32], [3, 2 ** 32], [4, 2n ** 64n], [4, -1]]) {
    assert.throws(() => mooring.valueOfBits(type, bits), RangeError);
  }
});

test('valueOf_nan_isTheUsualOne', () => {
  assert.equal(mooring.bitsOf(mooring.valueOf(3, NaN)), 0x7fc0_0000);
  assert.equal(mooring.bitsOf(mooring.valueOf(4, NaN)), 0x7ff8_0000_0000_0000n);
});

test('encode_whatDoesNotFit_isRefused', () => {
  for (const value of [{ i32: 2 ** 31 }, { i64: 1n << 63n }, { f32: 1e39 }, { f32: NaN, bits: 5 }]) {
    assert.throws(() => mooring.encode('Value', value), RangeError);
  }
  for (const token of [-1, 1n << 64n, 2 ** 53]) {
    assert.throws(() => mooring.encode('Ping', { token }), RangeError);
  }
  assert.throws(() => mooring.valueOf(3, 1e39), RangeError);
});

test('parseAddress_forms_areTaken', () => {
  assert.deepEqual(mooring.parseAddress('a.example'), { host: 'a.example', port: 7070 });
  assert.deepEqual(mooring.parseAddress('[::1]:80'), { host: '::1', port: 80 });
  for (const wrong of ['a:b', 'a:0', 'a:70000']) {
    assert.throws(() => mooring.parseAddress(wrong), RangeError);
  }
});

test('decode_hostileMapKey_isAKeyLikeAnyOther', () => {
  const config = JSON.parse('{"__proto__": "x"}');
  const body = mooring.encode('Open', { config });
  assert.deepEqual(Object.keys(mooring.decode('Open', body).config), ['__proto__']);
});

// --- Sessions, against a server made of a script --------------------------------------------------

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const OPENED = {
  session_id: '5f37',
  module_digest: 'sha256:00',
  exports: [
    { name: 'add', parameters: [2], results: [2] },
    { name: 'go', parameters: [], results: [] },
  ],
  limits: { frame_bytes: 1000 },
};
const KEPT = {
  token: Buffer.alloc(32, 't'),
  ttl_ms: 60_000,
  durability: mooring.Durability.DISK,
  unacknowledged_messages: 1024,
  unacknowledged_bytes: 2 ** 20,
};

/** The server's side of one connection. */
class Peer {
  constructor(socket) {
    this.socket = socket;
    this.frames = new mooring.Frames(MAX_FRAME_BYTES);
    this.chunks = socket[Symbol.asyncIterator]();
  }

  async read() {
    for (;;) {
      const body = this.frames.next();
      if (body !== undefined) return mooring.decode('ClientMessage', body);
      const { value, done } = await this.chunks.next();
      if (done) return undefined;
      this.frames.feed(value);
    }
  }

  send(message) {
    this.socket.write(frame('ServerMessage', message));
  }

  async open() {
    const { open } = await this.read();
    this.send({ opened: OPENED });
    return open;
  }

  async openKept(kept) {
    const { open } = await this.read();
    this.send({ opened: { ...OPENED, kept: { ...KEPT, ...kept } } });
    return open;
  }

  async resume(committed_id) {
    return (await this.openKept({ resumed: true, committed_id })).resume;
  }

  /** Instead of opening, or after it. */
  async refuse(code, retryable = false) {
    await this.read();
    this.send({ error: { code, message: 'what is wrong', retryable } });
  }

  async expectCalls(...ids) {
    for (const id of ids) assert.equal((await this.read()).call?.id, id);
  }
}

/**
 * Opens a session with a server whose connections run `script(peer)`; of several, one after the
 * other, and the last one all that follow.
 */
async function open(t, scripts, options = {}) {
  const left = [scripts].flat();
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    const script = left.length > 1 ? left.shift() : left[0];
    script(new Peer(socket), server).then(
      () => socket.end(),
      (error) => {
        socket.destroy();
        if (error.code !== 'ECONNRESET' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failed = error;
      },
    );
  });
  let failed;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    assert.equal(failed, undefined);
  });
  return Session.open(`127.0.0.1:${server.address().port}`, 'm', options);
}

const code = (expected) => (error) => {
  assert.equal(error.codeName, mooring.nameOf(ErrorCode, expected), error.message);
  return true;
};

test('open_sendsWhatIsAsked', async (t) => {
  let asked;
  const session = await open(
    t,
    async (peer) => {
      asked = await peer.open();
      await peer.read();
      peer.send({ closed: { reason: 1 } });
    },
    { config: { a: '1' }, limits: { memory_bytes: 65_536 }, token: 'secret' },
  );
  assert.equal(session.id, '5f37');
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  assert.deepEqual([asked.module, asked.config, asked.auth_token], ['m', { a: '1' }, 'secret']);
  assert.equal(asked.limits.memory_bytes, 65_536);
});

test('open_refused_failsWithWhatTheServerSays', async (t) => {
  const script = async (peer) => {
    await peer.read();
    peer.send({ error: { code: 207, message: 'full', retryable: true } });
  };
  await assert.rejects(open(t, script), (error) => {
    assert.deepEqual([error.code, error.text, error.retryable, error.endsSession], [207, 'full', true, true]);
    return true;
  });
});

test('open_nobodyAnswers_timesOut', async (t) => {
  const script = async (peer) => {
    await peer.read();
    await peer.read();
  };
  await assert.rejects(open(t, script, { openTimeoutMs: 50 }), code(ErrorCode.TIMEOUT));
});

test('open_nobodyThere_fails', async () => {
  await assert.rejects(Session.open('127.0.0.1:1', 'm'), code(ErrorCode.CONNECT_FAILED));
});

test('calls_pipelined_areSentInOrderWithinTheWindow', async (t) => {
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      // Nothing is answered until as many have come as may be on their way.
      const calls = [];
      for (let i = 0; i < 4; i++) calls.push((await peer.read()).call);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(peer.frames.bufferedBytes, 0);
      for (const { id, arguments: values } of calls) peer.send({ result: { id, values } });
      for (let m; (m = await peer.read()).call; ) {
        peer.send({ result: { id: m.call.id, values: m.call.arguments } });
      }
      peer.send({ closed: { reason: 1 } });
    },
    { maxCallsInFlight: 4 },
  );
  const numbers = Array.from({ length: 50 }, (_, n) => n);
  const results = await Promise.all(numbers.map((n) => session.call('add', [n])));
  assert.deepEqual(results.map((result) => Number(result.value)), numbers);
  await session.close();
});

test('call_error_isThrownAndTheSessionGoesOn', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    await peer.read();
    peer.send({ error: { id: 1, code: 302, message: 'boom', trap: 6 } });
    const { call } = await peer.read();
    assert.deepEqual([call.id, call.index, call.input.toString(), call.timeout_ms], [2, 1, 'abc', 1500]);
    assert.equal(call.traceparent, TRACEPARENT);
    peer.send({ event: { payload: Buffer.from('before') } });
    peer.send({ result: { id: 2, output: Buffer.from('out') } });
    await peer.read();
    peer.send({ closed: { reason: 1 } });
  });
  await assert.rejects(session.call('add', [1]), (error) => {
    assert.deepEqual([error.codeName, error.trap, error.callId, error.endsSession], ['GUEST_TRAP', 6, 1, false]);
    return true;
  });
  assert.equal((await session.call('go', [], { input: 'abc', timeoutMs: 1500, traceparent: TRACEPARENT })).text, 'out');
  assert.equal(String(await session.nextEvent(1000)), 'before');
  await session.close();
});

test('call_ofTheWrongType_isRefusedHere', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    assert.equal(await peer.read(), undefined);
  });
  await assert.rejects(session.call('add', [1.5]), code(ErrorCode.INVALID_ARGUMENTS));
  await assert.rejects(session.call('add', [1, 2]), code(ErrorCode.INVALID_ARGUMENTS));
  await assert.rejects(session.call('sub', [1]), code(ErrorCode.FUNCTION_NOT_FOUND));
  const input = 'x'.repeat(1000);
  await assert.rejects(session.call('go', [], { input }), code(ErrorCode.FRAME_TOO_LARGE));
  session.abort();
});

test('cancel_sendsCancelAndWaitsForTheAnswer', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    await peer.read();
    assert.equal((await peer.read()).cancel.id, 1);
    peer.send({ error: { id: 1, code: 306, message: 'cancelled', retryable: true } });
    await peer.read();
    peer.send({ closed: { reason: 1 } });
  });
  const abort = new AbortController();
  const call = session.call('go', [], { signal: abort.signal });
  abort.abort();
  await assert.rejects(call, code(ErrorCode.CANCELLED));
  await session.close();
});

test('answer_late_givesTheCallUpAndKeepsItsPlace', async (t) => {
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      await peer.read();
      await peer.read();
      peer.send({ result: { id: 1 } });
      peer.send({ result: { id: 2, values: [{ i64: 7n }] } });
      await peer.read();
      peer.send({ closed: { reason: 1 } });
    },
    { answerTimeoutMs: 50 },
  );
  await assert.rejects(session.call('go'), code(ErrorCode.TIMEOUT));
  assert.equal((await session.call('add', [7])).value, 7n);
  await session.close();
});

test('ping_measuresAndMatches', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    const { ping } = await peer.read();
    peer.send({ pong: ping });
    await peer.read();
    peer.send({ pong: { token: 99 } });
  });
  assert.ok((await session.ping()) >= 0);
  await assert.rejects(session.ping(), code(ErrorCode.PROTOCOL_VIOLATION));
});

for (const [name, answer] of Object.entries({
  'another call’s answer': frame('ServerMessage', { result: { id: 9 } }),
  'a second Opened': frame('ServerMessage', { opened: OPENED }),
  'a length that is not canonical': Buffer.of(0x85, 0x00),
  'a frame too long': Buffer.of(0xff, 0xff, 0xff, 0x7f),
  'no message': Buffer.of(0x01, 0x0b),
})) {
  test(`server_sends ${name}_endsTheSession`, async (t) => {
    const session = await open(t, async (peer) => {
      await peer.open();
      await peer.read();
      peer.socket.write(answer);
      await peer.read();
    });
    session.call('go').catch(() => {});
    await assert.rejects(session.ended(), code(ErrorCode.PROTOCOL_VIOLATION));
    assert.equal(session.isOpen, false);
  });
}

test('end_withoutALastWord_isALostConnection', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    await peer.read();
  });
  await assert.rejects(session.call('go'), code(ErrorCode.CONNECTION_LOST));
  await assert.rejects(session.call('go'), code(ErrorCode.SESSION_CLOSED));
});

test('goAway_refusesNewCallsAndAnswersThePromised', async (t) => {
  let told;
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      await peer.read();
      peer.send({ go_away: { reason: 1, last_id: 1, message: 'good night' } });
      await new Promise((resolve) => setTimeout(resolve, 20));
      peer.send({ result: { id: 1 } });
      peer.send({ closed: { reason: 2 } });
    },
    { onGoAway: (goAway) => (told = goAway) },
  );
  await session.call('go');
  assert.equal(told.message, 'good night');
  assert.equal(await session.ended(), mooring.CloseReason.GONE_AWAY);
});

test('events_thatNobodyTakes_endTheSession', async (t) => {
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      for (let n = 0; n < 20; n++) peer.send({ event: { payload: Buffer.from(String(n)) } });
      await peer.read();
    },
    { maxEvents: 10 },
  );
  await assert.rejects(session.ended(), code(ErrorCode.EVENTS_UNREAD));
});

test('events_takenSlowly_pauseTheReadingAndAllCome', async (t) => {
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      await peer.read();
      for (let n = 0; n < 500; n++) peer.send({ event: { payload: Buffer.from(String(n)) } });
      peer.send({ result: { id: 1 } });
      await peer.read();
      peer.send({ closed: { reason: 1 } });
    },
    { maxEvents: 10 },
  );
  const first = session.nextEvent();
  const call = session.call('go');
  assert.equal(String(await first), '0');
  const seen = [];
  for await (const event of session.events()) {
    if (seen.push(Number(String(event))) === 499) break;
  }
  assert.deepEqual(seen, Array.from({ length: 499 }, (_, n) => n + 1));
  await call;
  await session.close();
});

test('close_goesAfterTheCallsThatWait', async (t) => {
  const session = await open(
    t,
    async (peer) => {
      await peer.open();
      for (let id = 1; id <= 10; id++) {
        assert.equal((await peer.read()).call.id, id);
        peer.send({ result: { id } });
      }
      assert.ok((await peer.read()).close);
      peer.send({ closed: { reason: 1 } });
    },
    { maxCallsInFlight: 1 },
  );
  const calls = Array.from({ length: 10 }, () => session.call('go'));
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  await Promise.all(calls);
});

// --- Kept sessions: what goes on, what is said again, and how it ends -----------------------------

const KEEP = { ttl_ms: 60_000, durability: mooring.Durability.DISK, name: 'till' };
const text = (payload) => String(payload);

/** As `open`, of a session that is kept; `told` is what its program heard of its connections. */
async function openKept(t, scripts, options = {}) {
  const told = [];
  const events = [];
  const session = await open(t, scripts, {
    keep: KEEP,
    token: 'me',
    onLost: (error) => told.push(error.codeName),
    onResumed: () => told.push('resumed'),
    onEvent: (payload) => events.push(text(payload)),
    ...options,
  });
  t.after(() => session.abort());
  return { session, told, events };
}

async function until(isSo) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Opens, answers the first of two calls, and is gone. */
async function loseTwoCalls(peer) {
  await peer.openKept();
  await peer.expectCalls(1, 2);
  peer.send({ event: { payload: Buffer.from('once'), sequence: 1 } });
  peer.send({ result: { id: 1, values: [{ i64: 1n }], sequence: 2 } });
}

/** The promise of the second, in an array, when the first is answered. */
async function makeTwoCalls(session) {
  const [first, second] = [session.call('add', [1]), session.call('add', [1])];
  second.catch(() => {});
  assert.equal((await first).value, 1n);
  return [second];
}

test('keep_asksAndTells', async (t) => {
  let asked;
  const { session } = await openKept(t, async (peer) => {
    asked = await peer.openKept({ name: 'till' });
    await peer.read();
  });
  assert.deepEqual({ ...asked.keep }, { ...KEEP, name_policy: 0 });
  assert.deepEqual([session.kept.name, session.kept.resumed, session.received], ['till', false, 0]);
});

test('open_otherwiseThanAsked_isAViolation', async (t) => {
  for (const [script, keep] of [
    [(peer) => peer.open(), KEEP],
    [(peer) => peer.openKept(), undefined],
  ]) {
    await assert.rejects(openKept(t, script, { keep }), code(ErrorCode.PROTOCOL_VIOLATION));
  }
});

test('received_isAcknowledgedNowAndThen', async (t) => {
  const acknowledged = [];
  await openKept(t, async (peer) => {
    await peer.openKept();
    for (let sequence = 1; sequence <= 200; sequence++) peer.send({ event: { sequence } });
    for (let i = 0; i < 3; i++) acknowledged.push((await peer.read()).acknowledge.received);
    peer.send({ event: { payload: Buffer.alloc(70_000), sequence: 201 } });
    acknowledged.push((await peer.read()).acknowledge.received);
  });
  await until(() => acknowledged.length === 4);
  assert.deepEqual(acknowledged, [64, 128, 192, 201]);
});

test('sequence_withAGap_isAViolation', async (t) => {
  const { session } = await openKept(t, async (peer) => {
    await peer.openKept();
    peer.send({ event: { sequence: 2 } });
    await peer.read();
  });
  await assert.rejects(session.ended(), code(ErrorCode.PROTOCOL_VIOLATION));
});

test('calls_areNoMoreThanHalfOfWhatTheServerQueues', async (t) => {
  let quiet = 0;
  const { session } = await openKept(t, async (peer) => {
    await peer.read();
    peer.send({ opened: { ...OPENED, limits: { queued_calls: 8, queued_bytes: 200 }, kept: KEPT } });
    for (const ids of [[1, 2, 3], [4], [5, 6, 7, 8]]) {
      await peer.expectCalls(...ids);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (peer.frames.bufferedBytes === 0) quiet++;
      for (const id of ids) peer.send({ result: { id, sequence: id } });
    }
    await peer.expectCalls(9);
    peer.send({ result: { id: 9, sequence: 9 } });
    await peer.read();
  });
  const sizes = [30, 30, 30, 300, 0, 0, 0, 0, 0];
  await Promise.all(sizes.map((size) => session.call('go', [], { input: Buffer.alloc(size) })));
  assert.equal(quiet, 3);
});

test('connectionLost_callsUnderWay_areAnsweredOnceEach', async (t) => {
  let resumed;
  const next = async (peer) => {
    resumed = await peer.resume(2);
    peer.send({ event: { payload: Buffer.from('once'), sequence: 1 } });
    peer.send({ event: { payload: Buffer.from('missed'), sequence: 3 } });
    peer.send({ result: { id: 2, values: [{ i64: 2n }], sequence: 4 } });
    await peer.expectCalls(3);
    peer.send({ result: { id: 3, values: [{ i64: 3n }], sequence: 5 } });
    await peer.read();
    peer.send({ closed: { reason: 1 } });
  };
  const { session, told, events } = await openKept(t, [loseTwoCalls, next]);
  const [second] = await makeTwoCalls(session);
  await until(() => told.length > 0);
  assert.ok(session.isOpen);
  await assert.rejects(session.ping(), code(ErrorCode.CONNECTION_LOST));
  const third = session.call('add', [1]); // while there is no connection
  assert.deepEqual([(await second).value, (await third).value], [2n, 3n]);
  assert.deepEqual({ ...resumed }, { token: KEPT.token, received: 2 });
  assert.deepEqual(told, ['CONNECTION_LOST', 'resumed']);
  assert.equal(session.received, 5);
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  assert.deepEqual(events, ['once', 'missed']);
});

test('connectionLost_againAndAgain_goesOn', async (t) => {
  const lose = async (peer) => {
    assert.equal((await peer.resume(0)).received, 0);
    await peer.expectCalls(1);
  };
  const { session, told } = await openKept(t, [
    async (peer) => {
      await peer.openKept();
      await peer.expectCalls(1);
    },
    lose,
    (peer) => peer.read(),
    (peer) => peer.refuse(ErrorCode.SERVER_OVERLOADED, true),
    (peer) => peer.refuse(ErrorCode.MALFORMED_FRAME),
    lose,
    async (peer) => {
      await peer.resume(1);
      peer.send({ result: { id: 1, sequence: 1 } });
      await peer.read();
    },
  ]);
  await session.call('go');
  assert.deepEqual(told, Array(3).fill(['CONNECTION_LOST', 'resumed']).flat());
});

test('cancelledWhileAway_isNotSaidAgain', async (t) => {
  const next = async (peer) => {
    await peer.resume(1);
    await peer.expectCalls(3);
    peer.send({ result: { id: 3, sequence: 3 } });
    await peer.read();
  };
  const { session, told } = await openKept(t, [loseTwoCalls, next]);
  const abort = new AbortController();
  const first = session.call('add', [1]);
  const cancelled = assert.rejects(
    session.call('add', [1], { signal: abort.signal }),
    code(ErrorCode.CANCELLED),
  );
  await first;
  await until(() => told.length > 0);
  abort.abort();
  await session.call('go');
  await cancelled;
});

test('serverGoesAway_callsWaitForTheNext', async (t) => {
  const leave = async (peer) => {
    await peer.openKept();
    await peer.expectCalls(1, 2);
    peer.send({ go_away: { reason: 1, last_id: 1, message: 'good night' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.send({ result: { id: 1, sequence: 1 } });
    peer.send({ closed: { reason: mooring.CloseReason.GONE_AWAY } });
    assert.equal(await peer.read(), undefined);
  };
  const next = async (peer) => {
    await peer.resume(1);
    await peer.expectCalls(2, 3);
    for (const id of [2, 3]) peer.send({ result: { id, sequence: id } });
    await peer.read();
  };
  let gone = false;
  const { session } = await openKept(t, [leave, next], { onGoAway: () => (gone = true) });
  const calls = [session.call('go'), session.call('go')];
  await until(() => gone);
  await Promise.all([...calls, session.call('go')]);
  assert.equal(session.goAway, null);
});

test('serverSilent_withAnswersDue_isALostConnection', async (t) => {
  const silent = async (peer) => {
    await peer.openKept();
    await peer.expectCalls(1);
    assert.ok((await peer.read()).ping);
    assert.equal(await peer.read(), undefined);
  };
  const next = async (peer) => {
    await peer.resume(1);
    peer.send({ result: { id: 1, sequence: 1 } });
    await peer.read();
  };
  const { session, told } = await openKept(t, [silent, next], { answerTimeoutMs: 1_000 });
  await session.call('go');
  assert.deepEqual(told, ['CONNECTION_LOST', 'resumed']);
});

test('close_towardsSilence_isSaidOnTheNextConnection', async (t) => {
  const silent = async (peer) => {
    await peer.openKept();
    assert.ok((await peer.read()).close);
    assert.equal(await peer.read(), undefined);
  };
  const next = async (peer) => {
    await peer.resume(0);
    assert.ok((await peer.read()).close);
    peer.send({ closed: { reason: mooring.CloseReason.CLIENT_CLOSED } });
    await peer.read();
  };
  const { session } = await openKept(t, [silent, next], { answerTimeoutMs: 1_000 });
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
});

test('sessionTaken_isNotTakenBack', async (t) => {
  const taken = async (peer) => {
    await peer.openKept();
    await peer.refuse(ErrorCode.SESSION_TAKEN);
  };
  const { session, told } = await openKept(t, [taken, () => assert.fail('it came back')]);
  await assert.rejects(session.call('go'), code(ErrorCode.SESSION_TAKEN));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(told, ['SESSION_TAKEN']);
});

for (const [why, script, expected] of [
  ['gone', (peer) => peer.refuse(ErrorCode.SESSION_NOT_FOUND), ErrorCode.SESSION_NOT_FOUND],
  ['too old', (peer) => peer.refuse(ErrorCode.SESSION_EXPIRED, true), ErrorCode.SESSION_EXPIRED],
  ['having said less', (peer) => peer.refuse(ErrorCode.INVALID_KEEP), ErrorCode.STATE_LOST],
  ['at an older state', (peer) => peer.resume(0), ErrorCode.STATE_LOST],
  ['used by another', (peer) => peer.resume(3), ErrorCode.SESSION_TAKEN],
  ['a new one', (peer) => peer.openKept(), ErrorCode.PROTOCOL_VIOLATION],
  ['a plain one', (peer) => peer.open(), ErrorCode.PROTOCOL_VIOLATION],
]) {
  test(`session_is ${why}_everythingFailsWithWhatThatMeans`, async (t) => {
    const { session, told } = await openKept(t, [loseTwoCalls, script]);
    const [second] = await makeTwoCalls(session);
    await assert.rejects(second, code(expected));
    await assert.rejects(session.ended(), code(expected));
    assert.deepEqual(told, ['CONNECTION_LOST', mooring.nameOf(ErrorCode, expected)]);
  });
}

for (const reconnectTimeoutMs of [200, 0]) {
  test(`nobodyThere_for ${reconnectTimeoutMs} ms_isGivenUp`, async (t) => {
    const script = async (peer, server) => {
      server.close();
      await peer.openKept();
      await peer.expectCalls(1);
    };
    const { session, told } = await openKept(t, script, { reconnectTimeoutMs });
    await assert.rejects(session.call('go'), (error) => {
      assert.equal(error.message.includes('not made again within 200 ms'), reconnectTimeoutMs > 0);
      return code(ErrorCode.CONNECTION_LOST)(error);
    });
    await until(() => told.length === 2);
    assert.deepEqual(told, ['CONNECTION_LOST', 'CONNECTION_LOST']);
  });
}

test('abortWhileAway_givesUpAtOnce', async (t) => {
  const { session, told } = await openKept(t, [loseTwoCalls, (peer) => peer.read()]);
  const [second] = await makeTwoCalls(session);
  await until(() => told.length > 0);
  session.abort();
  await assert.rejects(second, code(ErrorCode.SESSION_CLOSED));
});

test('byName_idsBeginAboveThoseBefore', async (t) => {
  const { session, events } = await openKept(t, async (peer) => {
    await peer.openKept({ resumed: true, committed_id: 2 ** 53 - 2 });
    // Another program's answers never come, and leave gaps.
    peer.send({ event: { payload: Buffer.from('waited'), sequence: 70 } });
    peer.send({ event: { payload: Buffer.from('waited, too'), sequence: 75 } });
    await peer.expectCalls(2 ** 53 - 1, 2n ** 53n);
    peer.send({ result: { id: 2 ** 53 - 1, values: [{ i64: 9n }], sequence: 76 } });
    peer.send({ result: { id: 2n ** 53n, sequence: 77 } });
    await peer.read();
  });
  const calls = [session.call('add', [1]), session.call('go')];
  assert.equal((await calls[0]).value, 9n);
  await calls[1];
  assert.equal(session.received, 77);
  assert.deepEqual(events, ['waited', 'waited, too']);
});

test('byToken_answersOfAnotherProgram_areNobodys', async (t) => {
  let asked;
  const script = async (peer) => {
    asked = await peer.openKept({ resumed: true, committed_id: 2 });
    peer.send({ result: { id: 2, sequence: 5 } });
    await peer.expectCalls(3);
    peer.send({ result: { id: 3, sequence: 6 } });
    await peer.read();
  };
  const resume = { token: KEPT.token, received: 4 };
  const { session } = await openKept(t, script, { keep: undefined, resume });
  await session.call('go');
  assert.deepEqual({ ...asked.resume }, resume);
});

test('detach_answersAcknowledgesAndLeaves', async (t) => {
  const said = [];
  const { session, told, events } = await openKept(t, async (peer) => {
    await peer.openKept();
    await peer.expectCalls(1);
    peer.send({ result: { id: 1, sequence: 1 } });
    said.push((await peer.read()).acknowledge.received);
    const { ping } = await peer.read();
    peer.send({ event: { payload: Buffer.from('for the next'), sequence: 2 } });
    peer.send({ pong: ping });
    said.push(await peer.read());
  });
  const call = session.call('go');
  assert.equal(await session.detach(), mooring.CloseReason.DETACHED);
  await call;
  await until(() => said.length === 2);
  assert.deepEqual(said, [1, undefined]);
  assert.deepEqual([events, session.received, told], [[], 1, []]);
  await assert.rejects(session.call('go'), code(ErrorCode.SESSION_CLOSED));
});

test('detachWhileAway_waitsOnlyForWhatIsDue', async (t) => {
  const next = async (peer) => {
    await peer.resume(2);
    peer.send({ result: { id: 2, values: [{ i64: 2n }], sequence: 3 } });
    await peer.read();
  };
  const { session, told } = await openKept(t, [loseTwoCalls, next]);
  const [second] = await makeTwoCalls(session);
  await until(() => told.length > 0);
  assert.equal(await session.detach(), mooring.CloseReason.DETACHED);
  assert.equal((await second).value, 2n);

  const idle = await openKept(t, async (peer, server) => {
    server.close();
    await peer.openKept();
  });
  await until(() => idle.told.length > 0);
  assert.equal(await idle.session.detach(), mooring.CloseReason.DETACHED);
});

test('detach_ofAPlainSession_isRefused', async (t) => {
  const session = await open(t, async (peer) => {
    await peer.open();
    await peer.read();
  });
  await assert.rejects(session.detach(), /isn't kept/);
  session.abort();
});

test('close_lostOnTheWay_isSaidAgain', async (t) => {
  const { session } = await openKept(t, [
    async (peer) => {
      await peer.openKept();
      await peer.expectCalls(1);
      assert.ok((await peer.read()).close);
    },
    async (peer) => {
      await peer.resume(0);
      peer.send({ closed: { reason: mooring.CloseReason.DETACHED } });
    },
    async (peer) => {
      await peer.resume(0);
      await peer.expectCalls(1);
      peer.send({ result: { id: 1, sequence: 1 } });
      assert.ok((await peer.read()).close);
    },
    (peer) => peer.refuse(ErrorCode.SESSION_NOT_FOUND),
  ]);
  const call = session.call('go');
  assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  await call;
});

test('lifetimeOver_endsTheSession', async (t) => {
  const { session, told } = await openKept(t, async (peer) => {
    await peer.openKept();
    peer.send({ go_away: { reason: mooring.GoAwayReason.SESSION_LIFETIME, message: 'old' } });
    peer.send({ closed: { reason: mooring.CloseReason.GONE_AWAY } });
  });
  assert.equal(await session.ended(), mooring.CloseReason.GONE_AWAY);
  assert.deepEqual(told, []);
});

// --- Cut anywhere ---------------------------------------------------------------------------------

/**
 * A kept session as PROTOCOL.md has it, for one client: it adds, sends each sum as an event, too, and
 * keeps what it has said. Its first connection is gone when three calls were read, two executed and
 * one answered; its second when `after` bytes went `way`, 'up' or 'down'.
 */
class KeptCounter {
  connections = 0;
  went = { up: 0, down: 0 };
  #sum = 0n;
  #committedId = 0;
  #said = [];
  #isClosed = false;

  constructor(way, after, how) {
    Object.assign(this, { way, after, how });
  }

  connected(socket) {
    socket.on('error', () => {});
    const number = ++this.connections;
    const frames = new mooring.Frames(MAX_FRAME_BYTES);
    socket.on('data', (chunk) => {
      if (socket.destroyed) return;
      const data = number === 2 ? chunk.subarray(0, this.#left('up')) : chunk;
      if (number === 2) this.went.up += data.length;
      frames.feed(data);
      for (let body; !socket.writableEnded && (body = frames.next()) !== undefined; ) {
        this.#take(mooring.decode('ClientMessage', body), socket, number);
      }
      if (number === 2 && this.#left('up') === 0) this.#cut(socket);
    });
    if (number === 2 && this.after === 0) this.#cut(socket);
  }

  #left(way) {
    return way === this.way ? this.after - this.went[way] : Infinity;
  }

  #cut(socket) {
    if (socket.writableEnded) return;
    const error = { code: ErrorCode.MALFORMED_FRAME, message: 'the input ended within a frame' };
    if (this.how === 'reset') socket.resetAndDestroy();
    else if (this.how === 'told') socket.end(frame('ServerMessage', { error }));
    else socket.end();
  }

  #send(message, socket, number) {
    if (socket.writableEnded || socket.destroyed) return;
    const data = frame('ServerMessage', message);
    if (number !== 2) {
      socket.write(data);
      return;
    }
    const some = data.subarray(0, this.#left('down'));
    this.went.down += some.length;
    socket.write(some);
    if (this.#left('down') === 0) this.#cut(socket);
  }

  #take({ open, call, close }, socket, number) {
    const send = (message) => this.#send(message, socket, number);
    if (open && this.#isClosed) {
      send({ error: { code: ErrorCode.SESSION_NOT_FOUND } });
    } else if (open) {
      assert.equal(number > 1, open.resume !== undefined);
      const kept = { ...KEPT, resumed: number > 1, committed_id: this.#committedId };
      send({ opened: { ...OPENED, kept } });
      this.#said.slice(open.resume?.received ?? 0).forEach(send);
    } else if (close) {
      this.#isClosed = true;
      send({ closed: { reason: 1 } });
      socket.end();
    } else if (call && number === 1 && call.id === 3) {
      socket.end();
    } else if (call) {
      assert.equal(call.id, this.#committedId + 1);
      this.#committedId = call.id;
      this.#sum += call.arguments[0].i64;
      const at = this.#said.length;
      this.#said.push({ event: { payload: Buffer.from(String(this.#sum)), sequence: at + 1 } });
      this.#said.push({ result: { id: call.id, values: [{ i64: this.#sum }], sequence: at + 2 } });
      if (number > 1 || call.id === 1) this.#said.slice(at).forEach(send);
    }
  }
}

async function runThrough(counter) {
  const server = net.createServer((socket) => counter.connected(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const what = `${counter.way} ${counter.after} ${counter.how}`;
  const events = [];
  const session = await Session.open(`127.0.0.1:${server.address().port}`, 'm', {
    keep: KEEP,
    onEvent: (payload) => events.push(text(payload)),
  });
  try {
    const calls = [1, 10, 100, 1000].map((n) => session.call('add', [n]));
    const sums = (await Promise.all(calls)).map((result) => result.value);
    assert.deepEqual(sums, [1n, 11n, 111n, 1111n], what);
    assert.equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED, what);
    assert.deepEqual(events, ['1', '11', '111', '1111'], what);
    assert.equal(counter.connections, counter.after === Infinity ? 2 : 3, what);
  } finally {
    session.abort();
    server.close();
  }
}

test('resumption_cutAtEveryByte_eachCallHappensOnce', async () => {
  const whole = new KeptCounter('up', Infinity, 'end');
  await runThrough(whole);
  assert.ok(Math.min(whole.went.up, whole.went.down) > 50, JSON.stringify(whole.went));
  const cuts = [];
  for (const [way, ways] of [['up', ['end', 'reset', 'told']], ['down', ['end', 'reset']]]) {
    for (let after = 0; after < whole.went[way]; after++) {
      for (const how of ways) cuts.push(new KeptCounter(way, after, how));
    }
  }
  while (cuts.length > 0) await Promise.all(cuts.splice(0, 200).map(runThrough));
});
