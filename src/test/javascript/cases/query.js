const right = [
  "",
  "1 + 2 * 3 - 4 / 5 % 6",
  "2 ^ 3 ^ 2; -2 ^ 2; (1 + 2) * -3",
  "1.5e3 + 0.1 + 0.2; 1e300 * 1e10; 0 / 0; -1 / 0; -0",
  '"a" + "b\\n\\"\\u00e9\\\\" + "漢字🚢"',
  "let größe = 3; größe * größe",
  "let 名 = [1, 2, 3]; sum(名); length(名); max(1, 2, größe)",
  "größe > 2 and not (größe > 5) or 7; 1 < 2 == 2 > 1; 1 != 1",
  "1 > 2 ? \"yes\" : 0 == 0 ? [\"no\", []] : 3",
  "# a comment\nlet x = 1 # another\n; x\n",
  "letter == 1 ? 1 : 2",
  "let letter = 1; letter",
  "let notable = 2; notable; not notable",
  "upper(\"straße\"); sqrt(2); min(); range(0, 20)",
  "((((((((((1))))))))))",
  "[[1, [2, \"x\"]], [], [[]]]",
];

const wrong = [
  "1 +",
  "let = 3",
  "let x 3",
  "(1",
  "\"never closed",
  "\"bad \\u12 escape\"",
  "1 2",
  "a b",
  "[1, ,2]",
  "f(",
  "1\n\n  + * 2",
  "let and = 1",
  "§",
  "x ? 1",
  "漢 漢",
];

const failing = ["missing", "notAble", "1; 2;\n   missing", "nothing(1)", "constructor(1)"];

export default [
  [
    ...right.map((text) => ["run", text]),
    ["known"],
    ...[...right, ...wrong, ...failing].map((text) => ["tree", text]),
    ...[...right, ...wrong].map((text) => ["explain", text]),
    ...[...wrong, ...failing].map((text) => ["run", text]),
    ["run", Array.from({ length: 300 }, (_, i) => `let v${i} = ${i === 0 ? 1 : `v${i - 1} * 1.01 + ${i}`}`).join(";\n")],
    ["run", "v299"],
    ["known"],
  ],
  [["known"], ["run", "größe"], ["run", "let größe = 0"], ["known"]],
];
