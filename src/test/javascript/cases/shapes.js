const brest = { name: "Brest", berths: 12 };
const oslo = { name: "Oslo", berths: 80, kind: "sea", lighthouse: true };
const voyage = {
  id: "6e8bc430-9c3a-4d9b-b5a9-1d2b3c4d5e6f",
  from: brest,
  to: oslo,
  master: "ann@example.org",
  departs: "2026-11-30T12:00:00Z",
  cargo: [
    { type: "bulk", tonnes: "12.5" },
    { type: "boxes", count: 3, reefer: false },
  ],
};

const values = {
  port: [brest, oslo, {}, null, 7, { name: "B", berths: 0.5, kind: "moon" }, { name: "  x  ", berths: 501, extra: 1 }, { name: "Brest", berths: "12" }],
  voyage: [
    voyage,
    { ...voyage, notes: { a: 1, b: "x", c: null } },
    { ...voyage, notes: { a: true } },
    { ...voyage, to: brest },
    { ...voyage, id: "6e8bc430" },
    { ...voyage, master: "ann@", departs: "yesterday", extra: 1, other: 2 },
    { ...voyage, cargo: [] },
    { ...voyage, cargo: [{ type: "fish" }, { type: "bulk", tonnes: -1 }, { type: "boxes", count: 1.5 }] },
    { ...voyage, cargo: [{ type: "bulk", tonnes: "many" }] },
    { from: {}, to: [] },
    [],
  ],
  tree: [
    { label: "a", children: [] },
    { label: "a", children: [{ label: "b", children: [{ label: "c", children: [] }] }] },
    { label: "a", children: [{ label: "b", children: [{ label: 1 }] }] },
  ],
  temperature: ["20C", "68F", "-400F", "-273.16C", "hot", "1.C", 20],
  partial: [{}, { name: "Brest" }, { name: 1 }],
  picked: [brest, { berths: 1 }],
  tuple: [["a", 1], ["a", 1, true, false], ["a"], ["a", 1, "x"], "a", []],
  bounded: [[1], [], [1, 2, 3, 4], [1, "2"], [null]],
  url: ["https://example.org", "nonsense", ""],
  ip: ["127.0.0.1", "256.1.1.1", "::1"],
  base64: ["aGk=", "aGk", "!"],
  caught: [1, "x", null],
  both: [{ a: "x", b: 1 }, { a: "x" }, { a: 1, b: "x" }],
};

// `URL` isn't there for guests; that schema is left to them.
const usable = Object.entries(values).filter(([shape]) => shape !== "url");
const cases = usable.flatMap(([shape, list]) => list.map((value) => ({ shape, value })));

export default [
  [
    ...cases.map((one) => ["check", one]),
    ...cases.map((one) => ["tree", one]),
    ...cases.map((one) => ["pretty", one]),
    ...cases.map((one) => ["parse", one]),
    ...["port", "voyage", "tree", "partial", "picked", "tuple", "bounded", "base64"].map((shape) => ["schema", shape]),
    ["schema", "temperature"],
    ["counts"],
  ],
  [["counts"], ["check", { shape: "port", value: brest }], ["counts"]],
];
