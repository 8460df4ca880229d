// decimal.js: numbers of any precision.

import Decimal from "decimal.js";

const Precise = Decimal.clone({ precision: 60, toExpNeg: -30, toExpPos: 80 });
let total = new Precise(0);

export function calculate({ method, numbers, precision = 40, rounding = 4 }) {
  const Number = Decimal.clone({ precision, rounding });
  const [first, ...rest] = numbers;
  return new Number(first)[method](...rest).toString();
}

export function constant({ name, digits }) {
  const Number = Decimal.clone({ precision: digits });
  return (name === "pi" ? Number.acos(-1) : Number.exp(1)).toFixed();
}

export function shown({ number, method, digits }) {
  return new Precise(number)[method](digits);
}

export function fraction({ number, most }) {
  return new Precise(number).toFraction(most).map(String);
}

// What this session has added up.
export function add(number) {
  total = total.plus(number);
  return total;
}
