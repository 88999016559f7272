/**
 * Strangers hold connections open that have said a little or nothing: they keep nobody out who has
 * something to say.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadTransport } from '../../../src/transports/registry.js';
import { TestBed, until } from '../../support/conformance/transport-support.js';

const ROOM = 40;
const STRANGERS = 110;
const HONEST = 40;

async function stranger(bed: TestBed, says: string): Promise<Socket> {
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

const KINDS = ['the beginning of a request and no more', 'nothing', 'a byte now and then'] as const;

/** Honest clients and strangers come at the same time. */
async function meet(
  transport: string,
  kind: (typeof KINDS)[number],
  beginning: string,
): Promise<TestBed> {
  const bed = await TestBed.open(await loadTransport(transport), 'line-json', {
    broadcast: { maxClients: 2 * HONEST },
    listen: { maxWaiting: ROOM, graceMs: 600_000, handshakeTimeoutMs: 600_000 },
  });
  const says = kind === 'nothing' ? '' : beginning;
  const strangers: Socket[] = [];
  const dripping = setInterval(() => {
    if (kind === 'a byte now and then') for (const socket of strangers) socket.write('x');
  }, 100);
  onTestFinished(() => clearInterval(dripping));
  for (let i = 0; i < STRANGERS; i++) strangers.push(await stranger(bed, says));
  const waiting = Promise.all([...Array(HONEST)].map(() => bed.connect()));
  for (let i = 0; i < STRANGERS; i++) strangers.push(await stranger(bed, says));
  const clients = await waiting;
  bed.publish(1);
  await until(() => clients.every(({ recorder }) => recorder.seqs.length === 1), 'the message');
  await until(() => openOf(strangers) <= ROOM, 'the room to have its size again');
  expect(openOf(strangers.slice(0, STRANGERS)), 'the first of them are gone').toBe(0);
  return bed;
}

describe.each([
  ['tcp', '{'],
  ['ws', 'GET /?'],
])('%s: connections that have not subscribed', (transport, beginning) => {
  it('keep no honest client out, and are as many as there is room for, whatever they say', async () => {
    const beds = await Promise.all(KINDS.map((kind) => meet(transport, kind, beginning)));
    for (const [i, { server }] of beds.entries()) {
      const { accepted, refused, evicted } = server.counters;
      expect([accepted, refused], KINDS[i]).toEqual([HONEST, evicted]);
      expect(evicted).toBeGreaterThanOrEqual(2 * STRANGERS - ROOM);
    }
  });

  it('may be many more for a moment, so that a crowd that comes at once is let in', async () => {
    const bed = await TestBed.open(await loadTransport(transport), 'line-json', {
      listen: { maxWaiting: 4 },
    });
    await bed.connectMany(300);
    expect(bed.server.counters).toMatchObject({ accepted: 300, refused: 0 });
  });

  it('are never more than there are places and room, and each that is closed is counted', async () => {
    const bed = await TestBed.open(await loadTransport(transport), 'line-json', {
      broadcast: { maxClients: 20 },
      listen: { maxWaiting: 4, graceMs: 600_000, handshakeTimeoutMs: 600_000 },
    });
    await bed.connectMany(15);
    const strangers: Socket[] = [];
    for (let i = 0; i < 30; i++) strangers.push(await stranger(bed, beginning));
    await until(() => openOf(strangers) <= 9, 'the oldest to make room at once');
    await until(() => openOf(strangers) === 4, 'the rest to make room in a moment');
    expect(bed.server.counters).toMatchObject({ accepted: 15, refused: 26, evicted: 26 });
  });
});
