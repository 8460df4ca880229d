// A parser that Peggy made of query.peggy, and what evaluates its trees.

import { parse as parseQuery, SyntaxError as QueryError } from "../target/query-parser.js";

const names = new Map();

const functions = {
  sqrt: Math.sqrt,
  max: Math.max,
  min: Math.min,
  sum: (list) => list.reduce((sum, item) => sum + item, 0),
  length: (value) => value.length,
  upper: (text) => text.toUpperCase(),
  range: (from, to) => Array.from({ length: to - from }, (_, index) => from + index),
};

const operators = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  and: (a, b) => a && b,
  or: (a, b) => a || b,
};

const where = ({ line, column }) => `line ${line}, column ${column}`;

function evaluate(node) {
  if (typeof node === "number") return node;
  if ("text" in node) return node.text;
  if ("list" in node) return node.list.map(evaluate);
  if ("let" in node) return evaluate(node.value);
  if ("test" in node) return evaluate(evaluate(node.test) ? node.then : node.otherwise);
  if ("unary" in node) return node.unary === "-" ? -evaluate(node.of) : !evaluate(node.of);
  if ("operator" in node) return operators[node.operator](evaluate(node.left), evaluate(node.right));
  if ("call" in node) {
    if (!Object.hasOwn(functions, node.call)) {
      throw new ReferenceError(`there is no function ${node.call} (${where(node.at)})`);
    }
    return functions[node.call](...node.given.map(evaluate));
  }
  if (!names.has(node.name)) {
    throw new ReferenceError(`there is no ${node.name} (${where(node.at)})`);
  }
  return names.get(node.name);
}

// The values of all statements; what `let` names is there in the next call, too.
export function run(text) {
  const values = [];
  for (const statement of parseQuery(text)) {
    const value = evaluate(statement);
    if (statement.let !== undefined) names.set(statement.let, value);
    values.push(value);
  }
  return values;
}

export function tree(text) {
  return parseQuery(text);
}

export function explain(text) {
  try {
    parseQuery(text);
    return "fine";
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return error.format([{ source: undefined, text }]);
  }
}

export function known() {
  return Object.fromEntries(names);
}
