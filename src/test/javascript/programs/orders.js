// XState: an order as a state machine, in a time of its own.

import { SimulatedClock, assign, createActor, setup, raise, and, not } from "xstate";

const machine = setup({
  guards: {
    isPaid: ({ context }) => context.paid >= context.total,
    hasItems: ({ context }) => context.items.length > 0,
    isLocked: ({ context }) => context.locked,
  },
  actions: {
    note: assign({ log: ({ context }, what) => [...context.log, what] }),
  },
}).createMachine({
  id: "order",
  context: ({ input }) => ({ items: [], total: 0, paid: 0, log: [], locked: false, ...input }),
  initial: "open",
  states: {
    open: {
      on: {
        add: {
          actions: [
            assign({
              items: ({ context, event }) => [...context.items, event.item],
              total: ({ context, event }) => context.total + event.price,
            }),
            { type: "note", params: ({ event }) => `added ${event.item}` },
          ],
        },
        lock: { actions: assign({ locked: true }) },
        checkout: { target: "paying", guard: and(["hasItems", not("isLocked")]) },
      },
    },
    paying: {
      type: "parallel",
      entry: { type: "note", params: "paying" },
      after: { 60000: { target: "cancelled", actions: { type: "note", params: "too late" } } },
      states: {
        money: {
          initial: "due",
          states: {
            due: {
              always: { target: "received", guard: "isPaid" },
              on: {
                pay: {
                  actions: assign({ paid: ({ context, event }) => context.paid + event.amount }),
                },
              },
            },
            received: { type: "final" },
          },
        },
        address: {
          initial: "missing",
          states: {
            missing: { on: { address: "known" } },
            known: { type: "final" },
          },
        },
      },
      onDone: "shipping",
    },
    shipping: {
      initial: "packing",
      entry: raise({ type: "packed" }, { delay: 5000 }),
      states: {
        packing: { on: { packed: "travelling" } },
        travelling: { on: { delivered: "#order.delivered", lost: "#order.paying" } },
        hist: { type: "history", history: "deep" },
      },
      on: { hold: "held" },
    },
    held: { on: { resume: "shipping.hist" } },
    delivered: {
      type: "final",
      entry: { type: "note", params: "delivered" },
    },
    cancelled: { type: "final" },
  },
  output: ({ context }) => ({ items: context.items.length, paid: context.paid }),
});

const clock = new SimulatedClock();
let changes = 0;
let actor = start();

function start(options) {
  const started = createActor(machine, { clock, ...options });
  started.subscribe(() => changes++);
  return started.start();
}

export function send(event) {
  if (typeof event.type !== "string") throw new TypeError("an event has a type");
  actor.send(event);
  return show();
}

export function wait(millis) {
  clock.increment(millis);
  return show();
}

export function can(type) {
  return actor.getSnapshot().can({ type });
}

export function show() {
  const { value, context, status, output } = actor.getSnapshot();
  return { value, context, status, output, changes };
}

export function persist() {
  return actor.getPersistedSnapshot();
}

export function restart(snapshot) {
  actor.stop();
  actor = start(snapshot === undefined ? { input: { locked: false } } : { snapshot });
  return show();
}

export function definition() {
  return machine.toJSON ? machine.toJSON() : machine.definition;
}
