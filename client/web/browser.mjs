// Tests of mooring.mjs in a browser, against a server: browser.html, as WebClientIT serves it.
//
// Its query says where: `door`; `guarded`, which wants the `token`; and `strange`, which lets pages
// from here not in. `POST kill` kills the first server and starts it again. `POST told` takes what
// became of each test, as a form: nothing if it is well.

import * as mooring from './mooring.mjs';
import { scenario } from './scenario.mjs';

const { DEFAULTS, Durability, ErrorCode, NamePolicy, Session, ValueType } = mooring;
const LIMIT_MS = 120_000; // for one test, on a machine that has much else to do
const query = new URLSearchParams(location.search);
const door = query.get('door');
const utf8 = new TextDecoder();

// --- What a test needs ----------------------------------------------------------------------------

function equal(actual, expected, what = '') {
  const show = (it) =>
    JSON.stringify(it, (_, part) => {
      if (typeof part === 'bigint') return `${part}n`;
      return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
    });
  if (show(actual) !== show(expected)) {
    throw new Error(`${what} expected ${show(expected)}, got ${show(actual)}`);
  }
}

function check(isSo, what) {
  if (!isSo) throw new Error(what);
}

/** What it fails of, by the name of its code. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof mooring.MooringError) return error;
    throw error;
  }
  throw new Error("it didn't fail");
}

async function until(isSo) {
  while (!isSo()) await sleep(5);
}

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Keeps the page busy: no event of any WebSocket is taken meanwhile. */
function block(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

const opened = [];

async function open(module, options = {}) {
  const session = await Session.open(door, module, options);
  opened.push(session);
  return session;
}

const kept = (durability, name = '', name_policy = NamePolicy.MAY_EXIST) => ({
  ttl_ms: 60_000,
  durability,
  name,
  name_policy,
});

/** What nobody caught, but for what a test throws. */
const complaints = [];
const ON_PURPOSE = 'thrown on purpose';
let thrownOnPurpose = 0;

/** The page's WebSockets, with what the tests want to know of them. */
const seen = { unsentBytes: 0, messages: 0 };

globalThis.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener('message', () => seen.messages++);
  }

  send(data) {
    super.send(data);
    seen.unsentBytes = Math.max(seen.unsentBytes, this.bufferedAmount);
  }
};

// --- The tests ------------------------------------------------------------------------------------

const tests = {
  async open_tellsOfTheSession() {
    const session = await open('counter');
    check(session.isOpen && session.id !== '', 'it has an id');
    check(session.exports.some(({ name }) => name === 'add'), 'it has functions');
    check(session.limits.frame_bytes > 0, 'it has limits');
    equal(session.kept, undefined);
    equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
    check(!session.isOpen, 'it is closed');
  },

  async open_aUrlObject_isTaken() {
    const session = await Session.open(new URL(`${door}/#top`), 'counter');
    await session.close();
  },

  async call_isAnswered() {
    const session = await open('counter');
    equal((await session.call('add', [5])).value, 5n);
    equal((await session.call('add', [-2n])).value, 3n);
    await session.close();
  },

  async values_ofAllTypes_keepTheirBits() {
    const session = await open('conformance');
    for (const [name, bits] of [
      ['i32', 0xffff_ffff],
      ['i64', 0x8000_0000_0000_0000n],
      ['i64', 0x0123_4567_89ab_cdefn],
      ['f32', 0x3dcc_cccd],
      ['f32', 0x8000_0000],
      ['f32', 0x7fc0_0000],
      ['f32', 0x7fa0_0000], // a NaN that signals: through a register it would be a quiet one
      ['f32', 0xff80_0001],
      ['f64', 0xfff0_0000_0000_0000n],
      ['f64', 0x7ff8_0000_0000_0000n],
      ['f64', 0x7ff0_0000_0000_0001n],
      ['f64', 0xfff4_0000_0000_0000n],
    ]) {
      const value = mooring.valueOfBits(ValueType[name.toUpperCase()], bits);
      const { typed } = await session.call(name, [value]);
      equal(mooring.bitsOf(typed[0]), bits, name);
    }
    equal((await session.call('mix', [1, 2, 3.5, 4.25])).value, 10.75);
    await session.close();
  },

  async bytes_ofAllLengths_comeBack() {
    const session = await open('conformance');
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
      const input = Uint8Array.from({ length }, (_, i) => i % 251);
      const { output } = await session.call('echo', [], { input });
      check(output.length === length && input.every((byte, i) => output[i] === byte), `${length}`);
    }
    equal((await session.call('echo', [], { input: 'grüß dich 🛟' })).text, 'grüß dich 🛟');
    const view = new DataView(new TextEncoder().encode('xabcx').buffer, 1, 3);
    equal((await session.call('echo', [], { input: view })).text, 'abc');
    await session.close();
  },

  async pipeline_of10000Calls_isAnsweredInOrder() {
    const session = await open('counter');
    const order = [];
    const calls = Array.from({ length: 10_000 }, (_, i) =>
      session.call('add', [1]).then(({ value }) => {
        order.push(i);
        return Number(value);
      }),
    );
    const sums = await Promise.all(calls);
    check(sums.every((sum, i) => sum === i + 1), 'the sums');
    check(order.every((at, i) => at === i), 'the order');
    await session.close();
  },

  async calls_beyondThoseThatMayWait_areRefused() {
    const session = await open('counter', { maxCallsWaiting: 10, maxCallsInFlight: 1 });
    const calls = Array.from({ length: 12 }, () => session.call('add', [1]));
    const ends = await Promise.allSettled(calls);
    equal(ends.filter(({ status }) => status === 'fulfilled').length, 11);
    equal(ends[11].reason.codeName, 'CALL_REFUSED');
    await session.close();
  },

  async events_byIterator_comeInOrder() {
    const session = await open('conformance');
    const result = session.call('events', [200]);
    const heard = [];
    for await (const event of session.events()) {
      heard.push(utf8.decode(event));
      if (heard.length === 200) break;
    }
    equal(heard, Array.from({ length: 200 }, (_, i) => String(i + 1)));
    await result;
    await session.close();
    equal(await session.nextEvent(), undefined);
  },

  async listener_thatThrows_isThePagesOwnAffair() {
    const session = await open('conformance', {
      onEvent() {
        throw new Error(ON_PURPOSE);
      },
    });
    equal((await session.call('events', [3])).text, 'sent');
    await until(() => thrownOnPurpose === 3);
    await session.close();
  },

  async events_byCallback_comeBeforeTheAnswer() {
    const heard = [];
    const session = await open('conformance', { onEvent: (it) => heard.push(utf8.decode(it)) });
    await session.call('events', [3]);
    equal(heard, ['1', '2', '3']);
    await session.call('timer', [10]);
    await until(() => heard.length === 4);
    equal(heard[3], 'timer');
    await session.close();
  },

  async largeCalls_waitUntilTheBrowserHasSent() {
    const session = await open('conformance', { maxUnsentBytes: 0 });
    const input = new Uint8Array(256 * 2 ** 10).fill(7);
    seen.unsentBytes = 0;
    const calls = Array.from({ length: 60 }, () => session.call('echo', [], { input }));
    for (const { output } of await Promise.all(calls)) equal(output.length, input.length);
    check(seen.unsentBytes > 0, 'the browser has taken something');
    const most = input.length + 64; // one call, as it is on the wire
    check(seen.unsentBytes <= most, `unsent: ${seen.unsentBytes}, at most ${most}`);
    await session.close();
  },

  async slowPage_hearsEverything() {
    const session = await open('conformance', { maxEvents: 10 });
    const first = session.nextEvent();
    const calls = Array.from({ length: 20 }, () => session.call('events', [200]));
    equal(utf8.decode(await first), '1');
    let count = 1;
    for await (const event of session.events()) {
      equal(utf8.decode(event), String((count++ % 200) + 1));
      if (count % 500 === 0) block(50);
      if (count === 4_000) break;
    }
    await Promise.all(calls);
    await session.close();
  },

  async eventsThatNobodyTakes_endTheSession() {
    const session = await open('conformance', { maxEvents: 10 });
    equal((await failure(session.call('events', [20]))).codeName, 'EVENTS_UNREAD');
    check(!session.isOpen, 'it has ended');
  },

  async eventsTakenTooSlowly_endAPlainSession() {
    const session = await open('conformance', { maxEvents: 1, maxHeldBytes: 300_000 });
    const first = session.nextEvent();
    const calls = Array.from({ length: 10 }, () => session.call('event', [70_000]));
    const ends = Promise.allSettled(calls);
    await first;
    equal((await failure(session.ended())).codeName, 'EVENTS_UNREAD');
    equal((await ends)[9].reason.codeName, 'EVENTS_UNREAD');
  },

  async eventsTakenTooSlowly_makeTheServerOfAKeptSessionWait() {
    const session = await open('conformance', { maxEvents: 10, keep: kept(Durability.MEMORY) });
    const first = session.nextEvent();
    const { unacknowledged_messages } = session.kept;
    seen.messages = 0;
    const calls = Array.from({ length: 30 }, () => session.call('events', [200]));
    await first;
    let before;
    do {
      before = seen.messages;
      await sleep(300);
    } while (before !== seen.messages || before === 0);
    // What one call says is said whole.
    const most = unacknowledged_messages + 64 + 2 * 201;
    check(before <= most, `${before} messages came, at most ${most} may`);
    check(session.received < 64, `${session.received} were taken`);
    let count = 1;
    for await (const event of session.events()) {
      equal(utf8.decode(event), String((count++ % 200) + 1));
      if (count === 6_000) break;
    }
    await Promise.all(calls);
    await session.close();
  },

  async failedCalls_tellWhy_andTheSessionGoesOn() {
    const session = await open('conformance', { limits: { call_timeout_ms: 300 } });
    equal((await session.call('add', [1])).value, 1n);
    const trap = await failure(session.call('trap', [6]));
    equal([trap.codeName, trap.trap], ['GUEST_TRAP', mooring.TrapKind.INTEGER_DIVIDE_BY_ZERO]);
    check(!trap.endsSession && !trap.retryable, 'it ends the call only');
    const failed = await failure(session.call('fail', [], { input: 'no <more>' }));
    equal([failed.codeName, failed.text], ['GUEST_FAILED', 'no <more>']);
    equal((await failure(session.call('exit', [3]))).codeName, 'GUEST_EXITED');
    equal((await failure(session.call('spin'))).codeName, 'DEADLINE_EXCEEDED');
    equal((await failure(session.call('nothing'))).codeName, 'FUNCTION_NOT_FOUND');
    equal((await failure(session.call('add', ['5']))).codeName, 'INVALID_ARGUMENTS');
    equal((await failure(session.call('add', [{ i32: 1 }]))).codeName, 'INVALID_ARGUMENTS');
    const input = new Uint8Array(session.limits.frame_bytes + 1);
    equal((await failure(session.call('echo', [], { input }))).codeName, 'FRAME_TOO_LARGE');
    equal((await session.call('get')).value, 1n);
    await session.close();
    equal((await failure(session.call('get'))).codeName, 'SESSION_CLOSED');
  },

  async refusedOpens_tellWhy() {
    equal((await failure(open('nobody'))).codeName, 'MODULE_NOT_FOUND');
    const config = { colour: 'red' };
    equal((await failure(open('conformance', { config }))).codeName, 'UNKNOWN_CONFIG_KEY');
    const trap = await failure(open('conformance', { config: { open: 'trap' } }));
    equal([trap.codeName, trap.trap], ['GUEST_OPEN_FAILED', mooring.TrapKind.UNREACHABLE]);
    const policy = kept(Durability.MEMORY, 'nobody-has-made-it', NamePolicy.MUST_EXIST);
    equal((await failure(open('conformance', { keep: policy }))).codeName, 'SESSION_NOT_FOUND');
  },

  async tokens_decideWhoMayOpen() {
    const guarded = query.get('guarded');
    for (const token of ['', 'wrong']) {
      const error = await failure(Session.open(guarded, 'conformance', { token }));
      equal(error.codeName, 'UNAUTHENTICATED');
    }
    const who = { token: query.get('token'), limits: { call_timeout_ms: 10_000 } };
    const session = await Session.open(guarded, 'conformance', who);
    equal((await session.call('get')).value, 0n);
    await session.close();
  },

  async noDoor_isAFailureToConnect() {
    const nobody = 'ws://127.0.0.1:1'; // browsers connect to no such port
    equal((await failure(Session.open(nobody, 'counter'))).codeName, 'CONNECT_FAILED');
    for (const address of [`${door}/elsewhere`, query.get('strange'), location.origin, '/none']) {
      const error = await failure(Session.open(address, 'counter'));
      equal([error.codeName, error.retryable], ['CONNECT_FAILED', true], address);
    }
    for (const address of ['', '127.0.0.1:7070', 'ftp://127.0.0.1']) {
      try {
        await Session.open(address, 'counter');
      } catch (error) {
        check(error instanceof RangeError, error);
        continue;
      }
      throw new Error(`it took ${address}`);
    }
  },

  async cancelledCalls_areTakenOutOfTheQueue() {
    const session = await open('conformance');
    const abort = new AbortController();
    const first = session.call('work', [200]);
    const second = failure(session.call('add', [1], { signal: abort.signal }));
    abort.abort();
    equal((await second).codeName, 'CANCELLED');
    await first;
    equal((await session.call('get')).value, 0n);
    await session.close();
  },

  async ping_isAnswered() {
    const session = await open('counter');
    check((await session.ping()) >= 0, 'it takes a while');
    await session.close();
  },

  async close_waitsForWhatWasCalled() {
    const session = await open('counter');
    const calls = Array.from({ length: 200 }, () => session.call('add', [1]));
    equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
    equal((await Promise.all(calls)).at(-1).value, 200n);
    equal(await session.close(), mooring.CloseReason.CLIENT_CLOSED);
  },

  async abort_failsWhatWasCalled() {
    const session = await open('conformance');
    const call = failure(session.call('work', [100]));
    session.abort();
    equal((await call).codeName, 'SESSION_CLOSED');
    equal((await failure(session.ended())).codeName, 'SESSION_CLOSED');
  },

  async detach_leavesTheSessionToWhoeverComes() {
    const first = await open('counter', { keep: kept(Durability.MEMORY, 'left') });
    equal((await first.call('add', [5])).value, 5n);
    equal(await first.detach(), mooring.CloseReason.DETACHED);
    const byName = kept(Durability.MEMORY, 'left', NamePolicy.MUST_EXIST);
    const second = await open('counter', { keep: byName });
    check(second.kept.resumed, 'it was there');
    equal((await second.call('add', [1])).value, 6n);
    const resume = { token: second.kept.token, received: second.received };
    const third = await open('', { resume });
    equal((await failure(second.ended())).codeName, 'SESSION_TAKEN');
    equal((await third.call('get')).value, 6n);
    equal(await third.close(), mooring.CloseReason.CLIENT_CLOSED);
    equal((await failure(open('', { resume }))).codeName, 'SESSION_NOT_FOUND');
  },

  async scenario_isToldAsByAllClients() {
    const lines = [];
    await scenario(open, (line) => lines.push(line));
    const script = await (await fetch('scenario.txt')).text();
    const expected = script.split('\n').filter((line) => !line.startsWith('#') && line !== '');
    lines.forEach((line, i) => equal(line, expected[i], `line ${i + 1}`));
    equal(lines.length, expected.length);
  },

  async readme_itsExample_isTrue() {
    const frame = document.createElement('iframe');
    frame.src = 'example.html';
    document.body.append(frame);
    const find = (what) => frame.contentDocument?.querySelector(what);
    await until(() => find('button')?.onclick);
    for (const sum of ['5', '10']) {
      find('button').click();
      await until(() => find('output').textContent === sum);
    }
    frame.remove();
  },

  async inAWorker_isTheSame() {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), { type: 'module' });
    const told = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(`the worker: ${event.message}`));
    });
    worker.postMessage(door);
    equal(await told, [1n, 2n, 3n]);
    worker.terminate();
  },

  async serverKilled_plainSessionIsLost_keptOneGoesOn() {
    const told = [];
    const ticks = [];
    const listeners = {
      reconnectTimeoutMs: LIMIT_MS,
      onLost: (error) => told.push(error.codeName),
      onResumed: () => told.push('resumed'),
    };
    const plain = await open('counter');
    const counter = await open('counter', { keep: kept(Durability.DISK), ...listeners });
    const ticker = await open('ticker', {
      keep: kept(Durability.ASYNC),
      config: { interval_ms: '20' },
      onEvent: (payload) => ticks.push(JSON.parse(utf8.decode(payload)).tick),
      ...listeners,
    });
    let sum = 0n;
    let answered = 0;
    let isOver = false;
    const adding = async () => {
      while (!isOver) {
        const calls = Array.from({ length: 40 }, (_, i) => counter.call('add', [i]));
        for (const [i, call] of calls.entries()) {
          sum += BigInt(i);
          equal((await call).value, sum);
          answered++;
        }
      }
    };
    const added = adding();
    added.catch(() => {});
    for (let kills = 1; kills <= 2; kills++) {
      const before = { answered, ticks: ticks.length };
      const isUnderWay = () => answered > before.answered + 100 && ticks.length > before.ticks;
      await Promise.race([until(isUnderWay), added]);
      check((await fetch('kill', { method: 'POST' })).ok, 'it was killed');
      const haveResumed = () => told.filter((it) => it === 'resumed').length >= 2 * kills;
      await Promise.race([until(haveResumed), added]);
    }
    await until(() => ticks.length > 20);
    isOver = true;
    await added;
    equal((await counter.call('get')).value, sum);
    equal(ticks, Array.from(ticks, (_, i) => i + 1));
    check(told.includes('CONNECTION_LOST'), told);
    equal((await failure(plain.call('get'))).codeName, 'SESSION_CLOSED');
    equal((await failure(plain.ended())).codeName, 'CONNECTION_LOST');
    await counter.close();
    await ticker.close();
  },
};

// --- How they are run -----------------------------------------------------------------------------

addEventListener('error', (event) => {
  if (event.error?.message === ON_PURPOSE) {
    thrownOnPurpose++;
    event.preventDefault(); // or it would be in the console, which is to be empty
  } else {
    complaints.push(String(event.error?.stack ?? event.message));
  }
});
addEventListener('unhandledrejection', ({ reason }) => {
  complaints.push(String(reason?.stack ?? reason));
});

async function run(test) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  try {
    await Promise.race([test(), late]);
    return '';
  } catch (error) {
    return String(error.stack ?? error);
  } finally {
    clearTimeout(timer);
    for (const session of opened.splice(0)) session.abort();
  }
}

const told = {};
for (const [name, test] of Object.entries(tests)) {
  document.getElementById('told').textContent = `running ${name}`;
  told[name] = await run(test);
}
await sleep(0); // what was thrown last is told
told.nothing_isComplainedOf = complaints.join('\n');
document.getElementById('told').textContent = JSON.stringify(told, null, 2);
await fetch('told', { method: 'POST', body: new URLSearchParams(told) });
