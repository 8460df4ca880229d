// The client in a worker, as browser.mjs tests it.

import { Session } from './mooring.mjs';

addEventListener('message', async ({ data: door }) => {
  const session = await Session.open(door, 'counter');
  const calls = Array.from({ length: 3 }, () => session.call('add', [1]));
  const sums = (await Promise.all(calls)).map(({ value }) => value);
  await session.close();
  postMessage(sums);
});
