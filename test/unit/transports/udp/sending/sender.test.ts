import { describe, expect, it } from 'vitest';
import { newServerCounters } from '../../../../../src/transports/counters.js';
import { HEADER_BYTES } from '../../../../../src/transports/datagram/wire.js';
import type { SendingSocket } from '../../../../../src/transports/udp/sending/dgram-queue.js';
import { DgramSender } from '../../../../../src/transports/udp/sending/sender.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';

/**
 * Takes datagrams like dgram: at once while there is room, else into a queue that keeps the very
 * buffer it was given.
 */
class FakeSocket implements SendingSocket {
  readonly taken: string[] = [];
  readonly #queue: { packet: Buffer; done: (error: Error | null) => void }[] = [];
  readonly #done: ((error: Error | null) => void)[] = [];
  full = false;

  send(packet: Buffer, _port: number, _address: string, done: (error: Error | null) => void): void {
    if (this.full) {
      this.#queue.push({ packet, done });
    } else {
      this.taken.push(packet.toString('latin1'));
      this.#done.push(done);
    }
  }

  getSendQueueCount(): number {
    return this.#queue.length;
  }

  /** The callbacks of what was taken, oldest first, the ones at `failing` with an error. */
  settle(failing: readonly number[] = []): void {
    this.#done.splice(0).forEach((done, index) => {
      done(failing.includes(index) ? new Error('ENOBUFS') : null);
    });
  }

  drain(): void {
    this.full = false;
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.taken.push(entry.packet.toString('latin1'));
      entry.done(null);
    }
  }
}

function setup(): {
  socket: FakeSocket;
  sender: DgramSender;
  counters: ReturnType<typeof newServerCounters>;
  drains: () => number;
} {
  const socket = new FakeSocket();
  const counters = newServerCounters();
  let drains = 0;
  const sender = new DgramSender(socket, 128, new FakeClock(), counters, () => {
    drains += 1;
  });
  return { socket, sender, counters, drains: () => drains };
}

function send(sender: DgramSender, header: string, payload: Buffer, messages = 1): void {
  sender.header.fill(header, 0, HEADER_BYTES, 'latin1');
  sender.send(payload, messages, sender.target('127.0.0.1', 9, true));
}

const datagram = (header: string, payload: string): string => header.repeat(HEADER_BYTES) + payload;

describe('the datagram sender', () => {
  it('joins header and payload, and sends the same payload under another header', () => {
    const { socket, sender, counters } = setup();
    const payload = Buffer.from('one');
    send(sender, 'a', payload);
    send(sender, 'b', payload);
    send(sender, 'c', Buffer.from('two!'), 3);
    expect(socket.taken).toEqual([
      datagram('a', 'one'),
      datagram('b', 'one'),
      datagram('c', 'two!'),
    ]);
    expect(counters).toMatchObject({ sends: 3, sendBytes: 39 + 39 + 40, sentMessages: 5 });
  });

  it('is blocked from the send that was queued until the queue is empty, then says so once', () => {
    const { socket, sender, drains } = setup();
    socket.full = true;
    send(sender, 'a', Buffer.from('one'));
    expect(sender.blocked).toBe(true);
    socket.drain();
    expect(sender.blocked).toBe(false);
    expect(drains()).toBe(1);
  });

  it('stays blocked while callbacks of earlier sends run', () => {
    const { socket, sender, drains } = setup();
    send(sender, 'a', Buffer.from('one'));
    socket.full = true;
    send(sender, 'b', Buffer.from('two'));
    socket.settle();
    expect(sender.blocked).toBe(true);
    expect(drains()).toBe(0);
  });

  it('leaves a queued datagram alone while the next header is written', () => {
    const { socket, sender } = setup();
    socket.full = true;
    send(sender, 'a', Buffer.from('one'));
    sender.header.fill('z');
    socket.drain();
    expect(socket.taken).toEqual([datagram('a', 'one')]);
    send(sender, 'b', Buffer.from('two'));
    expect(socket.taken[1]).toBe(datagram('b', 'two'));
  });

  it('counts exactly the messages of the sends that failed, also after its ring has grown', () => {
    const { socket, sender, counters } = setup();
    const payload = Buffer.from('x');
    for (let i = 0; i < 700; i++) send(sender, 'a', payload, 1);
    socket.settle();
    for (let i = 0; i < 3_000; i++) send(sender, 'a', payload, i);
    socket.settle([0, 5, 2_999]);
    expect(counters.sendErrorMessages).toBe(0 + 5 + 2_999);
    send(sender, 'a', payload, 7);
    socket.settle([0]);
    expect(counters.sendErrorMessages).toBe(3_004 + 7);
  });

  it('does not count packets outside the stream, and drops them while blocked', () => {
    const { socket, sender, counters } = setup();
    socket.full = true;
    send(sender, 'a', Buffer.from('one'));
    sender.sendPacket(Buffer.from('retry'), 9, '127.0.0.1');
    expect(socket.getSendQueueCount()).toBe(1);
    socket.drain();
    sender.sendPacket(Buffer.from('retry'), 9, '127.0.0.1');
    expect(socket.taken[1]).toBe('retry');
    expect(counters).toMatchObject({ sends: 1, sentMessages: 1 });
  });
});
