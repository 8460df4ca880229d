// Immer: immutable data, here a document that can be undone.

import {
  applyPatches,
  enableMapSet,
  enablePatches,
  isDraft,
  original,
  current,
  produce,
  produceWithPatches,
} from "immer";

enableMapSet();
enablePatches();

let state = { title: "", items: [], tags: new Set(), index: new Map() };
const done = [];
const undone = [];

function change(recipe) {
  const [next, patches, inverse] = produceWithPatches(state, recipe);
  const same = next === state;
  state = next;
  if (!same) {
    done.push({ patches, inverse });
    undone.length = 0;
  }
  return { same, patches };
}

export function title(text) {
  return change((draft) => {
    draft.title = text;
  });
}

export function add(item) {
  return change((draft) => {
    draft.items.push(item);
    draft.index.set(item.id, item);
    for (const tag of item.tags ?? []) draft.tags.add(tag);
  });
}

export function edit({ id, set }) {
  return change((draft) => {
    const item = draft.items.find((item) => item.id === id);
    if (item === undefined) throw new RangeError(`there is no item ${id}`);
    Object.assign(item, set);
  });
}

export function remove(id) {
  return change((draft) => {
    const at = draft.items.findIndex((item) => item.id === id);
    if (at >= 0) draft.items.splice(at, 1);
    draft.index.delete(id);
  });
}

export function sort(key) {
  return change((draft) => {
    draft.items.sort((a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0));
  });
}

export function undo() {
  const step = done.pop();
  if (step === undefined) throw new Error("there is nothing to undo");
  state = applyPatches(state, step.inverse);
  undone.push(step);
  return show();
}

export function redo() {
  const step = undone.pop();
  if (step === undefined) throw new Error("there is nothing to do again");
  state = applyPatches(state, step.patches);
  done.push(step);
  return show();
}

export function show() {
  return { ...state, tags: [...state.tags], index: [...state.index] };
}

// What holds of every document, whatever was done to it.
export function laws() {
  const before = state;
  const same = produce(state, (draft) => {
    draft.title = before.title;
  });
  let frozen;
  try {
    state.items.push(1);
  } catch (error) {
    frozen = error.name;
  }
  let seen;
  produce(state, (draft) => {
    draft.items.push({ id: "x" });
    seen = [isDraft(draft), isDraft(original(draft)), isDraft(draft.items), current(draft).items.length];
  });
  const shared = produce(state, (draft) => {
    draft.title += "!";
  });
  return {
    same: same === before,
    frozen,
    seen,
    shared: shared.items === before.items && shared.index === before.index,
    deep: Object.isFrozen(state) && state.items.every(Object.isFrozen),
  };
}

export function both() {
  return produce({ a: 1 }, (draft) => {
    draft.a = 2;
    return { b: 3 };
  });
}
