// Does a little of everything that the language has. The server runs it once, when the engine is
// made, and throws away what it leaves: so the JIT has seen each kind of instruction when it first
// compiles the engine's loop. What it hasn't seen it leaves out, and compiles all of it anew, for
// seconds, when a script does it later.

const kept = [];
const keep = (...values) => kept.push(values.length);

function operators(a, b) {
  let c = a + b - a * b / (b || 1) % 7;
  c += a; c -= b; c *= 2; c /= 3; c %= 5; c **= 2; c <<= 1; c >>= 1; c >>>= 0; c &= 255; c |= 1; c ^= 3;
  keep(a < b, a <= b, a > b, a >= b, a == b, a != b, a === b, a !== b, !a, ~a, -a, +a, a && b, a || b, a ?? b);
  keep(a & b, a | b, a ^ b, a << 2, a >> 2, a >>> 2, a ** 2, typeof a, void a, (a, b), a ? 1 : 2);
  keep(a++, ++a, b--, --b, a + "", "" + b, `${a} and ${b}`, a + null, a + undefined, a + true, a + []);
  let d = null; d ??= 1; d ||= 2; d &&= 3;
  return c;
}

function numbers() {
  for (const a of [0, 1, -1, 255, 256, 70000, -70000, 2 ** 31, 2 ** 53, 0.5, -0.5, NaN, Infinity, -0]) {
    for (const b of [0, 3, -3, 1.5, NaN]) operators(a, b);
    keep(Math.floor(a), Math.round(a), Math.abs(a), Math.max(a, 1), Math.imul(a, 3), String(a), a.toFixed(2));
    keep(parseInt("12"), parseFloat("1.5"), Number("7"), isNaN(a), Number.isInteger(a), a | 0);
  }
  for (const a of [0n, 1n, -5n, 2n ** 70n]) keep(a + 3n, a - 1n, a * a, a / 2n, a % 3n, -a, a < 2n, a == 1, a << 2n, a & 7n, String(a));
}

function strings() {
  let text = "";
  for (let i = 0; i < 20; i++) text += String.fromCharCode(97 + i) + "é😀"[i % 3];
  keep(text.length, text[3], text.charCodeAt(2), text.indexOf("c"), text.slice(1, 4), text.split(""), text.replace(/b/g, "x"));
  keep(text.toUpperCase(), text.trim(), text.padStart(50), text.repeat(2), text.includes("d"), text.startsWith("a"), text < "b", text === "a");
  keep(text.match(/(?<first>[a-c]+)|d/gu), /^(\w+)\s?(?=x)|[^a]$/i.exec("abc x"), [...text.matchAll(/[a-z]/g)].length, text.localeCompare("b"));
  keep(JSON.parse('{"a":[1,2.5,"x",null,true],"b":{"c":{}}}'), JSON.stringify({ a: [1, "x", { b: null }], t: text }), encodeURIComponent("é b"), decodeURIComponent("%C3%A9"));
  keep(text.at(-1), text.codePointAt(1), text.normalize(), `${text}`, String.raw`a\n`, text.concat("a"), text.search(/z/));
}

function objects() {
  const key = "computed";
  const o = { a: 1, "b c": 2, [key]: 3, get d() { return this.a; }, set d(x) { this.a = x; }, m() { return super.toString(); }, ...{ e: 5 }, 7: 8, __proto__: { inherited: 1 } };
  o.a = 2; o["x"] = 3; o[key]++; o.d = 4; o.a += 1; o.n ??= 1; delete o.x; keep(o.d, o.m(), "a" in o, o.inherited, o?.a, o?.zz?.y, o.f?.(), o[7]);
  const { a, e: renamed, none = 9, ...rest } = o;
  const [first, , third = 3, ...others] = [1, 2, undefined, 4, 5];
  keep(a, renamed, none, rest, first, third, others, Object.keys(o), Object.entries(o), Object.assign({}, o), Object.freeze({ ...o }));
  for (const k in o) keep(k);
  const p = new Proxy(o, { get: (t, k, r) => Reflect.get(t, k, r), has: () => true, set: (t, k, v) => Reflect.set(t, k, v) });
  p.q = 1; keep(p.a, "zz" in p, Object.getOwnPropertyNames(o), Object.defineProperty({}, "x", { value: 1 }), structuredClone({ a: [1] }));
  with_arguments(1, 2, 3);
}

function with_arguments(a) {
  arguments[0] = 5;
  keep(arguments.length, a, new.target, this === undefined);
  return (function sloppy(x, y = 2, ...z) { return x + y + z.length; })(1, undefined, 3);
}

function arrays() {
  const a = [3, 1, 2, , 5];
  a[7] = 1; a.push(4); a.pop(); a.shift(); a.unshift(0); a.splice(1, 1, 9, 8); a.length = 4; a[0] += 1; a[1]++;
  keep(a.map((x) => x * 2), a.filter(Boolean), a.reduce((x, y) => x + (y ?? 0), 0), a.slice().sort((x, y) => x - y), a.indexOf(9), a.includes(1), a.join());
  keep([...a, ...new Set([1, 2])], a.find((x) => x > 1), a.some((x) => x), a.every((x) => x), a.flat(), a.concat([1]), Array.from({ length: 3 }, (_, i) => i), a.toSorted());
  keep(Array.isArray(a), a.entries().next(), Object.groupBy([1, 2], (x) => x % 2), a.at(-1), a.findLast((x) => x), a.fill(0));
  for (const T of [Uint8Array, Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]) {
    const t = new T(8); t[0] = 300; t[1] = -1.5; t[2] += 1; t[3]++; t[99] = 1; keep(t[0], t[1], t[99], t.length, t.subarray(1, 3), t.set([1, 2], 3), [...t], t.slice(2));
  }
  const v = new DataView(new ArrayBuffer(16)); v.setInt32(0, 5, true); v.setFloat64(8, 1.5); keep(v.getUint8(0), v.getInt32(0, true), v.getFloat64(8));
  new BigInt64Array(2)[0] = 5n;
  const m = new Map([[1, "a"], ["k", {}]]), s = new Set([1, 2]), w = new WeakMap([[m, 1]]);
  m.set(NaN, 1).delete(1); s.add(3); for (const [k, x] of m) keep(k, x); s.forEach((x) => keep(x)); keep(m.get("k"), m.has(1), m.size, s.has(2), w.get(m), [...s.values()]);
  keep(new TextDecoder().decode(new TextEncoder().encode("é")), new Date(0).toISOString(), new Date(2020, 1, 1).getTime());
}

class Base {
  static count = 0;
  #secret = 1;
  field = 2;
  static { Base.count = 1; }
  constructor(x) { this.x = x; }
  get secret() { return this.#secret; }
  set secret(x) { this.#secret = x; this.#secret += 1; }
  #hidden() { return this.#secret; }
  hidden() { return this.#hidden() + (#secret in this ? 1 : 0); }
  static make(x) { return new this(x); }
  *[Symbol.iterator]() { yield 1; yield* [2, 3]; return 4; }
}

class Derived extends Base {
  constructor(x) { super(x); super.hidden(); }
  hidden() { return super.hidden() + this.field; }
  static make(x) { return super.make(x); }
  get [Symbol.toStringTag]() { return "Derived"; }
}

function classes() {
  const d = Derived.make(3);
  d.secret = 5;
  keep(d.secret, d.hidden(), [...d], String(d), d instanceof Base, Derived.count, new (class {})(), Object.getPrototypeOf(d));
  const generator = (function* () { try { const got = yield 1; keep(got); yield* d; } finally { keep(2); } })();
  generator.next(); generator.next(5); generator.return(7);
}

function control() {
  let n = 0;
  outer: for (let i = 0; i < 4; i++) {
    for (let j = 0; ; j++) { if (j === 3) continue outer; if (i === 3) break outer; n += j; }
  }
  do { n--; } while (n > 5);
  while (true) { if (n++ > 8) break; }
  for (const i of [1, "2", null, undefined, {}, true, 2.5, Symbol.iterator]) {
    switch (i) { case 1: n++; case "2": n += 2; break; case null: { let x = 1; n += x; break; } case true: n = 1; default: n--; }
    switch (typeof i) { case "undefined": case "function": n++; break; case "object": if (i == null) n++; break; default: }
  }
  const closures = [];
  for (let i = 0; i < 3; i++) closures.push(() => i++ + n);
  keep(closures.map((f) => f()), ((f) => (x) => f(f(x)))((x) => x + 1)(1), eval("n + 1"), (0, eval)("1 + 1"), new Function("a", "return a")(1));
  for (const wrong of [() => null.x, () => undefinedName, () => { throw new RangeError("r"); }, () => { const c = 1; c = 2; }, () => [].reduce((a) => a), () => JSON.parse("{"), () => new Array(-1), () => (1)(), () => { let a = b; let b = 1; }, () => Symbol() + "", () => 1n + 1, () => null[Symbol.iterator], () => { for (const x of 5); }, () => new Derived.x(), () => { throw 5; }]) {
    try { wrong(); } catch (e) { keep(e instanceof Error, String(e), e?.stack); } finally { n++; }
  }
  (() => { try { return 1; } finally { keep(n); } })();
  return n;
}

async function promises() {
  await null;
  for await (const x of (async function* () { yield 1; yield Promise.resolve(2); })()) keep(x);
  keep(await Promise.all([1, Promise.resolve(2)]), await Promise.allSettled([Promise.reject(new Error("x"))]), await Promise.race([1]), await Promise.any([2]));
  try { await Promise.reject(new Error("caught")); } catch (e) { keep(e); }
  await new Promise((resolve) => queueMicrotask(resolve)).then((x) => x).finally(() => {});
}

for (let round = 0; round < 5; round++) {
  numbers(); strings(); objects(); arrays(); classes(); control();
  await promises();
  kept.length = 0;
}

export function call(x) { return { x, y: [x, "text"] }; }
