const ship = {
  $id: "https://example.org/ship",
  type: "object",
  properties: {
    name: { type: "string", minLength: 2, maxLength: 12, pattern: "^\\p{Lu}" },
    home: { type: "string", format: "harbour" },
    length: { type: "number", exclusiveMinimum: 0, multipleOf: 0.5 },
    crew: { type: "integer", minimum: 1, even: true },
    flags: { type: "array", items: { enum: ["FR", "DE", "NO"] }, uniqueItems: true, maxItems: 3 },
    engine: {
      oneOf: [
        { type: "object", properties: { kind: { const: "sail" } }, required: ["kind"], additionalProperties: false },
        { type: "object", properties: { kind: { const: "diesel" }, power: { type: "number" } }, required: ["kind", "power"] },
      ],
    },
    tender: { $ref: "#" },
  },
  required: ["name", "length"],
  additionalProperties: false,
  dependentRequired: { crew: ["home"] },
};

const good = { name: "Élan", length: 12.5, home: "Brest", crew: 4, flags: ["FR"], engine: { kind: "sail" } };

const values = [
  good,
  { ...good, tender: good },
  { ...good, tender: { name: "x" } },
  {},
  [],
  null,
  "ship",
  { name: "E", length: 0 },
  { name: "Elan of the seven seas", length: 1.25 },
  { name: "elan", length: "12" },
  { ...good, crew: 3 },
  { ...good, crew: 1.5 },
  { name: "Élan", length: 1, crew: 2 },
  { ...good, home: "brest" },
  { ...good, flags: ["FR", "FR", "UK", "DE"] },
  { ...good, engine: { kind: "sail", power: 1 } },
  { ...good, engine: { kind: "diesel", power: 1, more: true } },
  { ...good, engine: {} },
  { ...good, extra: 1, another: 2 },
  { name: "🚢🚢", length: 1 },
  { name: "Æ🚢".repeat(6), length: 1e21 },
];

const once = [
  [{ type: "string", format: "harbour" }, "x"],
  [{ type: "frog" }, 1],
  [{ $ref: "#/nowhere" }, 1],
  [{ type: "number", unknownKeyword: true }, 1],
  [{ type: "number", unknownKeyword: true }, 1, { strict: false }],
  [{ type: ["number", "null"] }, 1, { allowUnionTypes: true }],
  [{ type: "number" }, "12", { coerceTypes: true }],
  [{ type: "object", properties: { n: { type: "integer", default: 7 }, b: { type: "boolean" } } }, { b: "true" }, { useDefaults: true, coerceTypes: true }],
  [{ type: "object", properties: { a: {} }, additionalProperties: false }, { a: 1, b: 2 }, { removeAdditional: true }],
  [{ not: { type: "string" } }, "x"],
  [{ if: { type: "number" }, then: { minimum: 10 }, else: { type: "string" } }, 5],
  [{ if: { type: "number" }, then: { minimum: 10 }, else: { type: "string" } }, true],
  [{ anyOf: [{ type: "string" }, { type: "number", maximum: 3 }] }, 4],
  [{ type: "array", prefixItems: [{ type: "string" }], contains: { type: "number" }, minContains: 2 }, ["a", 1], { strict: false }],
  [{ type: "array", items: [{ type: "string" }, { type: "number" }], minItems: 2, additionalItems: false }, ["a", 1, 2]],
  [{ type: "object", patternProperties: { "^x-": { type: "string" } }, propertyNames: { maxLength: 4 } }, { "x-a": 1, "x-long": "" }, { allErrors: true }],
  [{ type: "object", minProperties: 1, maxProperties: 2 }, {}],
  [{ enum: [1, "a", null, { a: [1] }] }, { a: [1] }],
  [{ enum: [1, "a", null, { a: [1] }] }, { a: [2] }, { verbose: true }],
  [{ definitions: { t: { type: "object", properties: { l: { $ref: "#/definitions/t" } }, required: ["v"] } }, $ref: "#/definitions/t" }, { v: 1, l: { v: 2, l: {} } }],
  [false, 1],
  [true, 1],
];

export default [
  [
    ["validate", { name: "ship", value: good }],
    ["define", { name: "ship", schema: ship }],
    ...values.map((value) => ["validate", { name: "ship", value }]),
    ...values.map((value) => ["text", { name: "ship", value }]),
    ...once.map(([schema, value, options]) => ["once", { schema, value, options }]),
    ["define", { name: "ship", schema: { ...ship, $id: "https://example.org/other" } }],
    ["define", { name: "fleet", schema: { type: "array", items: { $ref: "https://example.org/ship" } } }],
    ["validate", { name: "fleet", value: [good, {}, { ...good, crew: 5 }] }],
    ["text", { name: "fleet", value: [good] }],
  ],
  [["validate", { name: "fleet", value: [] }]],
];
