import { readFileSync } from "node:fs";

const readmes = ["dayjs", "decimal.js", "json-schema-traverse", "marked", "peggy", "zod"]
  .map((name) => readFileSync(new URL(`../node_modules/${name}/README.md`, import.meta.url), "utf8"));

const texts = [
  "",
  "# A heading\n\nand a *paragraph* of **two**\nlines, with `code`.",
  "Setext\n======\n\nSecond\n------\n",
  "1. one\n2. two\n   - nested\n   - list\n\n     of paragraphs\n3. three\n",
  "7) begins\n8) elsewhere",
  "- [ ] open\n- [x] done\n- plain",
  "| a | b |\n|:--|--:|\n| 1 | 2 |\n| `x|y` | \\| |\n| only one |",
  "> quoted\n> > twice\nlazily\n\n> again",
  "```js\nconst a = '<b>' && 1;\n```\n\n    indented & <code>\n",
  "~~~\nnever closed",
  "[a link](https://example.org 'with a title') ![image](x.png) <https://auto.link> www.example.org",
  '[reference][r] and [r], [not one][nowhere]\n\n[r]: <https://example.org/a b> "T"\n',
  "Hard  \nbreak\\\nand *emphasis_ that* _is*n't",
  "***both*** **un*balanced** a*b*c _a_b_ ~~gone~~ ~one~",
  "<div>\n*html*\n</div>\n\n<!-- a comment -->\n\n<b>inline</b> &amp; &copy; &#42; & <",
  "javascript: [x](javascript:alert(1)) [y](<a\nb>)",
  "Größe, 漢字, 🚢 and a\u00a0space: **漢字**です",
  "* * *\n---\n___\n- - -\n",
  "a\\*b\\_c \\# \\\\ `` ` `` ` `` `",
  "\ttab\n \t mixed\n- \titem\n",
  "*".repeat(200) + "a" + "*".repeat(200),
  "[".repeat(60) + "a" + "]".repeat(60),
  "> ".repeat(30) + "deep",
];

export default [
  [
    ...[...texts, ...readmes].map((text) => ["render", text]),
    ...texts.map((text) => ["inline", text]),
    ...texts.map((text) => ["tokens", text]),
    ...readmes.map((text) => ["headings", text]),
    ["withMentions", "hello @ann,\nand @Bob or @bob and `@code`"],
    ["later", "*sooner*"],
    ["render", 7],
    ["render"],
    ["count"],
  ],
  [["count"], ["withMentions", "@a"], ["count"]],
];
