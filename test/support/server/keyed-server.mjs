/** A server process with as many keys as it is told, whose memory can be asked for: `fork` it. */
import { createServer } from '../../../dist/src/index.js';

// Plain JavaScript, as a child process of Node 20 is not a TypeScript one.
const [keys = 0, bytes = 0] = process.argv.slice(2).map(Number);
const server = await createServer({ transports: ['tcp'], ports: { tcp: 0 } });
const value = 'x'.repeat(bytes);
for (let i = 0; i < keys; i++) {
  server.publish(`k${i}`, value);
  if (i % 1_000 === 0) await new Promise(setImmediate);
}
process.on('message', () =>
  process.send?.({ rss: process.memoryUsage.rss(), clients: server.stats().clients }),
);
process.on('disconnect', () => process.exit());
process.send?.({ url: server.urls[0] });
