const pairs = [
  ["0.1", "0.2"],
  ["1", "3"],
  ["-7.5", "2"],
  ["1e400", "-1e-400"],
  ["123456789012345678901234567890", "987654321.123456789"],
  ["0", "5"],
  ["5", "0"],
  ["Infinity", "1"],
  ["-0", "0"],
  ["0xff.8", "0b101"],
];
const binary = ["plus", "minus", "times", "div", "mod", "pow", "comparedTo", "divToInt"];
const unary = ["sqrt", "cbrt", "ln", "exp", "sin", "atan", "floor", "round", "negated", "log"];

export default [
  [
    ...pairs.flatMap((numbers) =>
      binary
        .filter((method) => method !== "pow" || Math.abs(Number(numbers[1])) < 10)
        .map((method) => ["calculate", { method, numbers }]),
    ),
    ...["2", "0.5", "-1", "10", "1234.5678", "0", "1e-20"].flatMap((number) =>
      unary.map((method) => ["calculate", { method, numbers: [number], precision: 30 }]),
    ),
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((rounding) =>
      ["2.5", "-2.5", "1.25"].map((number) => ["calculate", { method: "times", numbers: [number, "1.1"], precision: 2, rounding }]),
    ),
    ...["pi", "e"].flatMap((name) => [10, 50, 200].map((digits) => ["constant", { name, digits }])),
    ...["toFixed", "toExponential", "toPrecision", "toSignificantDigits", "toDecimalPlaces", "toHexadecimal", "toBinary"].flatMap((method) =>
      ["0.000123456", "-98765.4321", "5e-7"].map((number) => ["shown", { number, method, digits: 3 }]),
    ),
    ["shown", { number: "1", method: "toFixed", digits: -1 }],
    ["fraction", { number: "3.14159265358979", most: 1000 }],
    ["fraction", { number: "0.333333333333333333333", most: 10 }],
    ["calculate", { method: "plus", numbers: ["x", "1"] }],
    ["calculate", { method: "plus", numbers: [{}, 1] }],
    ["calculate", { method: "plus", numbers: ["1", "1"], precision: 0 }],
    ...["0.1", "0.2", "1e30", "-0.3", 7, "1e-30"].map((number) => ["add", number]),
    ["add", "seven"],
    ["add", 0],
  ],
  [["add", "1"]],
];
