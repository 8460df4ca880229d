// Sessions in Node, as contexts of `vm` and as isolates of worker threads, of the same script as
// dev.mooring.bench.JavaScriptSessions. Prints `value NAME NUMBER` for each that it measured.
// Run with `node --expose-gc contexts.mjs FILE SECONDS`.

import { readFileSync } from "node:fs";
import vm from "node:vm";
import { Worker } from "node:worker_threads";

const [file, seconds] = process.argv.slice(2);
const source =
  readFileSync(file, "utf8").replaceAll("export function", "function") +
  "\n;({ nop, count: (input) => JSON.stringify(count(JSON.parse(input))), fib })";

const LIVE = 2_000;
const ISOLATES = 20;
const MICROS = 1e3;
const KIB = 1024;

const value = (name, number) => console.log(`value ${name} ${number}`);
const now = () => Number(process.hrtime.bigint());

function bytes() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

let sent = "";
const script = new vm.Script(source);

function open() {
  return script.runInNewContext({ emit: (message) => (sent = JSON.stringify(message)) });
}

/** The median time of a call, in microseconds. */
function micros(call, times) {
  const end = now() + seconds * 1e9;
  const rounds = [];
  while (now() < end || rounds.length < 5) {
    const start = now();
    for (let i = 0; i < times; i++) call();
    rounds.push((now() - start) / times / MICROS);
  }
  return rounds.sort((a, b) => a - b)[rounds.length >> 1];
}

for (let i = 0; i < 100; i++) open().count("1");
const before = bytes();
const start = now();
const live = Array.from({ length: LIVE }, open);
value("context_open_us", (now() - start) / LIVE / MICROS);
for (const session of live) session.count("1");
value("context_once_kib", (bytes() - before) / LIVE / KIB);
for (let i = 1; i < 10; i++) for (const session of live) session.count("1");
value("context_ten_kib", (bytes() - before) / LIVE / KIB);
if (live.some((session) => session.count("1") !== '{"total":11,"twice":22}')) {
  throw new Error("a context counted wrong");
}
const one = live[0];
value("context_nop_us", micros(() => one.nop(), 10_000));
value("context_count_us", micros(() => one.count("1"), 1_000));
value("context_fib_us", micros(() => one.fib(20), 10));

// ---- isolates -----------------------------------------------------------------------------------

const inside = `
  const { parentPort, workerData } = require("node:worker_threads");
  globalThis.emit = (message) => JSON.stringify(message);
  const session = (0, eval)(workerData);
  parentPort.postMessage(session.count("1"));
  parentPort.on("message", () => {});
`;

const resident = process.memoryUsage.rss();
const workersStart = now();
const workers = [];
for (let i = 0; i < ISOLATES; i++) {
  const worker = new Worker(inside, { eval: true, workerData: source });
  await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  workers.push(worker);
}
value("isolate_open_us", (now() - workersStart) / ISOLATES / MICROS);
value("isolate_once_kib", (process.memoryUsage.rss() - resident) / ISOLATES / KIB);
for (const worker of workers) await worker.terminate();
