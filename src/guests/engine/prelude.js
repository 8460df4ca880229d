// What a script finds beside JavaScript itself. Evaluated once, when the engine is made: all of it
// is in the image that scripts and their sessions share.
//
// `host` has what engine.c offers; this fills in what it calls back.
(function (host) {
  "use strict";

  function named(name, value) {
    return Object.defineProperty(value, "name", { value: name, configurable: true });
  }

  function define(name, value) {
    if (typeof value === "function") named(name, value);
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }

  // ---- logging ---------------------------------------------------------------------------------

  const TRACE = 0, DEBUG = 1, INFO = 2, WARN = 3, ERROR = 4;

  function show(value) {
    if (typeof value === "string") return value;
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "function") return "[function " + (value.name || "without a name") + "]";
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Error) return value + "\n" + value.stack;
    const parents = [];
    const shown = JSON.stringify(value, function (key, part) {
      if (typeof part === "bigint") return part + "n";
      if (typeof part === "function") return show(part);
      if (part instanceof Error) return String(part);
      if (part instanceof Map || part instanceof Set) part = [...part];
      if (typeof part === "object" && part !== null) {
        while (parents.length > 0 && parents[parents.length - 1] !== this) parents.pop();
        if (parents.includes(part)) return "[circular]";
        parents.push(part);
      }
      return part;
    });
    return shown === undefined ? String(value) : shown;
  }

  function logger(level) {
    return function (...values) {
      host.log(level, values.map(show).join(" "));
    };
  }

  const console = {
    trace: logger(TRACE),
    debug: logger(DEBUG),
    log: logger(INFO),
    info: logger(INFO),
    warn: logger(WARN),
    error: logger(ERROR),
    assert(holds, ...values) {
      if (!holds) host.log(ERROR, ["assertion failed:", ...values.map(show)].join(" "));
    },
  };
  for (const name of Object.keys(console)) named(name, console[name]);
  define("console", console);
  define("log", console.log);

  // ---- configuration ---------------------------------------------------------------------------

  define("config", new Proxy(Object.freeze({}), {
    get: (target, key) => (typeof key === "string" ? host.config(key) : undefined),
    has: (target, key) => typeof key === "string" && host.config(key) !== undefined,
  }));

  // ---- timers ----------------------------------------------------------------------------------

  const MOST_MILLIS = 0x7fffffff;
  const timers = new Map();
  let lastTimer = 0;

  function start(callback, millis, args, repeats) {
    if (typeof callback !== "function") {
      throw new TypeError("a timer calls a function; this is " + show(callback));
    }
    let wait = Math.trunc(Number(millis));
    if (!(wait >= 1 && wait <= MOST_MILLIS)) wait = 1; // As everywhere.
    const id = ++lastTimer;
    host.setTimer(id, wait);
    timers.set(id, { callback, args, wait, repeats });
    return id;
  }

  function stop(id) {
    if (timers.delete(Number(id))) host.clearTimer(Number(id));
  }

  define("setTimeout", (callback, millis, ...args) => start(callback, millis, args, false));
  define("setInterval", (callback, millis, ...args) => start(callback, millis, args, true));
  define("clearTimeout", (id) => stop(id));
  define("clearInterval", (id) => stop(id));

  host.due = function (id) {
    const timer = timers.get(id);
    if (timer === undefined) return;
    if (timer.repeats) {
      host.setTimer(id, timer.wait);
    } else {
      timers.delete(id);
    }
    return timer.callback(...timer.args);
  };

  // ---- text and bytes --------------------------------------------------------------------------

  function bytesOf(value) {
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    if (ArrayBuffer.isView(value)) {
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    }
    throw new TypeError("bytes are an ArrayBuffer or a view of one; this is " + show(value));
  }

  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return host.encode(String(text)); }
    encodeInto(text, target) {
      let read = 0, written = 0;
      for (const character of String(text)) {
        const bytes = host.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #fatal; #ignoreBOM; #rest = new Uint8Array(0); #begun = false;
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      if (!/^\s*(unicode-1-1-)?utf-?8\s*$/i.test(label)) {
        throw new RangeError("only UTF-8 is decoded here, and not " + label);
      }
      this.#fatal = Boolean(fatal);
      this.#ignoreBOM = Boolean(ignoreBOM);
    }
    get encoding() { return "utf-8"; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input = new Uint8Array(0), { stream = false } = {}) {
      let bytes = bytesOf(input);
      if (this.#rest.length > 0) {
        const all = new Uint8Array(this.#rest.length + bytes.length);
        all.set(this.#rest);
        all.set(bytes, this.#rest.length);
        bytes = all;
      }
      const end = stream ? bytes.length - host.unfinished(bytes) : bytes.length;
      this.#rest = bytes.slice(end);
      let text = host.decode(bytes.subarray(0, end), this.#fatal);
      if (text === undefined) {
        this.#rest = new Uint8Array(0);
        throw new TypeError("these bytes aren't UTF-8");
      }
      if (!this.#begun && !this.#ignoreBOM && text.startsWith("\ufeff")) text = text.slice(1);
      this.#begun = stream && (this.#begun || text.length > 0);
      return text;
    }
  }
  define("TextEncoder", TextEncoder);
  define("TextDecoder", TextDecoder);

  const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  define("btoa", (text) => {
    text = String(text);
    let result = "";
    for (let i = 0; i < text.length; i += 3) {
      const a = text.charCodeAt(i), b = text.charCodeAt(i + 1), c = text.charCodeAt(i + 2);
      if (a > 255 || b > 255 || c > 255) {
        throw new RangeError("btoa takes characters up to U+00FF");
      }
      result += BASE64[a >> 2] + BASE64[((a & 3) << 4) | (b >> 4)];
      result += i + 1 < text.length ? BASE64[((b & 15) << 2) | (c >> 6)] : "=";
      result += i + 2 < text.length ? BASE64[c & 63] : "=";
    }
    return result;
  });

  define("atob", (text) => {
    let digits = String(text).replace(/[\t\n\f\r ]/g, "");
    if (digits.length % 4 === 0) digits = digits.replace(/==?$/, "");
    if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) {
      throw new SyntaxError("atob takes base64, and this is none");
    }
    let result = "", bits = 0, held = 0;
    for (const digit of digits) {
      held = (held << 6) | BASE64.indexOf(digit);
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        result += String.fromCharCode((held >> bits) & 255);
      }
    }
    return result;
  });

  // ---- chance and time -------------------------------------------------------------------------

  const MOST_RANDOM_BYTES = 65536;

  define("crypto", {
    getRandomValues(view) {
      const bytes = bytesOf(view);
      if (view instanceof Float32Array || view instanceof Float64Array || view instanceof DataView) {
        throw new TypeError("random values are whole numbers");
      }
      if (bytes.length > MOST_RANDOM_BYTES) {
        throw new RangeError("at most " + MOST_RANDOM_BYTES + " random bytes are had at once");
      }
      host.random(bytes);
      return view;
    },
    randomUUID() {
      const bytes = this.getRandomValues(new Uint8Array(16));
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
  });
  Object.defineProperty(Math, "random", {
    value: named("random", host.chance),
    writable: true,
    configurable: true,
  });
  define("performance", { now: () => host.now(), timeOrigin: 0 });

  // ---- copies ----------------------------------------------------------------------------------

  function clone(value, seen) {
    if (typeof value === "function" || typeof value === "symbol") {
      throw new TypeError(show(value) + " can't be cloned");
    }
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const known = (copy) => (seen.set(value, copy), copy);
    if (value instanceof Date) return known(new Date(value));
    if (value instanceof RegExp) return known(new RegExp(value.source, value.flags));
    if (value instanceof Boolean || value instanceof Number || value instanceof String) {
      return known(Object(value.valueOf()));
    }
    if (value instanceof ArrayBuffer) return known(value.slice(0));
    if (value instanceof DataView) {
      return known(new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength));
    }
    if (ArrayBuffer.isView(value)) {
      const buffer = clone(value.buffer, seen);
      return known(new value.constructor(buffer, value.byteOffset, value.length));
    }
    if (value instanceof Map) {
      const copy = known(new Map());
      for (const [key, held] of value) copy.set(clone(key, seen), clone(held, seen));
      return copy;
    }
    if (value instanceof Set) {
      const copy = known(new Set());
      for (const held of value) copy.add(clone(held, seen));
      return copy;
    }
    if (value instanceof Error) {
      const copy = known(Object.create(Object.getPrototypeOf(value)));
      for (const key of ["message", "stack", "cause"]) {
        if (Object.hasOwn(value, key)) {
          Object.defineProperty(copy, key, {
            value: clone(value[key], seen),
            writable: true,
            configurable: true,
          });
        }
      }
      return copy;
    }
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet
        || value instanceof WeakRef) {
      throw new TypeError("a " + value.constructor.name + " can't be cloned");
    }
    const copy = known(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    return copy;
  }
  define("structuredClone", (value) => clone(value, new Map()));
});
