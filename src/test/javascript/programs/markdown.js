// marked: a Markdown renderer, with an extension of ours.

import { Marked } from "marked";

const mention = {
  name: "mention",
  level: "inline",
  start: (text) => text.indexOf("@"),
  tokenizer(text) {
    const match = /^@([a-z]+)/.exec(text);
    return match ? { type: "mention", raw: match[0], user: match[1] } : undefined;
  },
  renderer: (token) => `<a href="/users/${token.user}">${token.raw}</a>`,
};

const plain = new Marked();
const extended = new Marked({ extensions: [mention], breaks: true });
let rendered = 0;

export function render(text) {
  const html = plain.parse(text);
  rendered++;
  return html;
}

export function inline(text) {
  return plain.parseInline(text);
}

export function withMentions(text) {
  const html = extended.parse(text);
  rendered++;
  return html;
}

export function tokens(text) {
  return plain.lexer(text);
}

export function headings(text) {
  const found = [];
  plain.walkTokens(plain.lexer(text), (token) => {
    if (token.type === "heading") found.push({ depth: token.depth, text: token.text });
  });
  return found;
}

export async function later(text) {
  return await new Marked({ async: true }).parse(text);
}

export function count() {
  return rendered;
}
