#!/usr/bin/env node
// Mooring by gRPC: `example.mjs HOST:PORT [--ca FILE] [--token-file FILE]` tells ../scenario.txt.
//
// What it knows of Mooring is what is loaded from the .proto files; ../README.md says how.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const USAGE = 'usage: example.mjs HOST:PORT [--ca FILE] [--token-file FILE]';

const protos = grpc.loadPackageDefinition(
  protoLoader.loadSync(['mooring/v1/service.proto', 'grpc/health/v1/health.proto'], {
    includeDirs: [fileURLToPath(new URL('../../../proto', import.meta.url))],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  }),
);

// One stream. Its instance is its own, and lives and keeps its state as long as the stream.
class Session {
  #stream;
  #answers;
  #status;
  lastId = 0;

  constructor(stub, opening, options) {
    this.#stream = stub.session(options);
    this.#status = new Promise((resolve) => this.#stream.once('status', resolve));
    this.#stream.on('error', () => {}); // The status says it, too.
    // Takes a message when it is asked for one, and gRPC takes few more.
    this.#answers = this.#stream[Symbol.asyncIterator]();
    this.send({ open: opening });
  }

  send(message) {
    this.#stream.write(message);
  }

  // Doesn't wait: calls are answered in the order in which they are sent.
  sendCall(name, numbers = [], text = '') {
    this.lastId++;
    const values = numbers.map((number) => ({ i64: number }));
    this.send({ call: { id: this.lastId, name, arguments: values, input: Buffer.from(text) } });
  }

  async receive() {
    const { value, done } = await this.#answers.next();
    if (done) {
      throw new Error('the stream has ended');
    }
    return value;
  }

  async call(name, numbers = [], text = '') {
    this.sendCall(name, numbers, text);
    return outcome(await this.receive());
  }

  // There is more to send than the stream takes at the moment.
  get isHeldBack() {
    return this.#stream.writableNeedDrain;
  }

  halfClose() {
    this.#stream.end();
  }

  cancel() {
    this.#stream.cancel();
  }

  // Reads on to the end: why the session is over, if the server says so, and the status.
  async end() {
    let words = '';
    try {
      for (;;) {
        const { value, done } = await this.#answers.next();
        if (done) {
          break;
        } else if (value.message === 'closed') {
          words += `${value.closed.reason}, then `;
        } else if (value.message === 'error' && value.error.id === '0') {
          words += `${value.error.code}, then `;
        }
      }
    } catch {
      // Its code is the status.
    }
    return words + grpc.status[(await this.#status).code];
  }
}

class Example {
  #health;
  #stub;
  #token;

  constructor(server, credentials, token) {
    // Of one address and the same credentials: they share a connection.
    this.#health = new protos.grpc.health.v1.Health(server, credentials);
    this.#stub = new protos.mooring.v1.Mooring(server, credentials);
    this.#token = token;
  }

  start(module, opening = {}, options = {}) {
    const open = { protocol_version: 1, module, auth_token: this.#token, ...opening };
    return new Session(this.#stub, open, options);
  }

  // The session, and what the server says of it.
  async open(module, opening, options) {
    const session = this.start(module, opening, options);
    const answer = await session.receive();
    if (answer.message !== 'opened') {
      throw new Error(`the session isn't opened: ${outcome(answer)}`);
    }
    return [session, answer.opened];
  }

  async run() {
    console.log('health');
    await this.tellHealth();
    console.log('a session');
    const [session, opened] = await this.open('counter');
    console.log(`  opened: ${opened.exports.map((each) => each.name).join(', ')}`);
    console.log(`  add(5): ${await session.call('add', [5])}`);
    console.log(`  add(37): ${await session.call('add', [37])}`);
    console.log(`  100 times add(1), sent at once: ${await add100Times(session)}`);
    console.log('another on the same connection');
    const [another] = await this.open('counter');
    console.log(`  add(1): ${await another.call('add', [1])}`);
    console.log(`  get() of the first: ${await session.call('get')}`);
    console.log('calls that fail');
    await this.tellFailures();
    console.log('events');
    await this.tellEvents();
    console.log('endings');
    session.halfClose();
    console.log(`  the requests end: ${await session.end()}`);
    another.send({ close: {} });
    console.log(`  close: ${await another.end()}`);
    await this.tellEndings();
    console.log('a kept session');
    await this.tellKept();
    console.log("a stream that isn't read");
    await this.tellUnread();
  }

  close() {
    this.#health.close();
    this.#stub.close();
  }

  async tellHealth() {
    for (const service of ['', 'mooring.v1.Mooring', 'nobody']) {
      console.log(`  ${service || 'the server'}: ${await this.check(service)}`);
    }
  }

  check(service) {
    return new Promise((resolve) => {
      this.#health.check({ service }, (error, answer) =>
        resolve(error ? grpc.status[error.code] : answer.status),
      );
    });
  }

  // A call that fails has done nothing, and the session goes on.
  async tellFailures() {
    const [session] = await this.open('kv');
    console.log(`  get(anchor): ${await session.call('get', [], 'anchor')}`);
    console.log(`  put(anchor=let go): ${await session.call('put', [], 'anchor=let go')}`);
    console.log(`  get(anchor): ${await session.call('get', [], 'anchor')}`);
    console.log(`  add(1): ${await session.call('add', [1])}`);
    session.cancel();
  }

  // Nothing is called: the guest speaks when its timer is up.
  async tellEvents() {
    const [session] = await this.open('ticker', { config: { interval_ms: '10' } });
    for (let i = 0; i < 3; i++) {
      const { event } = await session.receive();
      console.log(`  tick ${/\d+/.exec(event.payload)}`);
    }
    session.cancel();
  }

  async tellEndings() {
    console.log(`  a module that isn't there: ${await this.start('nobody').end()}`);
    const red = this.start('kv', { config: { colour: 'red' } });
    console.log(`  a setting that isn't there: ${await red.end()}`);
    const [twice] = await this.open('counter');
    twice.send({ open: { protocol_version: 1, module: 'counter' } });
    console.log(`  opened twice: ${await twice.end()}`);
    const [brief] = await this.open('counter', {}, { deadline: Date.now() + 2000 });
    console.log(`  a deadline: ${await brief.end()}`);
    const [cancelled] = await this.open('counter');
    cancelled.cancel();
    console.log(`  cancelled: ${await cancelled.end()}`);
  }

  // It outlives its stream, and whoever has its token goes on with it.
  async tellKept() {
    const [session, opened] = await this.open('counter', { keep: { ttl_ms: 60_000 } });
    session.sendCall('add', [5]);
    const answer = await session.receive();
    console.log(`  add(5): ${outcome(answer)}`);
    session.cancel();
    console.log(`  its stream is lost: ${await session.end()}`);
    const resume = { token: opened.kept.token, received: answer.result.sequence };
    const [again, resumed] = await this.open('', { resume });
    again.lastId = Number(resumed.kept.committed_id);
    console.log(`  get() by another stream: ${await again.call('get')}`);
    again.send({ close: {} });
    await again.end();
  }

  // Its calls wait, and none of another stream's does.
  async tellUnread() {
    const [unread] = await this.open('echo');
    for (let i = 0; i < 500; i++) {
      unread.sendCall('echo', [], 'x'.repeat(20_000));
    }
    const [beside] = await this.open('counter');
    const neighbour = await add100Times(beside);
    console.log(`  500 times echo: ${unread.isHeldBack ? 'held back' : 'all are sent'}`);
    console.log(`  100 times add(1) beside it: ${neighbour}`);
    let answers = 0;
    for (let i = 0; i < 500; i++) {
      const { result } = await unread.receive();
      answers += result.output.length === 20_000 ? 1 : 0;
    }
    console.log(`  read at last: ${answers} answers`);
    unread.cancel();
    beside.cancel();
  }
}

async function add100Times(session) {
  for (let i = 0; i < 100; i++) {
    session.sendCall('add', [1]);
  }
  const sums = [];
  for (let i = 0; i < 100; i++) {
    sums.push(Number((await session.receive()).result.values[0].i64));
  }
  const inOrder = sums.every((sum, i) => sum === sums[0] + i);
  return `${sums[0]} to ${sums[99]}, ${inOrder ? 'in order' : 'and not in order'}`;
}

// What a call returned, put out, or failed with.
function outcome({ error, result }) {
  if (error) {
    return `${error.code}: ${error.message}`;
  }
  return result.values.length > 0 ? result.values[0].i64 : result.output.toString() || 'done';
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { ca: { type: 'string' }, 'token-file': { type: 'string' } },
    allowPositionals: true,
  });
  if (positionals.length !== 1) {
    throw new Error(USAGE);
  }
  const credentials = values.ca
    ? grpc.credentials.createSsl(readFileSync(values.ca))
    : grpc.credentials.createInsecure();
  const token = values['token-file'] ? readFileSync(values['token-file'], 'utf8').trim() : '';
  const example = new Example(positionals[0], credentials, token);
  await example.run();
  example.close();
}

main().catch((error) => {
  console.error(`example: ${error.message}`);
  process.exit(1);
});
