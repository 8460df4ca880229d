// Runs QuickJS's own tests in a session. They are scripts and no modules, so each file is evaluated
// as one; their calls at the end have become entries of `tests`, so that each is a call.

// What the tests use of the library that comes with the engine's own program.
globalThis.std = {
  // Garbage is collected when enough has been taken, which is seen by some.
  gc() {
    const seen = garbage();
    const held = [];
    while (seen.deref() !== undefined) held.push(new Uint8Array(65_536));
  },
};
function garbage() {
  const circle = {};
  circle.itself = circle;
  return new WeakRef(circle);
}
globalThis.os = { setTimeout };
globalThis.tests = new Map();

export function load(source) {
  tests.clear();
  (0, eval)(source);
  return [...tests.keys()].join("\n");
}
load.input = "text";

export function run(name) {
  tests.get(name)();
}
run.input = "text";
