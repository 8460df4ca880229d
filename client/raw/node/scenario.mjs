#!/usr/bin/env node
// The script of ../scenario.txt: `scenario.mjs HOST:PORT [--token T] [--ca FILE]`.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { scenario } from '../../web/scenario.mjs';
import { Session } from './mooring.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { token: { type: 'string', default: '' }, ca: { type: 'string' } },
});
const who = { token: flags.token, tls: flags.ca ? { ca: readFileSync(flags.ca) } : undefined };
const open = (module, options = {}) => Session.open(positionals[0], module, { ...options, ...who });

await scenario(open, (line) => console.log(line));
