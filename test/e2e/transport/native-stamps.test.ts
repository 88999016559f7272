/** When the kernel had what a native socket reads. */
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import {
  type NativeSockets,
  openNativeSockets,
} from '../../../src/transports/native/client/native-sockets.js';
import { until } from '../../support/conformance/transport-support.js';
import { FarLink, whyNoFilter } from '../../support/net/far-link.js';

const clock = systemClock();

interface Read {
  readonly bytes: number;
  readonly arrivedAt: number;
  readonly unreadSince: number;
  readonly readAt: number;
}

/** Reads what `host` sends until the test is over. Undefined when nobody listens there. */
async function reader(
  sockets: NativeSockets,
  host: string,
  port: number,
): Promise<Read[] | undefined> {
  const reads: Read[] = [];
  const area = Buffer.allocUnsafeSlow(256 * 1024);
  return new Promise((resolve) => {
    const socket = sockets.openStream(
      { host, port, area, nextAddressMs: 1_000 },
      {
        onConnect: () => resolve(reads),
        onRead: (bytes, arrivedAt, unreadSince) =>
          reads.push({ bytes, arrivedAt, unreadSince, readAt: clock.now() }),
        onEnd: () => {},
        onError: () => resolve(undefined),
      },
    );
    onTestFinished(() => socket.destroy());
  });
}

const native = await openNativeSockets(clock).catch(() => undefined);

describe.skipIf(native === undefined)('the stamps of native sockets', () => {
  it('lie between the sending and the read, and tell after which time what is read had come', async () => {
    const accepted: Socket[] = [];
    const server = createServer({ noDelay: true }, (socket) => {
      accepted.push(socket.on('error', () => {}));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until(() => server.listening, 'the server');
    const sockets = await openNativeSockets(clock);
    const { port } = server.address() as { port: number };
    const reads = (await reader(sockets, '127.0.0.1', port)) ?? [];
    await until(() => accepted.length === 1, 'the connection');
    const sentAt = clock.now();
    accepted[0]?.write('x');
    const sent = clock.now();
    // This process does nothing else for a while, and so reads late.
    while (clock.now() - sent < 50_000) {}
    await until(() => reads.length === 1, 'the read');
    const { arrivedAt, readAt, unreadSince } = reads[0] as Read;
    expect(readAt - sent).toBeGreaterThan(50_000);
    expect(arrivedAt).toBeGreaterThan(sentAt - 100);
    expect(arrivedAt).toBeLessThan(sent + 20_000);
    // More may have come before: only the last of it has a stamp.
    expect(unreadSince).toBeLessThan(arrivedAt);
    expect(readAt - unreadSince).toBeGreaterThan(49_000);
    reads.length = 0;
    const promptly = clock.now();
    accepted[0]?.write('y');
    await until(() => reads.length === 1, 'the next read');
    expect(reads[0]?.arrivedAt).toBeGreaterThan(promptly - 100);
    // A process that waits for it is not away.
    expect(reads[0]?.unreadSince).toBeGreaterThan(sent + 50_000 - 100);
    accepted[0]?.destroy();
  });

  const reason = whyNoFilter();
  const law = 'are not believed behind a hole in a TCP stream, and are on one without';
  if (reason !== undefined) {
    it.skip(`${law} (skipped: ${reason})`, () => {});
    return;
  }

  it(law, async () => {
    const PORT = 7_411;
    const MESSAGES = 400;
    const link = FarLink.open();
    link.run(`require('node:net').createServer({ noDelay: true }, (s) => {
      s.on('error', () => {});
      setInterval(() => s.write('x'.repeat(99) + '\\n'), 2);
    }).listen(${PORT}, '${link.farHost}')`);
    const sockets = await openNativeSockets(clock);
    const arrived = async (): Promise<Read[]> => {
      let reads: Read[] | undefined;
      // The program at the far end takes a while to start.
      while (reads === undefined) reads = await reader(sockets, link.farHost, PORT);
      const bytes = (): number => reads.reduce((sum, read) => sum + read.bytes, 0);
      await until(() => bytes() >= MESSAGES * 100, 'the messages');
      return reads;
    };
    const clean = await arrived();
    expect(sockets.doubts.afterHole).toBe(0);
    expect(clean.filter(({ arrivedAt }) => arrivedAt === 0)).toEqual([]);
    link.dropOneIn(20, PORT);
    const holed = await arrived();
    expect(sockets.doubts.afterHole).toBeGreaterThan(0);
    const stamps = holed.flatMap(({ arrivedAt }) => (arrivedAt > 0 ? [arrivedAt] : []));
    expect(stamps.length).toBeGreaterThan(0);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });
});
