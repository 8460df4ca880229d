// What the verb `javascript` measures, here and in Node: a session that counts, makes JSON and
// sends an event; one that does nothing; and one that computes.

let n = 0;

export function nop() {}

export function count(by) {
  n += by;
  emit({ total: n, at: "the benchmark" });
  return { total: n, twice: 2 * n };
}

function numbers(k) {
  return k < 2 ? k : numbers(k - 1) + numbers(k - 2);
}

export function fib(k) {
  return numbers(k);
}
