/** What one client asks for, or does not do, is never another one's problem: over real sockets. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadCodec, loadTransport, systemClock } from '../../../src/index.js';
import { Recorder, until } from '../../support/conformance/transport-support.js';
import { endpoint, serve, subscribe } from '../../support/server/serve-rig.js';

const FLOATS = Array.from({ length: 100 }, (_, i) => Math.sqrt(i + 2));
/** Fits a datagram as MessagePack, and not as JSON. */
const WIDE = { values: FLOATS };

describe('a codec whose form of a message is too long', () => {
  it('does not stop the feed: each client gets what its own transport carries, and hears of the rest', async () => {
    const server = await serve({ transports: ['tcp', 'udp'], codec: 'msgpack' });
    const packed = await subscribe(server, 'udp', 'msgpack');
    const lines = await subscribe(server, 'tcp', 'line-json');
    const narrow = await subscribe(server, 'udp', 'line-json');
    for (let i = 0; i < 40; i++) server.publish('k', WIDE);
    server.publish('k', 'short');
    await until(
      () => [packed, lines, narrow].every(({ seqs }) => seqs.at(-1) === 41),
      'the last message',
    );
    expect([packed.seqs.length, lines.seqs.length, narrow.seqs.length]).toEqual([41, 41, 1]);
    expect(narrow.told).toBe(40);
    const udp = server.stats().transports.find(({ name }) => name === 'udp');
    expect(udp).toMatchObject({ refusedMessages: 40, droppedMessages: 0 });
  });

  it('locks nobody out who joins later', async () => {
    const server = await serve({ transports: ['tcp', 'udp'], codec: 'msgpack' });
    server.publish('wide', WIDE);
    server.publish('k', 'short');
    const [first, second] = [
      await subscribe(server, 'udp', 'line-json'),
      await subscribe(server, 'tcp', 'line-json'),
    ];
    await until(() => first.seqs.length === 1 && second.seqs.length === 2, 'the snapshots');
    await until(() => first.told === 1, 'word of what is missing');
  });
});

it('a replay of keys that nobody publishes is not a loss, and counted as none', async () => {
  const server = await serve({ retention: { messages: 100, bytes: 1e6 } });
  for (let i = 0; i < 1_000; i++) server.publish('k', i);
  const codec = await loadCodec('line-json');
  const receiver = new Recorder(codec);
  const options = { codec, receiver, clock: systemClock(), fromSeq: 1, keys: ['nobody'] };
  const subscription = await (await loadTransport('tcp')).connect(
    endpoint(server.urls[0]),
    options,
  );
  onTestFinished(() => subscription.close());
  server.publish('nobody', 1);
  await until(() => receiver.seqs.length === 1, 'the message of this key');
  expect(receiver.told).toBe(900);
  expect(server.stats()).toMatchObject({ truncatedReplays: 1 });
  expect(server.stats().transports[0]).toMatchObject({ droppedMessages: 0, refusedMessages: 0 });
});

describe('clients that ask for everything and read nothing', () => {
  it('cost the server no more than a few pages, however many keys it has', async () => {
    const CLIENTS = 150;
    const program = fileURLToPath(
      new URL('../../support/server/keyed-server.mjs', import.meta.url),
    );
    const child = fork(program, ['20000', '1000'], { execArgv: [] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const memory = async (): Promise<{ rss: number; clients: number }> => {
      child.send('memory');
      const [answer] = (await once(child, 'message')) as [{ rss: number; clients: number }];
      return answer;
    };
    const before = await memory();
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < CLIENTS; i++) {
      const socket = createConnection(endpoint(url));
      sockets.push(socket.pause());
      await once(socket, 'connect');
      socket.write('{}\n');
    }
    let after = await memory();
    while (after.clients < CLIENTS) after = await memory();
    // It answers in the order of what it does: by now the first of them have as much as their
    // sockets take.
    for (let i = 0; i < 100; i++) after = await memory();
    // A snapshot for each would be 3 GB, and the pages shared by all are 4 MiB.
    expect((after.rss - before.rss) / 2 ** 20).toBeLessThan(100);
  });
});
