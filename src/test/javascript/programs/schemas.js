// Ajv: a JSON Schema validator, which makes a function of each schema.

import Ajv from "ajv/dist/2019.js";

const ajv = new Ajv({ allErrors: true, logger: false });
ajv.addFormat("harbour", /^[A-Z][a-z]+$/);
ajv.addKeyword({
  keyword: "even",
  type: "number",
  schemaType: "boolean",
  validate: (even, value) => (value % 2 === 0) === even,
});

export function define({ name, schema }) {
  ajv.compile(schema);
  ajv.addSchema(schema, name);
}

export function validate({ name, value }) {
  const check = ajv.getSchema(name);
  if (check === undefined) throw new Error(`there is no schema ${name}`);
  return check(value) ? { valid: true, value } : { valid: false, errors: check.errors };
}

// Its own schema of schemas becomes a function here, once for all sessions.
ajv.compile({});
const others = new Map([["{}", new Ajv({ logger: false })]]);
others.get("{}").compile({});

function withOptions(options) {
  const key = JSON.stringify(options);
  if (!others.has(key)) others.set(key, new Ajv({ ...options, logger: false }));
  return others.get(key);
}

export function once({ schema, value, options = {} }) {
  const check = withOptions(options).compile(schema);
  const valid = check(value);
  return { valid, value, errors: check.errors };
}

export function text({ name, value }) {
  ajv.validate(name, value);
  return ajv.errorsText(undefined, { dataVar: "input" });
}
