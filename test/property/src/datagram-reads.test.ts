/**
 * Datagrams that came in one read (UDP_GRO) against the same ones by themselves: nobody can tell
 * which it was.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import type { DatagramSocket } from '../../../src/transports/client-sockets.js';
import { newClientCounters } from '../../../src/transports/counters.js';
import { encodeAnnounce } from '../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../src/transports/datagram/wire.js';
import { GroupSubscription } from '../../../src/transports/udp-multicast/subscription.js';
import { FakeClock } from '../../support/core/fake-clock.js';

const codec = await loadCodec('line-json');
const EPOCH = { high: 1, low: 2 };
const EACH = 400;

/** What a datagram is, and how its number follows on the one before. */
interface Piece {
  readonly kind: 'data' | 'wrong-epoch' | 'wrong-count' | 'lagged' | 'announce' | 'garbage';
  readonly messages: number;
  readonly step: number;
  readonly sentLater: boolean;
}

const kind = fc.oneof(
  { weight: 12, arbitrary: fc.constant('data' as const) },
  fc.constantFrom('wrong-epoch', 'wrong-count', 'lagged', 'announce', 'garbage'),
);
const step = fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.constantFrom(0, -1, -3, 2, 5));
const piece: fc.Arbitrary<Piece> = fc.record({
  kind,
  messages: fc.integer({ min: 0, max: 3 }),
  step,
  sentLater: fc.boolean(),
});

const PLAIN: Piece = { kind: 'data', messages: 2, step: 1, sentLater: false };

/** All but the last are filled up to one length, as a sender of segments does it. */
function datagrams(pieces: readonly Piece[]): Buffer[] {
  let dseq = 4;
  let seq = 10;
  let sendTime = 1_000;
  return pieces.map(({ kind, messages, step, sentLater }, i) => {
    if (sentLater) sendTime += 10;
    const bytes = Buffer.alloc(EACH, kind === 'garbage' ? 0xa5 : 0);
    if (kind === 'garbage') return bytes;
    const epoch = kind === 'wrong-epoch' ? { high: 9, low: 9 } : EPOCH;
    if (kind === 'announce') {
      // Up to four that have been sent, and come later.
      const next = dseq + Math.max(1, step);
      const about = { epoch, next: seq, dseq: next, sendTime, oldest: 1, heartbeatMs: 1_000 };
      const unfilled = encodeAnnounce({ ...about, codec: '' }).length;
      return encodeAnnounce({ ...about, codec: 'x'.repeat(EACH - unfilled) });
    }
    dseq += step;
    const count = kind === 'wrong-count' ? messages + 1 : messages;
    const type = kind === 'lagged' ? wire.PACKET.lagged : wire.PACKET.data;
    wire.writeHeader(bytes, type, 0, epoch, seq, dseq, count, sendTime);
    if (kind === 'lagged') return bytes;
    let at = wire.HEADER_BYTES;
    for (let n = 0; n < messages; n++, seq++)
      at = codec.encode({ seq, time: 5, key: 'k', value: seq }, bytes, at);
    if (i === pieces.length - 1) return bytes.subarray(0, at);
    wire.writePadding(bytes, EACH - at);
    return bytes;
  });
}

/** What a receiver is told, but for where a read begins and ends, and what is counted. */
function heard(tell: (socket: DatagramSocket) => void) {
  const messages: unknown[] = [];
  const controls: unknown[] = [];
  const counters = newClientCounters();
  let reads = 0;
  let read = Buffer.alloc(0);
  let sent = 0;
  let lost = 0;
  const socket: DatagramSocket = {
    localPort: 1,
    inode: undefined,
    receiveBufferBytes: null,
    handler: undefined,
    send: () => {},
    close: (closed) => closed?.(),
  };
  const start = {
    epoch: EPOCH,
    next: 10,
    dseq: 4,
    sendTime: 0,
    oldest: 1,
    heartbeatMs: 1_000,
    codec: 'line-json',
  };
  const receiver = {
    begin: (bytes: Buffer, sendTime: number, arrivedAt: number) => {
      reads += 1;
      read = bytes as Buffer<ArrayBuffer>;
      sent = sendTime;
      // As who accounts for losses does: once for all that follows.
      lost = counters.datagramsLost;
      expect(arrivedAt).toBe(77);
    },
    message: (seq: number, from: number, to: number) =>
      messages.push([seq, sent, read.toString('latin1', from, to), lost]),
    end: () => {},
    control: (control: unknown) => controls.push(control),
  };
  const subscription = new GroupSubscription(socket, start, counters, {
    codec,
    clock: new FakeClock(),
    receiver,
  });
  tell(socket);
  void subscription.close();
  const { mostInRead, ...rest } = counters;
  return { told: { messages, controls, counters: rest }, reads, mostInRead };
}

it('datagrams of one read are told and counted as each by itself', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), (pieces) => {
      const all = datagrams(pieces);
      const singly = heard((socket) => {
        for (const bytes of all) socket.handler?.onDatagram(bytes, 77);
      });
      const together = heard((socket) =>
        socket.handler?.onDatagrams?.(Buffer.concat(all), EACH, 77),
      );
      expect(together.told).toEqual(singly.told);
      expect(together.mostInRead).toBe(Math.max(1, all.length));
    }),
    // Those that were announced before they come are no longer lost, one after another.
    { numRuns: 500, examples: [[[PLAIN, { ...PLAIN, kind: 'announce', step: 5 }, PLAIN, PLAIN]]] },
  );
});

it('those that follow on one another and were sent at once are handed on as one read', () => {
  const pieces = [PLAIN, PLAIN, { ...PLAIN, sentLater: true }, PLAIN, { ...PLAIN, step: 2 }, PLAIN];
  const all = datagrams(pieces);
  const { reads, told } = heard((socket) =>
    socket.handler?.onDatagrams?.(Buffer.concat(all), EACH, 77),
  );
  // The first was announced at number 4, and comes as 5; another clock reading; a number is
  // missing.
  expect(reads).toBe(5);
  expect(told.messages).toHaveLength(12);
  expect(told.counters).toMatchObject({ datagramsLost: 2, mostInDatagram: 2, malformed: 0 });
});
