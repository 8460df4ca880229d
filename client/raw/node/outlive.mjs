#!/usr/bin/env node
// A program that goes on though its server is killed: `outlive.mjs HOST:PORT NAME KILLS`. It adds
// without a pause and hears ticks, says so after each kill, and detaches. Another goes on from
// there: `outlive.mjs HOST:PORT NAME again SUM TICK`.

import assert from 'node:assert/strict';
import { Durability, ErrorCode, NamePolicy, Session } from './mooring.mjs';

const IN_FLIGHT = 48;
const CALLS_UNDER_WAY = 100; // so many answers, and a tick, and it is said

/** The numbers of a ticker's events, of which none may be missing or come twice. */
class Ticks {
  wrong = [];

  constructor(last) {
    this.last = last;
  }

  hear(payload) {
    const { tick } = JSON.parse(String(payload));
    if (tick !== this.last + 1) this.wrong.push(`tick ${tick} after ${this.last}`);
    this.last = tick;
  }
}

const [address, name, ...words] = process.argv.slice(2);

async function openBoth(name_policy, ticks, options = {}) {
  const keep = (durability) => ({ ttl_ms: 60_000, durability, name, name_policy });
  const counter = await Session.open(address, 'counter', { keep: keep(Durability.DISK), ...options });
  const ticker = await Session.open(address, 'ticker', {
    config: name_policy === NamePolicy.MUST_BE_NEW ? { interval_ms: '20' } : undefined,
    keep: keep(Durability.ASYNC),
    onEvent: (payload) => ticks.hear(payload),
    ...options,
  });
  return [counter, ticker];
}

async function outlive(kills) {
  let resumed = 0;
  const onResumed = () => resumed++;
  const ticks = new Ticks(0);
  const [counter, ticker] = await openBoth(NamePolicy.MUST_BE_NEW, ticks, { onResumed });
  let sum = 0n;
  let [answered, told, seen, tick] = [0, 0, 0, 0];
  const calls = [];
  while (calls.length > 0 || told <= kills) {
    while (calls.length < IN_FLIGHT && told <= kills) {
      const amount = BigInt(Math.floor(Math.random() * 1000));
      calls.push({ answer: counter.call('add', [amount]), amount });
    }
    const { answer, amount } = calls.shift();
    sum += amount;
    assert.equal((await answer).value, sum);
    answered++;
    if (resumed >= 2 * told && answered >= seen + CALLS_UNDER_WAY && ticks.last > tick) {
      console.log('under way');
      [told, seen, tick] = [told + 1, answered, ticks.last];
    }
  }
  assert.equal((await counter.call('get')).value, sum);
  await counter.detach();
  await ticker.detach();
  assert.deepEqual(ticks.wrong, []);
  console.log(`${sum} ${ticks.last} ${answered} ${resumed}`);
}

async function goOn(sum, tick) {
  const ticks = new Ticks(tick);
  const [counter, ticker] = await openBoth(NamePolicy.MUST_EXIST, ticks);
  assert.equal((await counter.call('add', [1])).value, sum + 1n);
  while (ticks.last < tick + 10) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(ticks.wrong, []);
  await counter.close();
  await ticker.close();
  const { SESSION_NOT_FOUND } = ErrorCode;
  await assert.rejects(openBoth(NamePolicy.MUST_EXIST, ticks), { code: SESSION_NOT_FOUND });
  console.log('gone on');
}

if (words[0] === 'again') await goOn(BigInt(words[1]), Number(words[2]));
else await outlive(Number(words[0]));
