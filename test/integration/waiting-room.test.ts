/** Strangers hold connections open that have said a little or nothing: they keep nobody out who has something to say. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadTransport } from '../../src/transports/registry.js';
import { Bed, until } from '../conformance/transport-support.js';

const ROOM = 40;
const STRANGERS = 110;
const HONEST = 40;

async function stranger(bed: Bed, says: string): Promise<Socket> {
  const { host, port } = bed.server.endpoint;
  const socket = createConnection({ host, port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (says !== '') socket.write(says);
  return socket.resume();
}

function openOf(sockets: readonly Socket[]): number {
  return sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length;
}

describe.each([
  ['tcp', '{'],
  ['ws', 'GET /?'],
])('%s: connections that have not subscribed', (name, beginning) => {
  it.each([
    ['the beginning of a request and no more', true, false],
    ['nothing', false, false],
    ['a byte now and then', true, true],
  ])(
    'and say %s keep no honest client out, and are as many as there is room for',
    async (_, begins, drips) => {
      const says = begins ? beginning : '';
      const bed = await Bed.open(await loadTransport(name), 'line-json', {
        listen: { maxWaiting: ROOM, graceMs: 600_000, handshakeTimeoutMs: 600_000 },
      });
      const strangers: Socket[] = [];
      const dripping = setInterval(() => {
        if (drips) for (const socket of strangers) socket.write('x');
      }, 100);
      onTestFinished(() => clearInterval(dripping));
      for (let i = 0; i < STRANGERS; i++) strangers.push(await stranger(bed, says));
      await until(() => openOf(strangers) <= ROOM, 'the oldest to make room');
      const waiting = Promise.all([...Array(HONEST)].map(() => bed.connect()));
      // More come all the while.
      for (let i = 0; i < STRANGERS; i++) strangers.push(await stranger(bed, says));
      const clients = await waiting;
      bed.publish(1);
      await until(() => clients.every(({ recorder }) => recorder.seqs.length === 1), 'the message');
      await until(() => openOf(strangers) <= ROOM, 'the room to have its size again');
      const { accepted, refused, evicted } = bed.server.counters;
      expect([accepted, refused]).toEqual([HONEST, evicted]);
      expect(evicted).toBeGreaterThanOrEqual(2 * STRANGERS - ROOM);
      expect(openOf(strangers.slice(0, STRANGERS)), 'the first of them are gone').toBe(0);
    },
  );
});
