// Makes bundles of the programs as somebody would for a server, and says what Node answers.
//
//   node answers.mjs FOLDER
//
// For each program of programs/ the folder gets NAME.js, a bundle in one file; and NAME.answers,
// what the program itself, with its libraries as they are, answers to the calls of cases/NAME.js.
// A line is a call: the session's number, the function, the input, whether it answered or failed,
// and the answer or the message; in base64, with blanks between.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import peggy from "peggy";

const MAX_MESSAGE_BYTES = 512;

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2]);
const programs = readdirSync(join(here, "programs")).filter((file) => /\.[jt]s$/.test(file));

mkdirSync(join(here, "target"), { recursive: true });
writeFileSync(
  join(here, "target", "query-parser.js"),
  peggy.generate(readFileSync(join(here, "programs", "query.peggy"), "utf8"), {
    output: "source",
    format: "es",
  }),
);

// Bundling takes types away; this looks at them.
execFileSync(join(here, "node_modules/.bin/tsc"), ["-p", here], { stdio: "inherit" });

await build({
  entryPoints: programs.map((file) => join(here, "programs", file)),
  outdir: folder,
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["browser", "module", "main"],
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"development"' }, // What Node takes it for if nobody says.
  logLevel: "warning",
});

// What a client gets of a value, and of an error; see src/guests/engine/engine.c.
function answer(value) {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function message(error) {
  if (!(error instanceof Error)) return String(error);
  const name = error.name !== "Error" || !error.message ? error.name : "";
  const bytes = Buffer.from([name, error.message].filter(Boolean).join(": "));
  let length = Math.min(bytes.length, MAX_MESSAGE_BYTES);
  while (length < bytes.length && (bytes[length] & 0xc0) === 0x80) length--;
  return bytes.subarray(0, length);
}

async function call(program, [name, input]) {
  const isText = program[name].input === "text";
  const given = isText ? input : input === undefined ? "" : JSON.stringify(input);
  try {
    const value = isText ? [given] : given === "" ? [] : [JSON.parse(given)];
    const result = await program[name](...value);
    return [name, given, "answered", answer(result)];
  } catch (error) {
    return [name, given, "failed", message(error)];
  }
}

globalThis.emit = () => {}; // A server's.
console.log = console.info = console.warn = console.error = () => {}; // What programs log is nobody's answer.

for (const file of programs) {
  const name = basename(file).replace(/\.[jt]s$/, "");
  const { default: sessions } = await import(`./cases/${name}.js`);
  // TypeScript isn't Node's; for such a program it has the bundle.
  const source = file.endsWith(".ts") ? join(folder, `${name}.js`) : join(here, "programs", file);
  const lines = [];
  for (const [number, calls] of sessions.entries()) {
    const program = await import(`${source}?session=${number}`);
    for (const each of calls) {
      const fields = [String(number), ...(await call(program, each))];
      lines.push(fields.map((field) => Buffer.from(field).toString("base64")).join(" "));
    }
  }
  writeFileSync(join(folder, `${name}.answers`), lines.map((line) => line + "\n").join(""));
}
