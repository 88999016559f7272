import { beforeEach, describe, expect, it } from 'vitest';
import type { Slice } from '../../../../../src/core/log/slice.js';
import type { SliceTrain } from '../../../../../src/core/log/slice-train.js';
import { newServerCounters } from '../../../../../src/transports/counters.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { mostSegments } from '../../../../../src/transports/native/segments.js';
import { BatchSender } from '../../../../../src/transports/udp/sending/batch-sender.js';
import type { SendingSocket } from '../../../../../src/transports/udp/sending/dgram-queue.js';
import type { Target } from '../../../../../src/transports/udp/sending/sender.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';
import { FakeNative } from '../../../../support/core/fake-native.js';

const [EPERM, EIO, EAGAIN, EINVAL, EMSGSIZE] = [1, 5, 11, 22, 90];
const EPOCH = { high: 1, low: 2 };
const NO_FLAGS = new Uint8Array(64);

/** A datagram as a client reads it. */
interface Heard {
  readonly port: number;
  readonly dseq: number;
  readonly text: string;
  readonly padding: number;
}

function heard(bytes: Buffer, port: number): Heard {
  expect(wire.packetType(bytes)).toBe(wire.PACKET.data);
  const padding = wire.paddingOf(bytes);
  expect(wire.versionOf(bytes)).toBe(padding > 0 ? 2 : 1);
  const end = bytes.length - padding;
  expect(bytes.subarray(end).every((byte) => byte === 0)).toBe(true);
  const text = bytes.toString('latin1', wire.HEADER_BYTES, end);
  return { port, dseq: wire.dseqOf(bytes), text, padding };
}

/** dgram: takes while there is room, else queues. */
class FakeSocket implements SendingSocket {
  full = false;
  readonly #queue: (() => void)[] = [];
  readonly #taken: (bytes: Buffer, port: number) => void;

  constructor(taken: (bytes: Buffer, port: number) => void) {
    this.#taken = taken;
  }

  send(packet: Buffer, port: number, _to: string, done: (error: Error | null) => void): void {
    const go = (): void => {
      this.#taken(packet, port);
      done(null);
    };
    if (this.full) this.#queue.push(go);
    else go();
  }

  getSendQueueCount(): number {
    return this.#queue.length;
  }

  drain(): void {
    this.full = false;
    for (let go = this.#queue.shift(); go !== undefined; go = this.#queue.shift()) go();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let native: FakeNative;
let socket: FakeSocket;
let sender: BatchSender;
let counters: ReturnType<typeof newServerCounters>;
let clock: FakeClock;
let singly: Heard[];

beforeEach(() => {
  native = new FakeNative();
  clock = new FakeClock();
  counters = newServerCounters();
  singly = [];
  socket = new FakeSocket((bytes, port) => singly.push(heard(bytes, port)));
  sender = new BatchSender({
    native,
    fd: 9,
    family: 4,
    socket,
    clock,
    counters,
    onDrain: () => {},
    size: 4,
    segments: 8,
  });
});

/** Each text is a slice with as many messages as it is long. */
function train(...texts: string[]): SliceTrain {
  let to = 0;
  const slices: Slice[] = texts.map((text) => {
    const from = to;
    to += text.length;
    return { from, to, seq: from + 1, bytes: Buffer.from(text) };
  });
  const longest = Math.max(...texts.map(({ length }) => length));
  const padding = texts.slice(0, -1).reduce((sum, { length }) => sum + longest - length, 0);
  return { slices, longest, padding };
}

const target = (port: number, takesPadding = true): Target =>
  sender.target('127.0.0.1', port, takesPadding);

function sendTo(to: Target, what: SliceTrain, dseq = 1): void {
  expect(sender.blocked).toBe(false);
  sender.sendTrain(what, NO_FLAGS, EPOCH, dseq, to);
}

const segmented = (): Heard[] =>
  native.taken.map(({ bytes, sockaddr }) =>
    heard(bytes, Number.parseInt(sockaddr.slice(4, 8), 16)),
  );

const plain = (port: number, dseq: number, text: string): Heard => ({
  port,
  dseq,
  text,
  padding: 0,
});

describe('a train of datagrams', () => {
  it('is one send of segments of one length, the short ones filled up and the last left short', async () => {
    sendTo(target(7), train('aaaa', 'bbb', 'cccc', 'd'), 2 ** 32 - 2);
    await turn();
    expect(native.segments).toEqual([4]);
    expect(native.taken.map(({ bytes }) => bytes.length)).toEqual([40, 40, 40, 37]);
    expect(segmented()).toEqual([
      plain(7, 2 ** 32 - 2, 'aaaa'),
      { ...plain(7, 2 ** 32 - 1, 'bbb'), padding: 1 },
      plain(7, 0, 'cccc'),
      plain(7, 1, 'd'),
    ]);
    expect(native.taken.map(({ bytes }) => wire.seqOf(bytes))).toEqual([1, 5, 8, 12]);
    expect(native.taken.map(({ bytes }) => wire.countOf(bytes))).toEqual([4, 3, 4, 1]);
    expect(native.taken.every(({ bytes }) => wire.hasEpoch(bytes, EPOCH))).toBe(true);
  });

  it('has the flags of each datagram, and of each subscriber, whoever shares it', async () => {
    const shared = train('aaaa', 'bbb', 'cccc');
    const flags = (...each: number[]): Uint8Array => Uint8Array.from(each);
    sender.sendTrain(shared, flags(2, 18, 2), EPOCH, 1, target(7));
    sender.sendTrain(shared, flags(0, 0, 16), EPOCH, 1, target(8));
    // Taken apart, as there is padding that this one does not take.
    sender.sendTrain(shared, flags(16, 0, 2), EPOCH, 1, target(9, false));
    await turn();
    expect(native.taken.map(({ bytes }) => wire.flagsOf(bytes))).toEqual([
      2, 18, 2, 0, 0, 16, 16, 0, 2,
    ]);
    expect(segmented().map(({ text }) => text)).toEqual(
      Array.from({ length: 3 }, () => ['aaaa', 'bbb', 'cccc']).flat(),
    );
  });

  it('counts datagrams and messages as if each went by itself, and padding as overhead', async () => {
    sendTo(target(7), train('aaaa', 'bbb', 'cccc'));
    await turn();
    expect(counters).toMatchObject({
      sends: 3,
      sentMessages: 11,
      sendBytes: 3 * 36 + 11 + 1,
      paddingBytes: 1,
      coalescedSends: 1,
      coalescedDatagrams: 3,
      segmentationRefused: 0,
      sendErrorMessages: 0,
    });
  });

  it('of one datagram is no train', async () => {
    sendTo(target(7), train('aaaa'));
    await turn();
    expect([native.segments, segmented()]).toEqual([[1], [plain(7, 1, 'aaaa')]]);
    expect(counters).toMatchObject({ sends: 1, coalescedSends: 0, coalescedDatagrams: 0 });
  });

  it('is the same for everybody at its place, but for the number and the address', async () => {
    const what = train('aa', 'b', 'cc');
    for (let port = 1; port <= 10; port++) sendTo(target(port), what, 100 * port);
    await turn();
    expect(native.calls).toEqual([4, 4, 2]);
    expect(segmented()).toEqual(
      Array.from({ length: 10 }, (_, i) => [
        plain(i + 1, 100 * (i + 1), 'aa'),
        { ...plain(i + 1, 100 * (i + 1) + 1, 'b'), padding: 1 },
        plain(i + 1, 100 * (i + 1) + 2, 'cc'),
      ]).flat(),
    );
  });

  it('leaves nothing behind in the memory for a shorter one, or for a packet by itself', async () => {
    sendTo(target(1), train('aaaa', 'b', 'cccc', 'dd'));
    await turn();
    native.taken.length = 0;
    sendTo(target(2), train('ee', 'f'));
    wire.writeHeader(sender.header, wire.PACKET.lagged, 0, EPOCH, 1, 3, 0, 0);
    sender.send(Buffer.from('lag'), 0, target(2));
    sendTo(target(3), train('g'));
    await turn();
    expect(native.segments).toEqual([4, 2, 1, 1]);
    expect(native.taken.map(({ bytes }) => bytes.toString('latin1', 36))).toEqual([
      'ee',
      'f',
      'lag',
      'g',
    ]);
  });

  it('has every datagram stamped with the time of the call that carries it', async () => {
    sendTo(target(7), train('aa', 'bb'));
    clock.advance(5);
    const due = Math.floor(clock.now());
    await turn();
    expect(native.taken.map(({ bytes }) => wire.sendTimeOf(bytes))).toEqual([due, due]);
  });

  it('goes singly to a client that takes no padding, unless it needs none', async () => {
    sendTo(target(7, false), train('aaaa', 'bbb', 'cccc'));
    sendTo(target(8, false), train('dd', 'ee', 'f'));
    await turn();
    expect(native.segments).toEqual([1, 1, 1, 3]);
    expect(segmented()).toEqual([
      plain(7, 1, 'aaaa'),
      plain(7, 2, 'bbb'),
      plain(7, 3, 'cccc'),
      plain(8, 1, 'dd'),
      plain(8, 2, 'ee'),
      plain(8, 3, 'f'),
    ]);
    expect(counters).toMatchObject({ coalescedSends: 1, paddingBytes: 0, sendBytes: 6 * 36 + 16 });
  });

  it('is no longer than 64 datagrams, nor than an IPv4 packet carries', () => {
    expect([128, 548, 1_000, 1_200, 1_472].map(mostSegments)).toEqual([64, 64, 64, 54, 44]);
    expect(54 * 1_200).toBeLessThanOrEqual(65_535 - 20 - 8);
  });
});

describe('a path that does not segment', () => {
  it.each([EINVAL, EIO, EMSGSIZE])(
    'refuses with errno %i in the middle of a batch: its datagrams go one by one, none lost and none twice',
    async (errno) => {
      native.refusesSegments.set(2, errno);
      const targets = [1, 2, 3].map((port) => target(port));
      const what = train('aaaa', 'bbb', 'cccc');
      for (const to of targets) sendTo(to, what);
      await turn();
      expect(native.segments).toEqual([3, 1, 1, 1, 3]);
      const once = (port: number, padding: number): Heard[] => [
        plain(port, 1, 'aaaa'),
        { ...plain(port, 2, 'bbb'), padding },
        plain(port, 3, 'cccc'),
      ];
      expect(segmented()).toEqual([...once(1, 1), ...once(2, 0), ...once(3, 1)]);
      expect(counters).toMatchObject({
        sends: 9,
        sentMessages: 33,
        sendBytes: 9 * 36 + 33 + 2,
        paddingBytes: 2,
        coalescedSends: 2,
        coalescedDatagrams: 6,
        segmentationRefused: 1,
        sendErrorMessages: 0,
      });
      expect(sender.name).toBe('gso');
    },
  );

  it('is not asked again, and the others go on in trains', async () => {
    native.refusesSegments.set(2, EINVAL);
    const [one, two] = [target(1), target(2)];
    for (let dseq = 1; dseq < 20; dseq += 2) {
      for (const to of [one, two]) sendTo(to, train('aa', 'bb'), dseq);
      await turn();
    }
    expect(native.segments.slice(3)).toEqual(Array.from({ length: 9 }, () => [2, 1, 1]).flat());
    expect(counters).toMatchObject({ segmentationRefused: 1, coalescedSends: 10 });
    expect(
      segmented()
        .filter(({ port }) => port === 2)
        .map(({ dseq }) => dseq),
    ).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('makes it sendmmsg in the result where it is every path', async () => {
    for (const port of [1, 2]) native.refusesSegments.set(port, EIO);
    for (const port of [1, 2]) sendTo(target(port), train('aa', 'bb'));
    await turn();
    expect(sender.name).toBe('sendmmsg');
    expect(counters).toMatchObject({ segmentationRefused: 2, coalescedSends: 0, paddingBytes: 0 });
  });

  it('blocked in the middle of going singly, sends each datagram once and in order when there is room', async () => {
    // The train, its first datagram alone, the second; then the kernel is full.
    native.outcomes = [-EINVAL, 1, -EAGAIN];
    socket.full = true;
    sendTo(target(1), train('aaaa', 'bbb', 'cccc'));
    sendTo(target(2), train('dd', 'ee'));
    await turn();
    expect(sender.blocked).toBe(true);
    expect(segmented()).toEqual([plain(1, 1, 'aaaa')]);
    socket.drain();
    await turn();
    expect(singly).toEqual([plain(1, 2, 'bbb')]);
    expect(segmented()).toEqual([
      plain(1, 1, 'aaaa'),
      plain(1, 3, 'cccc'),
      plain(2, 1, 'dd'),
      plain(2, 2, 'ee'),
    ]);
    expect(counters).toMatchObject({
      sends: 5,
      sendBytes: 5 * 36 + 15,
      segmentationRefused: 1,
      sendErrorMessages: 0,
    });
  });
});

describe('a train that cannot be sent', () => {
  it('is not the fault of the segmenting where its datagrams cannot go singly either', async () => {
    native.outcomes = [-EINVAL, -EINVAL, -EINVAL];
    sendTo(target(1), train('aaaa', 'bb'));
    await turn();
    expect(native.taken).toEqual([]);
    expect(counters).toMatchObject({ sendErrorMessages: 6, segmentationRefused: 0 });
    sendTo(target(1), train('cc', 'dd'));
    await turn();
    expect(native.segments).toEqual([2]);
  });

  it('costs only the datagrams that the kernel refuses one by one', async () => {
    native.outcomes = [-EPERM, 1, -EPERM, 1];
    sendTo(target(1), train('aaaa', 'bb', 'cccc'));
    await turn();
    expect(segmented().map(({ text }) => text)).toEqual(['aaaa', 'cccc']);
    expect(counters).toMatchObject({ sendErrorMessages: 2, segmentationRefused: 0 });
  });

  it('goes through dgram, datagram by datagram and without padding, when the kernel is full', async () => {
    native.outcomes = [-EAGAIN];
    socket.full = true;
    const what = train('aaaa', 'bbb', 'cccc');
    sendTo(target(1), what);
    sendTo(target(2), what);
    await turn();
    expect(sender.blocked).toBe(true);
    socket.drain();
    await turn();
    expect(singly).toEqual([plain(1, 1, 'aaaa'), plain(1, 2, 'bbb'), plain(1, 3, 'cccc')]);
    expect(segmented().map(({ dseq, padding }) => [dseq, padding])).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
    ]);
    expect(counters).toMatchObject({ sends: 6, sendErrorMessages: 0, paddingBytes: 1 });
    // What was in its place is written anew.
    sendTo(target(3), what);
    await turn();
    expect(
      segmented()
        .slice(3)
        .map(({ padding }) => padding),
    ).toEqual([0, 1, 0]);
  });

  it('is counted as lost, message by message, when the sender is closed while blocked', async () => {
    native.outcomes = [-EINVAL, 1, -EAGAIN];
    socket.full = true;
    sendTo(target(1), train('aaaa', 'bbb', 'cccc'));
    sendTo(target(2), train('dd', 'ee'));
    await turn();
    sender.close();
    // One was sent, one lies with dgram.
    expect(counters.sendErrorMessages).toBe(4 + 4);
  });
});
