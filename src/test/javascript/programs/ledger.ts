/// <reference path="../../../guests/javascript/mooring.d.ts" />
// A ledger in TypeScript, with the types of what a script finds on a server.

type Currency = "EUR" | "NOK";

interface Entry {
  readonly account: string;
  readonly cents: number;
  readonly currency: Currency;
  note?: string;
}

enum Order {
  Newest,
  Largest,
}

class Unbalanced extends Error {
  override readonly name = "Unbalanced";
  constructor(readonly byCents: number) {
    super(`the entries are off by ${byCents} cents`);
  }
}

abstract class Ledger<T extends Entry> {
  protected readonly entries: T[] = [];
  static #made = 0;
  readonly number = ++Ledger.#made;

  constructor(private readonly limit: number) {}

  abstract describe(entry: T): string;

  post(...posted: T[]): number {
    const sum = posted.reduce((total, { cents }) => total + cents, 0);
    if (sum !== 0) throw new Unbalanced(sum);
    if (this.entries.length + posted.length > this.limit) throw new RangeError("the ledger is full");
    this.entries.push(...posted);
    emit({ entries: this.entries.length });
    return this.entries.length;
  }

  *list(order: Order): Generator<string, void, undefined> {
    const sorted = [...this.entries];
    if (order === Order.Largest) sorted.sort((a, b) => Math.abs(b.cents) - Math.abs(a.cents));
    else sorted.reverse();
    for (const entry of sorted) yield this.describe(entry);
  }

  balance(account: string): number {
    return this.entries
      .filter((entry) => entry.account === account)
      .reduce((total, entry) => total + entry.cents, 0);
  }
}

class Journal extends Ledger<Entry> {
  override describe({ account, cents, currency, note }: Entry): string {
    return `${account.padEnd(8)}${(cents / 100).toFixed(2).padStart(10)} ${currency}${note ? ` (${note})` : ""}`;
  }
}

const journal = new Journal(20);

export function post(entries: Entry[]): number {
  return journal.post(...entries);
}

export function list(order: keyof typeof Order): string[] {
  return [...journal.list(Order[order])];
}

export function balance(account: string): { account: string; cents: number; ledger: number } {
  return { account, cents: journal.balance(account), ledger: journal.number };
}

const digest = (bytes: Uint8Array): number => bytes.reduce((hash, byte) => (hash * 31 + byte) | 0, 7);

export function checksum(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `${new TextDecoder().decode(bytes)} ${digest(bytes)} ${btoa(String.fromCharCode(...bytes))}`;
}
checksum.input = "text" as const;
