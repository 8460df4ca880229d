// The peer `node-v8`: Node's net and V8, an instance for each connection, of a module that is compiled once.
//
//   node server.mjs PROCESSES FOLDER     prints `listening on PORT` when all listen, and runs until it is killed
//
// With one process it serves itself; with more it starts as many that serve, and only hands them connections, in turn
// (cluster's default). It speaks proto/PROTOCOL.md, as far as it is measured: no limits, timers, events, configuration
// or arguments, and what a call that fails has done to its instance stays done.

import cluster from "node:cluster";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";

const MAX_FRAME_BYTES = 4 << 20;
const SMALL_BYTES = 256; // up to here a loop copies faster than a call into V8's runtime
const VALUE_TYPES = new Map([[0x7f, 1], [0x7e, 2], [0x7d, 3], [0x7c, 4]]); // wasm's numbers, and the protocol's
const [I32, I64, F32, F64] = [1, 2, 3, 4];
const EXPORT_FUNCTION = 0;
const CODES = {
  MALFORMED_FRAME: 101, FRAME_TOO_LARGE: 102, MALFORMED_MESSAGE: 103, NOT_OPEN: 104, ALREADY_OPEN: 105,
  MODULE_NOT_FOUND: 201, FUNCTION_NOT_FOUND: 300, INVALID_ARGUMENTS: 301, GUEST_TRAP: 302, GUEST_FAILED: 303,
};

class GuestFailed extends Error {}

/** Bytes that are written one after the other, and taken as a whole: one for each purpose and process. */
class Writer {
  bytes = Buffer.allocUnsafeSlow(64 << 10);
  length = 0;

  room(count) {
    if (this.length + count > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + count));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
  }

  varint(value) {
    while (value > 0x7f) {
      this.bytes[this.length++] = (value & 0x7f) | 0x80;
      value = value > 0x7fffffff ? Math.floor(value / 128) : value >>> 7;
    }
    this.bytes[this.length++] = value;
  }

  /** Values beyond what a number holds exactly. */
  bigVarint(value) {
    while (value > 0x7fn) {
      this.bytes[this.length++] = Number(value & 0x7fn) | 0x80;
      value >>= 7n;
    }
    this.bytes[this.length++] = Number(value);
  }

  copy(from, start, end) {
    const to = this.bytes;
    if (end - start <= SMALL_BYTES) {
      let at = this.length;
      for (let i = start; i < end; i++) to[at++] = from[i];
    } else {
      to.set(from.subarray(start, end), this.length);
    }
    this.length += end - start;
  }

  /** A field of bytes or text, or a message within a message. */
  field(number, content) {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    this.room(bytes.length + 10);
    this.varint((number << 3) | 2);
    this.varint(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  take() {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }
}

const out = new Writer(); // frames of the connection whose data is being read
const output = new Writer(); // what the running call has written
const values = new Writer(); // what it has returned

function varintSize(value) {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}

function message(build) {
  const writer = new Writer();
  build(writer);
  return writer.take();
}

/** A whole frame of a ServerMessage; for all but results. */
function writeMessage(member, body) {
  const frame = message((writer) => writer.field(member, body));
  out.room(frame.length + 5);
  out.varint(frame.length);
  out.copy(frame, 0, frame.length);
}

function writeError(id, code, text) {
  writeMessage(3, message((writer) => {
    if (id > 0) {
      writer.varint(0x08);
      writer.varint(id);
    }
    writer.varint(0x10);
    writer.varint(code);
    writer.field(3, text);
  }));
}

function writeResult(id) {
  const length = output.length;
  let bytes = 1 + varintSize(id) + values.length;
  if (length > 0) bytes += 1 + varintSize(length) + length;
  const body = 1 + varintSize(bytes) + bytes;
  out.room(5 + body);
  out.varint(body);
  out.varint(0x12);
  out.varint(bytes);
  out.varint(0x08);
  out.varint(id);
  if (values.length > 0) out.copy(values.bytes, 0, values.length);
  if (length > 0) {
    out.varint(0x1a);
    out.varint(length);
    out.copy(output.bytes, 0, length);
  }
}

function writeValue(type, value) {
  values.room(13);
  values.varint(0x12);
  const size = values.length++;
  switch (type) {
    case I32:
      values.varint(0x08);
      values.varint(((value << 1) ^ (value >> 31)) >>> 0);
      break;
    case I64:
      values.varint(0x10);
      values.bigVarint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
      break;
    case F32:
      values.varint(0x1d);
      values.length = values.bytes.writeFloatLE(value, values.length);
      break;
    default:
      values.varint(0x21);
      values.length = values.bytes.writeDoubleLE(value, values.length);
  }
  values.bytes[size] = values.length - size - 1;
}

/** Reads varints, in frames and in modules. */
class Reader {
  constructor(bytes, at, end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  varint() {
    let value = 0;
    for (let scale = 1; this.at < this.end; scale *= 128) {
      const next = this.bytes[this.at++];
      value += (next & 0x7f) * scale;
      if (next < 0x80) return value;
    }
    throw new Error("a varint that doesn't end");
  }

  /** Moves past a field whose tag has been read. */
  skip(tag) {
    switch (tag & 7) {
      case 0: this.varint(); break;
      case 1: this.at += 8; break;
      case 2: this.at += this.varint(); break;
      case 5: this.at += 4; break;
      default: throw new Error(`a field of wire type ${tag & 7}`);
    }
  }

  text(length) {
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
}

/** The exported functions with their types, which V8 doesn't tell. */
function exportsOf(bytes) {
  const types = [];
  const functions = [];
  const exports = [];
  const typeList = (reader) => Array.from({ length: reader.varint() }, () => VALUE_TYPES.get(bytes[reader.at++]));
  const limits = (reader) => {
    const bounded = reader.varint() & 1;
    reader.varint();
    if (bounded) reader.varint();
  };
  const sections = {
    1: (reader) => {
      reader.varint(); // 0x60: a function
      types.push({ parameters: typeList(reader), results: typeList(reader) });
    },
    2: (reader) => {
      reader.text(reader.varint());
      reader.text(reader.varint());
      switch (reader.varint()) {
        case EXPORT_FUNCTION: functions.push(types[reader.varint()]); break;
        case 1: reader.varint(); limits(reader); break;
        case 2: limits(reader); break;
        default: reader.at += 2;
      }
    },
    3: (reader) => functions.push(types[reader.varint()]),
    7: (reader) => {
      const name = reader.text(reader.varint());
      const kind = reader.varint();
      const index = reader.varint();
      if (kind === EXPORT_FUNCTION && name !== "_initialize" && !name.startsWith("mooring_")) {
        exports.push({ name, ...functions[index] });
      }
    },
  };
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const header = new Reader(bytes, at + 1, bytes.length);
    const length = header.varint();
    const end = header.at + length;
    const reader = new Reader(bytes, header.at, end);
    if (sections[id]) for (let count = reader.varint(); count > 0; count--) sections[id](reader);
    at = end;
  }
  return exports;
}

function load(file) {
  const bytes = readFileSync(file);
  const exports = exportsOf(bytes);
  const opened = message((writer) => {
    writer.field(1, "0000000000000000");
    writer.field(2, `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    for (const { name, parameters, results } of exports) {
      writer.field(3, message((e) => {
        e.field(1, name);
        if (parameters.length > 0) e.field(2, Buffer.from(parameters));
        if (results.length > 0) e.field(3, Buffer.from(results));
      }));
    }
    writer.field(5, "a peer of mooring");
  });
  const module = new WebAssembly.Module(bytes);
  return { module, imports: WebAssembly.Module.imports(module), exports, opened };
}

/** A connection with its instance. */
class Session {
  kept = null; // the beginning of a frame
  opened = null; // the module
  functions = [];
  memory = null;
  view = null; // of the memory
  // Of the running call: where its input is.
  bytes = null;
  inputStart = 0;
  inputEnd = 0;

  constructor(socket, modules) {
    this.socket = socket;
    this.modules = modules;
    socket.on("data", (bytes) => this.read(bytes));
    socket.on("drain", () => socket.resume());
    socket.on("error", () => socket.destroy());
  }

  read(bytes) {
    const all = this.kept === null ? bytes : Buffer.concat([this.kept, bytes]);
    this.kept = null;
    let at = 0;
    let over = false;
    try {
      while (at < all.length && !over) {
        // The frame's length.
        let length = 0;
        let start = at;
        let next = 0x80;
        while (next >= 0x80 && start < all.length && start - at < 5) {
          next = all[start];
          length += (next & 0x7f) * 2 ** (7 * (start - at));
          start++;
        }
        if (next >= 0x80) {
          if (start - at === 5) over = this.fail(CODES.MALFORMED_FRAME, "a length of more than 5 bytes");
          break;
        }
        if (length > MAX_FRAME_BYTES) {
          over = this.fail(CODES.FRAME_TOO_LARGE, `a frame of ${length} bytes`);
          break;
        }
        if (start + length > all.length) break;
        over = this.answer(all, start, start + length);
        at = start + length;
      }
    } catch (problem) {
      over = this.fail(CODES.MALFORMED_MESSAGE, problem.message);
    }
    // Node allocates a buffer for each read, so this keeps at most one of them.
    if (!over && at < all.length) this.kept = all.subarray(at);
    if (out.length > 0) {
      const written = out.take(); // All answers to what was read at once.
      if (over) this.socket.end(written);
      else if (!this.socket.write(written)) this.socket.pause();
    }
  }

  /** Answers a message; true if that was the last. */
  answer(bytes, start, end) {
    const reader = new Reader(bytes, start, end);
    const tag = reader.varint();
    const length = reader.varint();
    if (reader.at + length !== end) throw new Error("not one message of a ClientMessage");
    switch (tag) {
      case 0x12: return this.call(reader);
      case 0x0a: return this.open(reader);
      case 0x1a: return false; // Cancel: a call is answered before the next message is read
      case 0x22:
        writeMessage(5, bytes.subarray(reader.at, end)); // the token, as it came
        return false;
      case 0x2a:
        writeMessage(7, Buffer.from([0x08, 0x01]));
        return true;
      default: throw new Error(`no member of ClientMessage has tag ${tag}`);
    }
  }

  fail(code, text) {
    writeError(0, code, text);
    return true;
  }

  open(reader) {
    let name = "";
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === 0x12) name = reader.text(reader.varint());
      else reader.skip(tag);
    }
    if (this.opened !== null) return this.fail(CODES.ALREADY_OPEN, "a second Open");
    const found = this.modules.get(name);
    if (found === undefined) return this.fail(CODES.MODULE_NOT_FOUND, `there are ${[...this.modules.keys()]}`);
    const { exports } = new WebAssembly.Instance(found.module, this.imports(found));
    this.opened = found;
    this.functions = found.exports.map(({ name }) => exports[name]);
    this.memory = exports.memory ?? null;
    if (this.memory !== null) this.view = new Uint8Array(this.memory.buffer);
    if (exports._initialize) exports._initialize();
    writeMessage(1, found.opened);
    return false;
  }

  imports(found) {
    const offered = {
      input_len: () => this.inputEnd - this.inputStart,
      input_read: (to, offset, length) => this.inputRead(to >>> 0, offset >>> 0, length >>> 0),
      output_write: (from, length) => this.outputWrite(from >>> 0, length >>> 0),
      fail: (from, length) => {
        throw new GuestFailed(Buffer.from(this.range(from >>> 0, length >>> 0)).toString());
      },
    };
    const imports = {};
    for (const { module, name } of found.imports) {
      (imports[module] ??= {})[name] = offered[name] ?? (() => {
        throw new Error(`no peer offers ${name}`);
      });
    }
    return imports;
  }

  /** The guest's memory, which is another object once it has grown. */
  current() {
    if (this.view.length === 0) this.view = new Uint8Array(this.memory.buffer);
    return this.view;
  }

  range(from, length) {
    const memory = this.current();
    if (from + length > memory.length) throw new WebAssembly.RuntimeError("out of bounds memory access");
    return memory.subarray(from, from + length);
  }

  inputRead(to, offset, length) {
    const start = this.inputStart + offset;
    const count = Math.min(length, this.inputEnd - start);
    if (count <= 0) return 0;
    const memory = this.current();
    if (to + count > memory.length) throw new WebAssembly.RuntimeError("out of bounds memory access");
    if (count <= SMALL_BYTES) {
      const bytes = this.bytes;
      for (let i = 0; i < count; i++) memory[to + i] = bytes[start + i];
    } else {
      memory.set(this.bytes.subarray(start, start + count), to);
    }
    return count;
  }

  outputWrite(from, length) {
    const memory = this.current();
    if (from + length > memory.length) throw new WebAssembly.RuntimeError("out of bounds memory access");
    output.room(length);
    output.copy(memory, from, from + length);
  }

  call(reader) {
    let id = 0;
    let index = -1;
    let hasArguments = false;
    this.bytes = reader.bytes;
    this.inputStart = this.inputEnd = reader.at;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      switch (tag) {
        case 0x08: id = reader.varint(); break;
        case 0x12: index = this.indexOf(reader.text(reader.varint())); break;
        case 0x18: index = reader.varint(); break;
        case 0x2a: {
          const length = reader.varint();
          this.inputStart = reader.at;
          this.inputEnd = reader.at += length;
          break;
        }
        default:
          hasArguments ||= tag === 0x22;
          reader.skip(tag);
      }
    }
    if (this.opened === null) return this.fail(CODES.NOT_OPEN, "Call before Open");
    const type = this.opened.exports[index];
    if (type === undefined) writeError(id, CODES.FUNCTION_NOT_FOUND, "no such function");
    else if (hasArguments || type.parameters.length > 0) {
      writeError(id, CODES.INVALID_ARGUMENTS, "this peer gives no arguments");
    } else this.run(id, this.functions[index], type.results);
    this.bytes = null;
    return false;
  }

  indexOf(name) {
    return this.opened === null ? -1 : this.opened.exports.findIndex((e) => e.name === name);
  }

  run(id, run, results) {
    output.length = 0;
    values.length = 0;
    try {
      const result = run();
      if (results.length === 1) writeValue(results[0], result);
      else for (let i = 0; i < results.length; i++) writeValue(results[i], result[i]);
      writeResult(id);
    } catch (problem) {
      writeError(id, problem instanceof GuestFailed ? CODES.GUEST_FAILED : CODES.GUEST_TRAP, problem.message);
    }
  }
}

function serve(folder, listening) {
  const modules = new Map();
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".wasm")) modules.set(basename(file, ".wasm"), load(join(folder, file)));
  }
  const server = createServer({ noDelay: true }, (socket) => new Session(socket, modules));
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1_024 }, () => listening(server.address().port));
}

const [processes, folder] = process.argv.slice(2);
const say = (port) => console.log(`listening on ${port}`);
if (cluster.isPrimary && Number(processes) > 1) {
  let ready = 0;
  cluster.on("listening", (worker, { port }) => {
    if (++ready === Number(processes)) say(port);
  });
  cluster.on("exit", () => process.exit(1));
  for (let i = 0; i < Number(processes); i++) cluster.fork();
} else {
  serve(folder, cluster.isPrimary ? say : () => {});
}
