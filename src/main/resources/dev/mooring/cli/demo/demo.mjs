/** The page of `mooring demo --web`: a few sessions, each in a card. */

import { Session } from './mooring.mjs';

const SHOWN = 60; // so many latencies, or times between ticks, are in a chart
const MANY = 10_000;

const { server } = await (await fetch('server.json')).json();
document.querySelector('#address').textContent = server;

/** A session in a card: says how long its calls took, and what became of it. */
class Card {
  latencies = [];
  calls = 0;
  session = null;

  constructor(module) {
    this.module = module;
    this.root = document.querySelector(`[data-module=${module}]`);
    this.note = this.root.querySelector('[data-note]');
    this.status = this.root.querySelector('.status');
    this.say('mooring…');
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  async open(options) {
    this.session = await Session.open(server, this.module, {
      ...options,
      onLost: (error) => this.fail(error),
      onResumed: () => this.show(),
    });
    this.show();
    this.session.ended().catch((error) => this.fail(error));
    return this.session;
  }

  /** Makes a call, and notes how long it took. */
  async call(name, args = [], options = {}) {
    const start = performance.now();
    try {
      const result = await this.session.call(name, args, options);
      this.note.classList.remove('bad');
      return result;
    } finally {
      this.took(performance.now() - start, 1);
    }
  }

  took(millis, calls) {
    this.calls += calls;
    this.latencies.push(millis);
    if (this.latencies.length > SHOWN) this.latencies.shift();
    this.show();
  }

  show() {
    const last = this.latencies.at(-1);
    this.status.innerHTML =
      `<span class="id" title="The session's id">${this.session.id.slice(0, 8)}</span>` +
      `<svg viewBox="0 0 240 20" preserveAspectRatio="none" role="img"` +
      ` aria-label="How long the last calls took">` +
      `<polyline points="${points(this.latencies, 240, 20)}"></polyline></svg>` +
      `<span>${this.calls.toLocaleString('en')} calls` +
      (last === undefined ? '' : `, last ${last.toFixed(1)} ms`) +
      `</span>`;
  }

  say(text) {
    this.note.classList.remove('bad');
    this.note.textContent = text;
  }

  fail(error) {
    this.note.classList.add('bad');
    this.note.textContent = error.message;
  }

  /** Does something when a part is clicked; what fails is said. */
  on(name, action) {
    for (const part of this.root.querySelectorAll(`[data-${name}]`)) {
      part.addEventListener('click', () => action(part.dataset[name]).catch((e) => this.fail(e)));
    }
  }
}

/** Values as points of a line in so much room; the largest is at its top. */
function points(values, width, height) {
  const most = Math.max(...values, 1e-9);
  return values
    .map((value, i) => {
      const x = (i * width) / (SHOWN - 1);
      return `${x.toFixed(1)},${(height - (value / most) * (height - 2) - 1).toFixed(1)}`;
    })
    .join(' ');
}

async function counter() {
  const card = new Card('counter');
  const session = await card.open({ keep: { name: 'demo', ttl_ms: 600_000 } });
  const value = card.part('value');
  const show = async (result) => (value.textContent = (await result).value.toLocaleString('en'));
  card.on('add', (amount) => show(card.call('add', [Number(amount)])));
  card.on('many', async () => {
    const start = performance.now();
    const answers = Array.from({ length: MANY }, () => session.call('add', [1]));
    const results = await Promise.all(answers);
    const millis = performance.now() - start;
    card.took(millis / MANY, MANY);
    await show(results.at(-1));
    const rate = Math.round(MANY / (millis / 1000)).toLocaleString('en');
    card.say(`${MANY.toLocaleString('en')} calls in ${millis.toFixed(0)} ms: ${rate} a second`);
  });
  await show(card.call('get'));
  card.say(session.kept.resumed ? 'It was here before, and goes on.' : 'A new one.');
}

async function ticker() {
  const card = new Card('ticker');
  const between = [];
  let last = null;
  const line = card.part('line');
  await card.open({
    onEvent: (payload) => {
      const now = performance.now();
      card.part('value').textContent = JSON.parse(new TextDecoder().decode(payload)).tick;
      if (last !== null) between.push(now - last);
      if (between.length > SHOWN) between.shift();
      last = now;
      line.setAttribute('points', points(between, 240, 40));
    },
  });
  card.on('start', async (millis) => {
    last = null;
    between.length = 0;
    await card.call('start', [Number(millis)]);
  });
  card.on('stop', () => card.call('stop'));
  card.say('The time between ticks.');
  await card.call('start', [1000]);
}

async function wordcount() {
  const card = new Card('wordcount');
  const text = card.root.querySelector('textarea');
  await card.open({});
  const count = async () => {
    const [, , answer] = await Promise.all([
      card.call('reset'),
      card.call('feed', [], { input: text.value }),
      card.call('top', [], { input: '5' }),
    ]);
    const { words, distinct, top } = JSON.parse(answer.text);
    const most = top[0]?.count ?? 1;
    card.part('top').replaceChildren(...top.map(({ word, count }) => bar(word, count, most)));
    card.say(`${words} words, ${distinct} of them different`);
  };
  text.addEventListener('input', () => count().catch((error) => card.fail(error)));
  await count();
}

function bar(word, count, most) {
  const item = document.createElement('li');
  const name = document.createElement('span');
  const length = document.createElement('i');
  const number = document.createElement('span');
  name.textContent = word;
  length.style.width = `${(100 * count) / most}%`;
  number.textContent = count;
  item.append(name, length, number);
  return item;
}

async function hello() {
  const card = new Card('hello');
  const log = card.part('log');
  const write = (text, isBad = false) => {
    const item = document.createElement('li');
    item.textContent = text;
    item.classList.toggle('bad', isBad);
    log.prepend(item);
    while (log.children.length > 20) log.lastChild.remove();
  };
  await card.open({
    config: { greeting: 'ahoy' },
    onEvent: (payload) => write(`event ${new TextDecoder().decode(payload)}`),
  });
  card.part('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const input = card.root.querySelector('input').value;
    try {
      const result = await card.call('add', [], { input });
      write(`add(${input}) = ${result.text}`);
    } catch (error) {
      write(`add(${input}): ${error.message}`, true);
    }
  });
  card.say('Its argument is JSON: try "five".');
}

/** A card that can't be opened says so, and the others go on. */
for (const make of [counter, ticker, wordcount, hello]) {
  make().catch((error) => {
    const note = document.querySelector(`[data-module=${make.name}] [data-note]`);
    note.classList.add('bad');
    note.textContent = error.message;
  });
}
