// All that a script can reach from its global object by names: what it is, a line each.

export function surface() {
  const seen = new Set();
  const lines = [];
  const nameOf = (key) => (typeof key === "symbol" ? `[${key.description}]` : key);

  function describe(value) {
    if (typeof value === "function") return `function ${value.name}(${value.length})`;
    return typeof value === "object" && value !== null ? "object" : `${typeof value} ${String(value)}`;
  }

  function look(value, path) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const at = path === "" ? nameOf(key) : `${path}.${nameOf(key)}`;
      const { value: held, get, set } = Object.getOwnPropertyDescriptor(value, key);
      if (get !== undefined || set !== undefined) {
        lines.push(`${at}: ${get ? "get" : ""}${set ? "set" : ""}`);
      } else {
        lines.push(`${at}: ${describe(held)}`);
        look(held, at);
      }
    }
    look(Object.getPrototypeOf(value), `${path}.[prototype]`);
  }

  look(globalThis, "");
  for (const [name, maker] of Object.entries({
    generator: function* () {},
    async: async function () {},
    asyncGenerator: async function* () {},
  })) {
    look(maker, name);
  }
  look([][Symbol.iterator](), "arrayIterator");
  look(new Map().entries(), "mapIterator");
  look(new Set().values(), "setIterator");
  look(""[Symbol.iterator](), "stringIterator");
  look("".matchAll(/./g), "matchIterator");
  look(Object.getPrototypeOf(Uint8Array), "TypedArray");
  return lines.sort().join("\n");
}
