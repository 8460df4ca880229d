/// <reference path="./mooring.d.ts" />
// A counter that greets. Each session has its own: what is kept in variables is the session's state.
// The top level runs once, when the server loads the script, and not in each session.

let total = 0;

/** Adds to the total, and tells the client so in an event. `mooring call 'hello.add("5")'` */
export function add(amount = 1) {
  if (!Number.isFinite(amount)) throw new TypeError(`${amount} is no number`); // Nothing has happened then.
  total += amount;
  emit({ total });
  return total;
}

/** Takes bytes instead of JSON. */
export function count(bytes) {
  return bytes.length;
}
count.input = "bytes";

/** Runs when a client opens a session. */
export function open() {
  const greeting = config.greeting ?? "hello"; // `--config greeting=ahoy`
  setTimeout(() => emit(greeting), 1000);
}
