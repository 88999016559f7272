/** A server and subscribers of the lab at the ends of a link. */
import { describe, expect, it } from 'vitest';
import { workerPath } from '../../../src/process/worker-path.js';
import {
  linkSpec,
  openTestLink,
  said,
  startIn,
  way,
  whyNoLink,
} from '../../support/link/link-rig.js';

const PORT = 9_000;
const MESSAGES = 4_000;
const built = (path: string): string => JSON.stringify(workerPath(path));

/** Publishes 2,000 messages a second of one key: a snapshot is the newest of them. */
function server(host: string, transport: string): string {
  return `
    import { createServer } from ${built('src/index.js')};
    await createServer({
      host: '${host}', transports: ['${transport}'], ports: { ${transport}: ${PORT} },
      source: 'synthetic', sourceOptions: { symbols: 1 }, rate: 2_000,
    });
    process.send('listening');`;
}

/** Tells what came when the feed is so far on. */
function subscriber(host: string, localAddress: string, transport: string): string {
  return `
    import { loadCodec } from ${built('src/codecs/registry.js')};
    import { systemClock } from ${built('src/core/clock.js')};
    import { NODE_SOCKETS } from ${built('src/transports/node/node-sockets.js')};
    import { loadTransport } from ${built('src/transports/registry.js')};
    const came = [];
    let isSaid = false;
    const receiver = {
      begin() {}, control() {},
      message(seq) { came.push(seq); },
      end() {
        if (isSaid || !(came.at(-1) - came[0] >= ${MESSAGES})) return;
        isSaid = true;
        process.send(came);
      },
    };
    const transport = await loadTransport('${transport}');
    await transport.connect({ host: '${host}', port: ${PORT} }, {
      codec: await loadCodec('line-json'), clock: systemClock(), sockets: NODE_SOCKETS,
      receiver, localAddress: '${localAddress}',
    });`;
}

const reason = await whyNoLink();
const title = `a subscriber behind a link${reason ? ` (skipped: ${reason})` : ''}`;

describe.skipIf(reason !== undefined)(title, () => {
  it('misses over UDP exactly the messages whose datagrams the book lists', async () => {
    const link = await openTestLink(linkSpec(way(2_000), way(5_000, 0.05)));
    await said(startIn(link.serverEnd, server(link.serverAddress, 'udp')));
    const clients = [0, 1].map((k) =>
      startIn(link.clientEnd, subscriber(link.serverAddress, link.clientAddress(k), 'udp')),
    );
    const came = await Promise.all(clients.map((client) => said<number[]>(client)));
    const book = await link.book();
    expect([book.unread, book.noRoom, book.strangers.packets]).toEqual([0, 0, 0]);
    for (const [k, seqs] of came.entries()) {
      const { droppedData } = book.clients[k]!;
      const [first = 0, last = 0] = [Math.min(...seqs), Math.max(...seqs)];
      const got = new Set(seqs);
      const all = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      const listed = droppedData.seq.flatMap((seq, i) =>
        Array.from({ length: droppedData.count[i] ?? 0 }, (_, at) => seq + at),
      );
      const missing = all.filter((seq) => !got.has(seq));
      expect(missing.length).toBeGreaterThan(0);
      expect(listed.filter((seq) => seq >= first && seq <= last)).toEqual(missing);
      expect(droppedData.unlisted).toBe(0);
    }
  });

  it('misses nothing over TCP', async () => {
    const link = await openTestLink(linkSpec(way(2_000, 0.02), way(5_000, 0.02)));
    await said(startIn(link.serverEnd, server(link.serverAddress, 'tcp')));
    const client = subscriber(link.serverAddress, link.clientAddress(2), 'tcp');
    const seqs = await said<number[]>(startIn(link.clientEnd, client));
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => (seqs[0] ?? 0) + i));
    const book = await link.book();
    expect(book.clients[2]?.droppedSegments).toBeGreaterThan(0);
    expect(book.clients[2]?.droppedData.dseq).toEqual([]);
  });
});
