// The script of client/raw/scenario.txt, as a page and Node's client tell it.

import {
  CloseReason,
  Durability,
  MooringError,
  NamePolicy,
  TrapKind,
  ValueType,
  bitsOf,
  nameOf,
  parseValue,
  signature,
} from './mooring.mjs';

const MODULE = 'conformance';

const NUMBERS = [
  'f32 0.1',
  'f32 -inf',
  'f32 nan',
  'f32 nan:0x200000',
  'f32 -nan:0x1',
  'f64 nan:0x1',
  'f64 -nan:0x4000000000000',
  'i32 4294967295',
  'i64 -0x8000000000000000',
  'i32 4294967296',
  'i32 0.5',
  'i64 nan',
  'i64 18446744073709551616',
  'f32 1e39',
  'f64 -1e309',
  'f32 nan:0x800000',
  'f64 half',
];

const utf8 = new TextDecoder();
const toText = (payload) => utf8.decode(payload);

/** What the only value of a result is; its type is the function's. */
function told(session, name, result) {
  const [type] = session.exports.find((exported) => exported.name === name).results;
  const kind = nameOf(ValueType, type).toLowerCase();
  if (!kind.startsWith('f')) return `${kind} ${result.value}`;
  return `${kind} ${bitsOf(result.typed[0]).toString(16).padStart(kind === 'f32' ? 8 : 16, '0')}`;
}

/** What comes back of a number as people write it, or why it isn't sent. */
async function toldAsText(session, name, text) {
  let argument;
  try {
    argument = parseValue(ValueType[name.toUpperCase()], text);
  } catch (error) {
    return error.message;
  }
  return told(session, name, await session.call(name, [argument]));
}

function why(error) {
  const trap = error.trap ? `, ${nameOf(TrapKind, error.trap)}` : '';
  return `${error.codeName}, ${error.retryable ? '' : 'not '}retryable${trap}`;
}

/** What it fails of. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MooringError) return error;
    throw error;
  }
  throw new Error("it didn't fail");
}

/**
 * Goes through the script.
 *
 * @param {(module: string, options?: object) => Promise<Session>} open a session on the server
 * @param {(line: string) => void} say takes each line
 */
export async function scenario(open, say) {
  /** The events that came and weren't told yet. */
  const events = [];
  let eventCame = () => {};
  const onEvent = (payload) => {
    events.push(Uint8Array.from(payload));
    eventCame();
  };

  async function nextEvent() {
    const late = setTimeout(() => {
      throw new Error('no event came');
    }, 10_000);
    while (events.length === 0) await new Promise((resolve) => (eventCame = resolve));
    clearTimeout(late);
    return toText(events.shift());
  }

  const title = say;
  const tell = (line) => say(`  ${line}`);

  title('opening');
  tell(`nobody: ${why(await failure(open('nobody')))}`);
  tell(`an unknown key: ${why(await failure(open(MODULE, { config: { colour: 'red' } })))}`);
  tell(`a guest that traps: ${why(await failure(open(MODULE, { config: { open: 'trap' } })))}`);
  const session = await open(MODULE, {
    config: { text: 'grüß dich', open: 'event', close: 'event' },
    limits: { memory_bytes: 2 ** 20, call_timeout_ms: 1_000 },
    onEvent,
  });
  const call = (name, args, options) => session.call(name, args, options);
  const value = async (name, args) => told(session, name, await call(name, args));
  tell(`opened: ${session.exports.map(signature).join(', ')}`);
  tell(`memory_bytes: ${session.limits.memory_bytes}`);
  tell(`call_timeout_ms: ${session.limits.call_timeout_ms}`);
  tell(`event: ${await nextEvent()}`);

  title('typed calls');
  for (const [name, number, text] of [
    ['i32', -1, '-1'],
    ['i32', -2147483648, '-2147483648'],
    ['i64', 9223372036854775807n, '9223372036854775807'],
    ['f32', 1.5, '1.5'],
    ['f64', -0.0, '-0.0'],
    ['f64', Infinity, 'inf'],
  ]) {
    tell(`${name}(${text}): ${await value(name, [number])}`);
  }
  tell(`mix(1, 2, 3.5, 4.25): ${await value('mix', [1, 2, 3.5, 4.25])}`);

  for (const word of NUMBERS) {
    const [name, text] = word.split(' ');
    tell(`${name}(${text}): ${await toldAsText(session, name, text)}`);
  }

  title('byte calls');
  tell(`echo(): ${(await call('echo')).output.length} bytes`);
  tell(`echo(grüß dich): ${(await call('echo', [], { input: 'grüß dich' })).text}`);
  const many = Uint8Array.from({ length: 300_000 }, (_, i) => i % 250);
  const { output: back } = await call('echo', [], { input: many });
  const same = back.length === many.length && many.every((byte, i) => back[i] === byte);
  tell(`echo of ${many.length} bytes: ${same ? 'the same' : 'others'}`);
  tell(`config(text): ${(await call('config', [], { input: 'text' })).text}`);

  title('pipelined calls');
  const results = await Promise.all(Array.from({ length: 100 }, () => call('add', [1])));
  const sums = results.map((result) => Number(result.value));
  const order = sums.every((sum, i) => i === 0 || sum > sums[i - 1]) ? 'in order' : 'in no order';
  tell(`100 times add(1): ${sums[0]} to ${sums.at(-1)}, ${order}`);
  const settled = await Promise.allSettled([
    call('add', [1]),
    call('fail'),
    call('add', [1]),
    call('trap', [6]),
    call('add', [1]),
  ]);
  const answers = settled.map((one) => one.value?.value ?? one.reason.codeName);
  tell(`add(1), fail, add(1), trap(6), add(1): ${answers.join(', ')}`);

  title('events');
  const output = (await call('events', [3])).text;
  tell(`events(3): ${events.splice(0).map(toText).join(', ')}, and then: ${output}`);
  for (const size of [0, 70_000]) {
    await call('event', [size]);
    const taken = events.splice(0);
    tell(`event(${size}): ${taken.length} event, ${taken[0].length} bytes`);
  }
  await call('timer', [20]);
  tell(`timer(20): ${await nextEvent()}`);

  title('errors');
  tell(`nothing: ${why(await failure(call('nothing')))}`);
  tell(`add(i32 1): ${why(await failure(call('add', [{ i32: 1 }])))}`);
  const failed = await failure(call('fail', [], { input: 'no more' }));
  tell(`fail(no more): ${why(failed)}: ${failed.text}`);
  tell(`exit(3): ${why(await failure(call('exit', [3])))}`);
  tell(`spin: ${why(await failure(call('spin')))}`);
  tell(`fill(5000000): ${why(await failure(call('fill', [5_000_000])))}`);
  tell(`events(300): ${why(await failure(call('events', [300])))}`);
  for (let kind = 1; kind < 10; kind++) {
    tell(`trap(${kind}): ${why(await failure(call('trap', [kind])))}`);
  }
  const tooLarge = await failure(call('echo', [], { input: new Uint8Array(5_000_000) }));
  tell(`echo of 5000000 bytes: ${tooLarge.codeName}`);
  tell(`grow(1000): ${await value('grow', [1000])}`);
  tell(`get: ${await value('get')}`);
  tell(`events meanwhile: ${events.splice(0).length}`);

  title('times');
  // The first may run before the server has read the others, whose time begins when it has.
  for (let i = 0; i < 3; i++) call('work', [60]);
  const late = await failure(call('get', [], { timeoutMs: 30 }));
  tell(`3 times work(60), then get within 30 ms: ${late.codeName}`);
  const first = call('work', [200]);
  const abort = new AbortController();
  const second = failure(call('add', [1], { signal: abort.signal }));
  abort.abort();
  tell(`work(200), then add(1) cancelled: ${(await second).codeName}`);
  await first;
  tell(`get: ${await value('get')}`);

  title('ping');
  tell((await session.ping()) >= 0 ? 'answered' : 'answered before it was asked');

  title('closing');
  const reason = await session.close();
  tell(`event: ${await nextEvent()}`);
  tell(nameOf(CloseReason, reason));
  await failure(call('get'));
  tell('get: refused');

  title('kept sessions');
  const openKept = (name, name_policy) => {
    const keep = { ttl_ms: 60_000, durability: Durability.MEMORY, name, name_policy };
    return open(MODULE, { config: { open: 'event' }, keep, onEvent });
  };
  const add = async (to) => tell(`add(5): ${told(to, 'add', await to.call('add', [5]))}`);
  tell(`there is none: ${why(await failure(openKept('till', NamePolicy.MUST_EXIST)))}`);
  tell(`a bad name: ${why(await failure(openKept('-', NamePolicy.MAY_EXIST)))}`);
  const till = await openKept('till', NamePolicy.MUST_BE_NEW);
  const { name, durability, ttl_ms, committed_id } = till.kept;
  const kind = nameOf(Durability, durability);
  tell(`a new one: ${name}, ${kind}, ${ttl_ms} ms, after call ${committed_id}`);
  tell(`event: ${await nextEvent()}`);
  await add(till);
  tell(`left: ${nameOf(CloseReason, await till.detach())}`);
  tell(`received: ${till.received}`);
  tell(`must be new: ${why(await failure(openKept('till', NamePolicy.MUST_BE_NEW)))}`);
  const again = await openKept('till', NamePolicy.MUST_EXIST);
  tell(`gone on with by name: after call ${again.kept.committed_id}`);
  await add(again);
  const resume = { token: again.kept.token, received: again.received };
  const third = await open('', { resume, onEvent });
  tell(`gone on with by token: after call ${third.kept.committed_id}`);
  tell(`the other: ${why(await failure(again.ended()))}`);
  tell(`get: ${told(third, 'get', await third.call('get'))}`);
  tell(`events meanwhile: ${events.splice(0).length}`);
  tell(`closed: ${nameOf(CloseReason, await third.close())}`);
  tell(`by token again: ${why(await failure(open('', { resume })))}`);
}
