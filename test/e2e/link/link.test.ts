/** A link between two ends, and what its book says of what passed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { LinkEnd } from '../../../bench/link/link.js';
import type { ClientBook } from '../../../bench/link/link-book.js';
import { workerPath } from '../../../src/process/worker-path.js';
import {
  linkSpec,
  openTestLink,
  said,
  startIn,
  tracesOf,
  way,
  whyNoLink,
} from '../../support/link/link-rig.js';

const WIRE = JSON.stringify(workerPath('src/transports/datagram/wire.js'));
const PORT = 9_000;
const run = promisify(execFile);

/** Sends so many data datagrams of the lab to each address, some at a time. */
function sender(addresses: readonly string[], count: number, pauseMs: number): string {
  return `
    import { createSocket } from 'node:dgram';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { writeHeader, PACKET } from ${WIRE};
    const socket = createSocket('udp4');
    socket.bind(0);
    for (let dseq = 0; dseq < ${count}; dseq++) {
      const datagram = Buffer.alloc(60);
      writeHeader(datagram, PACKET.data, 0, { high: 1, low: 2 }, 10 * dseq, dseq, 5, 0);
      for (const address of ${JSON.stringify(addresses)})
        await new Promise((done) => socket.send(datagram, ${PORT}, address, done));
      if (${pauseMs} > 0 && dseq % 20 === 19) await sleep(${pauseMs});
    }
    process.send('sent');`;
}

/** Tells which datagrams have come, whenever it is asked. */
function receiver(address: string): string {
  return `
    import { createSocket } from 'node:dgram';
    import { dseqOf } from ${WIRE};
    const came = [];
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
    socket.on('message', (bytes) => came.push(dseqOf(bytes)));
    socket.bind(${PORT}, '${address}', () => process.send('bound'));
    process.on('message', () => process.send(came));`;
}

async function ping(end: LinkEnd, from: string, to: string): Promise<number[]> {
  const command = end.enter(['ping', '-n', '-c', '5', '-i', '0.01', '-W', '5', '-I', from, to]);
  const { stdout } = await run(command[0]!, command.slice(1));
  return [...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time));
}

const reason = await whyNoLink();

describe.skipIf(reason !== undefined)(`a link${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('has room for as many clients as there are addresses, and no more', async () => {
    for (const clients of [0, 65_534, Number.NaN])
      await expect(openTestLink(linkSpec(way(0), way(0)), clients)).rejects.toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
        option: 'clients',
      });
    const link = await openTestLink(linkSpec(way(0), way(0)), 65_533);
    const last = link.clientAddress(65_532);
    expect((await ping(link.clientEnd, last, link.serverAddress)).length).toBe(5);
    expect((await link.book()).clients[65_532]?.up.packets).toBe(5);
  });

  it('delays what passes, each way as told', async () => {
    const link = await openTestLink(linkSpec(way(12_000), way(30_000)));
    const times = await ping(link.clientEnd, link.clientAddress(2), link.serverAddress);
    expect(times.length).toBe(5);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(42);
    const { clients, strangers, lateness } = await link.book();
    const counts = { packets: 5, bytes: 5 * 84, delivered: 5, deliveredBytes: 5 * 84 };
    expect(clients[2]).toMatchObject({ up: counts, down: counts, droppedSegments: 0 });
    expect([clients[0]?.up.packets, strangers.packets]).toEqual([0, 0]);
    expect(lateness.count).toBe(10);
  });

  it('carries at once, and counts apart, who speaks from no client’s address', async () => {
    const link = await openTestLink(linkSpec(way(12_000, 1), way(30_000, 1)));
    expect((await ping(link.clientEnd, 'lab0', link.serverAddress)).length).toBe(5);
    const { clients, strangers } = await link.book();
    expect(strangers).toMatchObject({ packets: 10, delivered: 10, lost: 0 });
    expect(clients.map(({ up, down }) => up.packets + down.packets)).toEqual([0, 0, 0]);
  });

  it('lists exactly the datagrams that did not reach each client', async () => {
    const count = 1_000;
    const link = await openTestLink(linkSpec(way(0), way(5_000, 0.1)));
    const addresses = [0, 1].map((k) => link.clientAddress(k));
    const receivers = addresses.map((address) => startIn(link.clientEnd, receiver(address)));
    await Promise.all(receivers.map(said));
    await said(startIn(link.serverEnd, sender(addresses, count, 1)));
    const decided = ({ down }: ClientBook): number => down.delivered + down.lost;
    await expect
      .poll(async () => (await link.book()).clients.slice(0, 2).map(decided))
      .toEqual([count, count]);
    const { clients, unread, noRoom } = await link.book();
    expect([unread, noRoom]).toEqual([0, 0]);
    for (const [k, one] of receivers.entries()) {
      const { down, droppedData } = clients[k]!;
      const came = async (): Promise<number[]> => {
        one.send('which?');
        return await said<number[]>(one);
      };
      await expect.poll(async () => (await came()).length).toBe(down.delivered);
      const all = [...(await came()), ...droppedData.dseq].toSorted((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: count }, (_, dseq) => dseq));
      expect(droppedData.dseq.length).toBeGreaterThan(0);
      expect(droppedData.seq).toEqual(droppedData.dseq.map((dseq) => 10 * dseq));
      expect(new Set(droppedData.count)).toEqual(new Set([5]));
      expect(down.bytes).toBe(count * (20 + 8 + 60));
    }
    expect(clients[0]?.droppedData.dseq).not.toEqual(clients[1]?.droppedData.dseq);
  });

  it('harms datagrams so that no program gets them, and lists those', async () => {
    const count = 200;
    const link = await openTestLink(linkSpec(way(0), { ...way(0), corrupt: 0.5 }));
    const one = startIn(link.clientEnd, receiver(link.clientAddress(0)));
    await said(one);
    await said(startIn(link.serverEnd, sender([link.clientAddress(0)], count, 1)));
    await expect.poll(async () => (await link.book()).clients[0]?.down.delivered).toBe(count);
    const [book] = (await link.book()).clients;
    const came = async (): Promise<number[]> => {
      one.send('which?');
      return await said<number[]>(one);
    };
    await expect.poll(async () => (await came()).length).toBe(count - (book?.down.corrupted ?? 0));
    const all = [...(await came()), ...(book?.droppedData.dseq ?? [])].toSorted((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: count }, (_, dseq) => dseq));
  });

  it('loses segments of TCP, which sends them again', async () => {
    const bytes = 1_000_000;
    const link = await openTestLink(linkSpec(way(1_000), way(1_000, 0.02)));
    const server = startIn(
      link.serverEnd,
      `import { createServer } from 'node:net';
      import { readFileSync } from 'node:fs';
      createServer((socket) => socket.end(Buffer.alloc(${bytes}, 7)))
        .listen(${PORT}, '${link.serverAddress}', () => process.send('bound'));
      process.on('message', () => {
        const [names, values] = readFileSync('/proc/self/net/snmp', 'latin1')
          .split('\\n').filter((line) => line.startsWith('Tcp:')).map((line) => line.split(' '));
        process.send(Number(values[names.indexOf('RetransSegs')]));
      });`,
    );
    await said(server);
    const client = startIn(
      link.clientEnd,
      `import { connect } from 'node:net';
      let bytes = 0;
      connect({ host: '${link.serverAddress}', port: ${PORT}, localAddress: '${link.clientAddress(1)}' })
        .on('data', (data) => { bytes += data.every((byte) => byte === 7) ? data.length : NaN; })
        .on('end', () => process.send(bytes));`,
    );
    expect(await said(client)).toBe(bytes);
    const [, book] = (await link.book()).clients;
    server.send('how many?');
    const resent = await said<number>(server);
    expect(book?.droppedSegments).toBeGreaterThan(0);
    expect(resent).toBeGreaterThanOrEqual(book?.droppedSegments ?? Number.NaN);
    expect(book?.down.lost).toBe(book?.droppedSegments);
  });

  it('tells how many packets the kernel threw away before it could read them', async () => {
    const count = 12_000;
    const link = await openTestLink(linkSpec(way(0), way(0)));
    const { pid } = tracesOf(link);
    process.kill(pid, 'SIGSTOP');
    await said(startIn(link.serverEnd, sender([link.clientAddress(0)], count, 0)));
    process.kill(pid, 'SIGCONT');
    const counted = async (): Promise<number> => {
      const { clients, unread } = await link.book();
      return unread + (clients[0]?.down.packets ?? 0);
    };
    await expect.poll(counted).toBe(count);
    expect((await link.book()).unread).toBeGreaterThan(0);
  });
});
