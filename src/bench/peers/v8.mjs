// V8 as a process that is measured: takes the orders of dev.mooring.bench.Worker, a line each, and
// answers them with the same workload. Run with `node --expose-gc v8.mjs`.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const MAX_LIVE = 5_000; // each reserves some 10 GiB of addresses, and they end at about 13,000
const CALLS_PER_LOOK = 1_024;
const loaded = new Map();

const now = () => Number(process.hrtime.bigint());

function load(file, name, live) {
  const key = `${file} ${name} ${live}`;
  if (!loaded.has(key)) {
    const module = new WebAssembly.Module(readFileSync(file));
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => {
        throw new Error(`${name} is not to be called here`);
      };
    }
    loaded.set(key, { module, imports, name, live: [], callsEach: 0n });
  }
  return loaded.get(key);
}

function open(guest) {
  const instance = new WebAssembly.Instance(guest.module, guest.imports);
  return instance.exports[guest.name]; // keeps its instance alive
}

function check(got, expected) {
  if (got !== expected) throw new Error(`a call returned ${got} instead of ${expected}`);
}

function closeAll(guest) {
  guest.live = [];
  globalThis.gc();
}

function openNanos(guest, millis, call) {
  closeAll(guest);
  const most = 500; // sessions of the last sample are only freed by the next collection
  const start = now();
  const end = start + millis * 1e6;
  let at = start;
  while (guest.live.length < most && at < end) {
    const batch = Math.min(guest.live.length + 16, most);
    while (guest.live.length < batch) {
      const session = open(guest);
      guest.live.push(session);
      if (call) check(session(), 1n);
    }
    at = now();
  }
  const nanos = (at - start) / guest.live.length;
  closeAll(guest);
  return nanos;
}

function openLive(guest, count) {
  if (guest.live.length === count) return;
  closeAll(guest);
  guest.callsEach = 1n;
  while (guest.live.length < count) {
    const session = open(guest);
    check(session(), guest.callsEach);
    guest.live.push(session);
  }
  let seed = 2463534242;
  for (let i = count - 1; i > 0; i--) {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    const other = (seed >>> 0) % (i + 1);
    [guest.live[i], guest.live[other]] = [guest.live[other], guest.live[i]];
  }
}

function cycleNanos(guest, count, millis) {
  openLive(guest, count);
  const start = now();
  const end = start + millis * 1e6;
  const passes = Math.max(1, Math.floor(CALLS_PER_LOOK / count));
  let at = start;
  let calls = 0;
  while (at < end) {
    for (let pass = 0; pass < passes; pass++) {
      guest.callsEach++;
      for (let i = 0; i < count; i++) check(guest.live[i](), guest.callsEach);
    }
    calls += passes * count;
    at = now();
  }
  return (at - start) / calls;
}

function compute(guest, argument, millis) {
  if (guest.live.length !== 1) {
    closeAll(guest);
    guest.live.push(open(guest));
  }
  const session = guest.live[0];
  const start = now();
  const end = start + millis * 1e6;
  const checksum = session(argument);
  let at = now();
  let calls = 1;
  while (at < end) {
    check(session(argument), checksum);
    calls++;
    at = now();
  }
  return `${(at - start) / calls} ${checksum}`;
}

async function bytesPerLive(guest, count) {
  openLive(guest, 1);
  closeAll(guest);
  await new Promise((resolve) => setTimeout(resolve, 100)); // memories are freed in the background
  globalThis.gc();
  const before = process.memoryUsage.rss();
  openLive(guest, count);
  globalThis.gc();
  const after = process.memoryUsage.rss();
  closeAll(guest);
  return (after - before) / count;
}

async function obey([order, file, name, ...rest]) {
  if (order === "ready") return "";
  if (!["open", "first", "live", "cycle", "compute"].includes(order)) {
    throw new Error(`no order called ${order}`);
  }
  // Those that cycle stay open between samples: V8 warms up each instance.
  const guest = load(file, name, order === "cycle" ? rest[0] : "");
  const [first, second] = rest.map(Number);
  const count = first === 0 ? MAX_LIVE : first;
  switch (order) {
    case "open":
      return openNanos(guest, first, false);
    case "first":
      return openNanos(guest, first, true);
    case "live":
      return bytesPerLive(guest, count);
    case "cycle":
      return `${cycleNanos(guest, count, second)} ${count}`;
    default:
      return compute(guest, first, second);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`ok ${await obey(line.split(" "))}\n`);
  } catch (error) {
    process.stdout.write(`no ${error.name}: ${String(error.message).split("\n")[0]}\n`);
  }
}
