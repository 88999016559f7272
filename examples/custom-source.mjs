// @ts-check
/**
 * A source of your own: any async generator of `{key, value}` will do. This one watches the machine
 * it runs on.
 *
 *     node examples/custom-source.mjs 7400
 */
import { freemem, loadavg, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'streampulse-lab';

/** @param {AbortSignal} signal @returns {AsyncGenerator<import('streampulse-lab').SourceItem>} */
async function* machine(signal) {
  for (;;) {
    yield { key: 'load', value: loadavg() };
    yield { key: 'memory', value: { free: freemem(), total: totalmem() } };
    await sleep(1_000, undefined, { signal });
  }
}

// Ctrl-C ends the source's wait and the server, which tells its subscribers.
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());

const ports = { tcp: Number(process.argv[2] ?? 7400) };
const server = await createServer({ source: machine(stop.signal), ports, signal: stop.signal });
console.log(`watch it with: lab subscribe ${server.urls[0]}`);
// Why it ended, if not in order: createServer's `onEnd: 'exit'` would end it with its source.
const failure = await server.closed;
if (failure !== undefined) throw failure;
