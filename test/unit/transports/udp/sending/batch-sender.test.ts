import { beforeEach, describe, expect, it } from 'vitest';
import { newServerCounters } from '../../../../../src/transports/counters.js';
import {
  HEADER_BYTES,
  sendTimeOf,
  writeHeader,
} from '../../../../../src/transports/datagram/wire.js';
import { BatchSender } from '../../../../../src/transports/udp/sending/batch-sender.js';
import type { SendingSocket } from '../../../../../src/transports/udp/sending/dgram-queue.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';
import { FakeNative } from '../../../../support/core/fake-native.js';

const [EPERM, EINTR, EAGAIN, EMSGSIZE, ENOBUFS, ECONNREFUSED] = [1, 4, 11, 90, 105, 111];
const SIZE = 4;

/** dgram: takes while there is room, else queues. */
class FakeSocket implements SendingSocket {
  full = false;
  readonly #queue: { packet: Buffer; done: (error: Error | null) => void }[] = [];
  readonly #taken: (packet: Buffer) => void;

  constructor(taken: (packet: Buffer) => void) {
    this.#taken = taken;
  }

  send(packet: Buffer, port: number, address: string, done: (error: Error | null) => void): void {
    expect([port, address]).toEqual([4_660, '127.0.0.1']);
    if (this.full) {
      this.#queue.push({ packet, done });
    } else {
      this.#taken(packet);
      process.nextTick(done, null);
    }
  }

  getSendQueueCount(): number {
    return this.#queue.length;
  }

  /** Room again: what was queued goes out, or fails. */
  drain(error: Error | null = null): void {
    this.full = false;
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      if (error === null) this.#taken(entry.packet);
      entry.done(error);
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let native: FakeNative;
let socket: FakeSocket;
let sender: BatchSender;
let counters: ReturnType<typeof newServerCounters>;
let clock: FakeClock;
let drains: number;
/** Payloads that went through dgram. */
let singly: string[];

beforeEach(() => {
  native = new FakeNative();
  singly = [];
  drains = 0;
  clock = new FakeClock();
  counters = newServerCounters();
  socket = new FakeSocket((packet) => singly.push(packet.toString('latin1', HEADER_BYTES)));
  const onDrain = (): void => {
    drains += 1;
  };
  sender = new BatchSender({
    native,
    fd: 9,
    family: 4,
    socket,
    clock,
    counters,
    onDrain,
    size: SIZE,
  });
});

/** One datagram for each text, with as many messages as it is long. */
function send(...texts: string[]): void {
  for (const text of texts) {
    writeHeader(sender.header, 1, 0, { high: 0, low: 0 }, 1, 1, text.length, 0);
    sender.send(Buffer.from(text), text.length, sender.target('127.0.0.1', 4_660, true));
  }
}

const batched = (): string[] =>
  native.taken.map(({ bytes }) => bytes.toString('latin1', HEADER_BYTES));

describe('the batch sender', () => {
  it('hands over a full batch at once, the rest at the end of the turn, and counts as dgram does', async () => {
    send('a', 'bb', 'c', 'd', 'e', 'f');
    expect(native.calls).toEqual([4]);
    await turn();
    expect(native.calls).toEqual([4, 2]);
    expect(batched()).toEqual(['a', 'bb', 'c', 'd', 'e', 'f']);
    expect(counters).toMatchObject({
      sends: 6,
      sendBytes: 6 * 36 + 7,
      sentMessages: 7,
      sendErrorMessages: 0,
    });
    expect(
      native.taken.every(({ sockaddr }) => sockaddr === '020012347f0000010000000000000000'),
    ).toBe(true);
    await turn();
    expect([native.calls.length, drains]).toEqual([2, 0]);
  });

  it('stamps every datagram with the time of the call that carries it', async () => {
    native.outcomes = [2];
    send('a', 'b', 'c');
    clock.advance(5);
    const due = Math.floor(clock.now());
    await turn();
    expect(native.taken.map(({ bytes }) => sendTimeOf(bytes))).toEqual([due, due, due]);
  });

  it('goes on with the rest of a batch that was taken in part', () => {
    native.outcomes = [1, 2];
    send('a', 'b', 'c', 'd');
    expect(native.calls).toEqual([4, 3, 1]);
    expect(batched()).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([EPERM, EMSGSIZE, ECONNREFUSED])(
    'errno %i costs one datagram, counts its messages, and the others go on',
    (errno) => {
      native.outcomes = [1, -errno, -errno];
      send('a', 'bb', 'ccc', 'd');
      expect(batched()).toEqual(['a', 'd']);
      expect(counters).toMatchObject({ sends: 4, sentMessages: 7, sendErrorMessages: 5 });
      expect(sender.blocked).toBe(false);
    },
  );

  it('ends when every datagram of a batch is refused', () => {
    native.outcomes = [-EPERM, -EPERM, -EPERM, -EPERM];
    send('a', 'b', 'c', 'd');
    expect(native.calls).toEqual([4, 3, 2, 1]);
    expect(counters.sendErrorMessages).toBe(4);
  });

  it('tries again after an interruption', () => {
    native.outcomes = [-EINTR];
    send('a', 'b', 'c', 'd');
    expect(batched()).toEqual(['a', 'b', 'c', 'd']);
    expect(counters.sendErrorMessages).toBe(0);
  });

  it.each([EAGAIN, ENOBUFS])(
    'errno %i blocks it until dgram could send the datagram in question; nothing is lost, the order stays',
    async (errno) => {
      native.outcomes = [1, -errno];
      socket.full = true;
      send('a', 'b', 'c', 'd');
      expect(sender.blocked).toBe(true);
      await turn();
      expect(native.calls).toEqual([4, 3]);
      const before = batched().length;
      socket.drain();
      expect([batched().slice(0, before), singly, batched().slice(before)]).toEqual([
        ['a'],
        ['b'],
        ['c', 'd'],
      ]);
      expect([sender.blocked, drains]).toEqual([false, 1]);
      expect(counters).toMatchObject({ sends: 4, sentMessages: 4, sendErrorMessages: 0 });
    },
  );

  it('stays blocked while the kernel is full again, and says once that it is not', () => {
    native.outcomes = [-EAGAIN, -EAGAIN];
    socket.full = true;
    send('a', 'b', 'c', 'd');
    // Full again as soon as the first is out.
    const once = socket.send.bind(socket);
    socket.send = (...args) => {
      socket.full = true;
      once(...args);
    };
    socket.drain();
    expect([sender.blocked, drains, singly]).toEqual([false, 1, ['a', 'b']]);
    expect(batched()).toEqual(['c', 'd']);
  });

  it('goes straight on when there is room again by the time dgram tries', () => {
    native.outcomes = [-EAGAIN];
    send('a', 'b', 'c', 'd');
    expect([singly, batched()]).toEqual([['a'], ['b', 'c', 'd']]);
    expect([sender.blocked, drains]).toEqual([false, 0]);
  });

  it('counts the messages of the datagram that dgram could not send after all', () => {
    native.outcomes = [-EAGAIN];
    socket.full = true;
    send('aaa', 'b', 'c', 'd');
    socket.drain(new Error('EPERM'));
    expect([singly, batched()]).toEqual([[], ['b', 'c', 'd']]);
    expect(counters.sendErrorMessages).toBe(3);
  });

  it('takes more datagrams than fit while blocked, and loses none of them', () => {
    native.outcomes = [-EAGAIN];
    socket.full = true;
    send('a', 'b', 'c', 'd', 'e', 'f');
    socket.drain();
    expect([...singly, ...batched()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(counters).toMatchObject({ sends: 6, sentMessages: 6, sendErrorMessages: 0 });
  });

  it('sends a packet outside the stream after the data before it, uncounted, and drops it while blocked', async () => {
    send('a', 'b');
    sender.sendPacket(Buffer.alloc(HEADER_BYTES + 3, 'x'), 4_660, '127.0.0.1');
    expect([batched(), singly]).toEqual([['a', 'b'], ['xxx']]);
    native.outcomes = [-EAGAIN];
    socket.full = true;
    send('c', 'd');
    sender.sendPacket(Buffer.alloc(HEADER_BYTES + 3, 'y'), 4_660, '127.0.0.1');
    socket.drain();
    expect([batched(), singly]).toEqual([
      ['a', 'b', 'd'],
      ['xxx', 'c'],
    ]);
    expect(counters).toMatchObject({ sends: 4, sentMessages: 4 });
  });

  it('sends what it has when it is closed, counts what it cannot, and never uses the descriptor again', async () => {
    send('a');
    sender.close();
    expect(batched()).toEqual(['a']);
    send('b');
    await turn();
    expect(native.calls).toEqual([1]);
  });

  it('counts what is left as lost when it is closed while blocked', () => {
    native.outcomes = [-EAGAIN];
    socket.full = true;
    send('a', 'bb', 'ccc', 'd');
    sender.close();
    expect(counters.sendErrorMessages).toBe(6);
    // As dgram does when its socket closes.
    socket.drain(new Error('ECANCELED'));
    expect(counters.sendErrorMessages).toBe(7);
    expect(native.calls).toEqual([4]);
  });

  it('keeps the payload of a datagram while it waits, and lets go of it when it is sent', async () => {
    native.outcomes = [-EAGAIN];
    socket.full = true;
    const payload = Buffer.allocUnsafeSlow(200).fill('p');
    sender.send(payload, 1, sender.target('127.0.0.1', 4_660, true));
    sender.send(payload, 1, sender.target('127.0.0.1', 4_660, true));
    await turn();
    expect(sender.blocked).toBe(true);
    socket.drain();
    expect(batched()).toEqual(['p'.repeat(200)]);
  });
});
