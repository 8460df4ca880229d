// Zod: schemas written as a program, with values changed on the way.

import { z } from "zod";

const Port = z.object({
  name: z.string().min(2).max(20).trim(),
  berths: z.number().int().positive().max(500),
  kind: z.enum(["sea", "river", "lake"]).default("sea"),
  lighthouse: z.boolean().optional(),
});

const Voyage = z
  .object({
    id: z.uuid(),
    from: Port,
    to: Port,
    master: z.email(),
    departs: z.iso.datetime(),
    cargo: z
      .array(
        z.discriminatedUnion("type", [
          z.object({ type: z.literal("bulk"), tonnes: z.coerce.number().nonnegative() }),
          z.object({ type: z.literal("boxes"), count: z.int(), reefer: z.boolean() }),
        ]),
      )
      .nonempty(),
    notes: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
  })
  .strict()
  .refine((voyage) => voyage.from.name !== voyage.to.name, {
    message: "a voyage goes somewhere else",
    path: ["to", "name"],
  });

const Tree = z.object({
  label: z.string(),
  get children() {
    return z.array(Tree);
  },
});

const Temperature = z
  .string()
  .regex(/^-?\d+(\.\d+)?[CF]$/)
  .transform((text) => {
    const degrees = Number(text.slice(0, -1));
    return text.endsWith("C") ? degrees : ((degrees - 32) * 5) / 9;
  })
  .pipe(z.number().gte(-273.15));

const all = {
  port: Port,
  voyage: Voyage,
  tree: Tree,
  temperature: Temperature,
  partial: Port.partial(),
  picked: Port.pick({ name: true }),
  tuple: z.tuple([z.string(), z.number()]).rest(z.boolean()),
  bounded: z.array(z.number()).min(1).max(3),
  url: z.url(),
  ip: z.ipv4(),
  base64: z.base64(),
  caught: z.number().catch(7),
  both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
};

const seen = { valid: 0, invalid: 0 };

export function check({ shape, value }) {
  const result = all[shape].safeParse(value);
  seen[result.success ? "valid" : "invalid"]++;
  return result.success
    ? { valid: true, data: result.data }
    : { valid: false, issues: result.error.issues };
}

export function parse({ shape, value }) {
  return all[shape].parse(value);
}

export function tree({ shape, value }) {
  const result = all[shape].safeParse(value);
  return result.success ? null : z.treeifyError(result.error);
}

export function pretty({ shape, value }) {
  const result = all[shape].safeParse(value);
  return result.success ? "" : z.prettifyError(result.error);
}

export function schema(shape) {
  return z.toJSONSchema(all[shape], { io: "input" });
}

export function counts() {
  return seen;
}
