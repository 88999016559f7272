import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../../../src/core/broadcast.js';
import type { FlushMode } from '../../../../src/core/flush.js';
import { newServerCounters } from '../../../../src/transports/counters.js';
import {
  decodeAnnounce,
  decodeEnd,
  decodeLagged,
  decodeMissed,
} from '../../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../../src/transports/datagram/wire.js';
import { GroupFeed } from '../../../../src/transports/udp-multicast/feed.js';
import { GroupSender, type GroupSocket } from '../../../../src/transports/udp-multicast/sender.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { TinyEncoder, tinySeqs } from '../../../support/core/tiny-encoder.js';

const NAMES = new Map<number, string>(
  Object.entries(wire.PACKET).map(([name, type]) => [type, name]),
);

/**
 * Takes datagrams like dgram: at once while there is room, else into a queue that keeps the very
 * buffer it was given.
 */
class FakeSocket implements GroupSocket {
  /** How many more it takes at once, and what that takes. */
  room = Number.POSITIVE_INFINITY;
  onSend: () => void = () => {};
  readonly taken: Buffer[] = [];
  readonly #done: ((error: Error | null) => void)[] = [];
  readonly #queue: { packet: Buffer; done: (error: Error | null) => void }[] = [];

  send(packet: Buffer, done: (error: Error | null) => void): void {
    if (this.room === 0) {
      this.#queue.push({ packet, done });
      return;
    }
    this.room -= 1;
    this.onSend();
    this.taken.push(Buffer.from(packet));
    this.#done.push(done);
  }

  getSendQueueCount(): number {
    return this.#queue.length;
  }

  /** The callbacks of what was taken, oldest first; those at `failing` with an error. */
  settle(...failing: number[]): void {
    for (const [i, done] of this.#done.splice(0).entries())
      done(failing.includes(i) ? new Error('ENOBUFS') : null);
  }

  drain(): void {
    this.settle();
    this.room = Number.POSITIVE_INFINITY;
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.taken.push(Buffer.from(entry.packet));
      entry.done(null);
    }
  }

  /** Type, seq and dseq of what was taken since the last call. */
  take(): string[] {
    const shown = (bytes: Buffer): string =>
      `${NAMES.get(wire.packetType(bytes))} ${wire.seqOf(bytes)} ${wire.dseqOf(bytes)}`;
    return this.taken.splice(0).map(shown);
  }
}

function rig(
  options: {
    payloadBytes?: number;
    messages?: number;
    policy?: string;
    before?: number;
    flush?: FlushMode;
  } = {},
) {
  const clock = new FakeClock();
  const retention = { messages: options.messages ?? 100, bytes: 1e6 };
  const encoder = new TinyEncoder();
  const policy = options.policy ?? 'drop-oldest';
  const { flush = 0 } = options;
  const broadcast = new Broadcast({ clock, encoder, retention, policy, flush });
  for (let i = 0; i < (options.before ?? 0); i++) broadcast.publish('k', i);
  const socket = new FakeSocket();
  const counters = newServerCounters();
  const sender = new GroupSender(socket, 200, counters, () => broadcast.requestFlush());
  const feed = new GroupFeed({
    broadcast,
    epoch: wire.parseEpoch(broadcast.epoch),
    clock,
    sender,
    counters,
    payloadBytes: options.payloadBytes ?? 8,
    heartbeatMs: 1_500,
  });
  feed.open(broadcast.subscribe({ encoder, fromSeq: broadcast.next }, feed));
  const publish = (count: number): void => {
    for (let i = 0; i < count; i++) broadcast.publish('k', 'v');
    clock.advance(0);
  };
  /** Lets this many beats of 100 ms pass, and tells what each brought. */
  const beats = (count: number): string[] =>
    Array.from({ length: count }, () => {
      clock.advance(100);
      feed.beat(clock.now());
      return socket.take().join(', ');
    });
  return { clock, broadcast, socket, counters, feed, publish, beats };
}

describe('the feed of a group', () => {
  it('is announced when it begins, at what comes next, whatever was before', () => {
    const { socket, broadcast, counters, clock } = rig({ before: 4 });
    expect(decodeAnnounce(socket.taken[0] as Buffer)).toEqual({
      epoch: wire.parseEpoch(broadcast.epoch),
      next: 5,
      dseq: 1,
      sendTime: clock.now(),
      oldest: 1,
      heartbeatMs: 1_500,
      codec: 'tiny',
    });
    expect(counters).toMatchObject({ accepted: 1, sends: 0 });
  });

  it('is announced at every idle beat, and once a second while data flows', () => {
    const { socket, publish, beats } = rig();
    socket.take();
    expect(beats(2)).toEqual(['announce 1 1', 'announce 1 1']);
    const busy = Array.from({ length: 12 }, () => {
      publish(1);
      return beats(1)[0];
    });
    const announced = busy.flatMap((sent, i) => (sent?.includes('announce') === true ? [i] : []));
    expect(announced).toEqual([9]);
    expect(busy[9]).toBe('data 10 10, announce 11 11');
    expect(beats(2)).toEqual(['announce 13 13', 'announce 13 13']);
  });

  it('sends whole messages once, numbered without gaps', () => {
    const { socket, publish, counters } = rig({ payloadBytes: 12 });
    socket.take();
    publish(5);
    const datagrams = socket.taken.map((bytes) => tinySeqs(bytes.subarray(wire.HEADER_BYTES)));
    expect(datagrams).toEqual([[1, 2], [3, 4], [5]]);
    expect(socket.taken.map((bytes) => wire.countOf(bytes))).toEqual([2, 2, 1]);
    expect(socket.take()).toEqual(['data 1 1', 'data 3 2', 'data 5 3']);
    expect(counters).toMatchObject({ sends: 3, sentMessages: 5, sendBytes: 3 * 36 + 5 * 6 });
  });

  it('waits while the kernel takes no more, says nothing that is not so, and goes on where it was', () => {
    const { socket, publish, beats, clock } = rig();
    socket.take();
    socket.room = 2;
    publish(6);
    // The third is with Node. Announcing what comes next would pass it by.
    expect(beats(3)).toEqual(['data 1 1, data 2 2', '', '']);
    socket.drain();
    clock.advance(0);
    expect(socket.take()).toEqual(['data 3 3', 'data 4 4', 'data 5 5', 'data 6 6']);
    expect(beats(2).at(-1)).toBe('announce 7 7');
  });

  it('tells the whole group what its one cursor skipped', () => {
    const { socket, publish, counters, clock } = rig({ messages: 4 });
    socket.take();
    socket.room = 0;
    publish(1);
    publish(10);
    socket.drain();
    clock.advance(0);
    expect(decodeMissed(socket.taken[1] as Buffer)).toBe(6);
    expect(socket.take()).toEqual([
      'data 1 1',
      'lagged 8 2',
      'data 8 3',
      'data 9 4',
      'data 10 5',
      'data 11 6',
    ]);
    expect(counters.droppedMessages).toBe(6);
  });

  it('is conflated for the whole group, told before the data, and nobody new begins in the middle of it', () => {
    const { socket, broadcast, counters, clock, feed } = rig({ policy: 'conflate' });
    socket.take();
    socket.room = 0;
    for (const key of 'kabcabaab') {
      broadcast.publish(key, 'v');
      clock.advance(0);
    }
    socket.drain();
    socket.room = 3;
    clock.advance(0);
    // The first was with Node. Two of the three that are left have gone out when it is announced.
    const lagged = decodeLagged(socket.taken[1] as Buffer);
    expect(lagged).toEqual({ control: 'lagged', missed: 5, next: 10, from: 2, age_us: 0 });
    expect(socket.take()).toEqual(['data 1 1', 'lagged 10 2', 'data 4 3', 'data 8 4']);
    socket.drain();
    clock.advance(2_000);
    feed.beat(clock.now());
    const said = socket.take();
    expect(said).toContain('data 9 5');
    expect(said.at(-1)).toBe('announce 10 6');
    expect(counters).toMatchObject({ conflatedMessages: 5, droppedMessages: 0 });
  });

  it('in the middle of a conflated range it is announced from behind that', () => {
    const { socket, broadcast, clock, feed } = rig({ policy: 'conflate' });
    socket.take();
    socket.room = 0;
    for (const key of 'kabcabaab') {
      broadcast.publish(key, 'v');
      clock.advance(0);
    }
    let isBeating = false;
    socket.onSend = () => {
      if (isBeating) return;
      isBeating = true;
      clock.spend(2e6);
      feed.beat(clock.now());
      isBeating = false;
    };
    socket.drain();
    clock.advance(0);
    for (let i = 0; i < 5; i++) clock.advance(0);
    const announced = socket.take().filter((what) => what.startsWith('announce'));
    expect(announced.length).toBeGreaterThan(1);
    expect(announced.every((what) => /^announce (2|10) /.test(what))).toBe(true);
  });

  it('ends for everybody when the policy is to disconnect', () => {
    const { socket, publish, broadcast } = rig({ messages: 4, policy: 'disconnect' });
    socket.take();
    socket.room = 0;
    publish(1);
    publish(10);
    socket.drain();
    expect(broadcast.counters.clients).toBe(0);
  });

  it('counts what the kernel refused, once, and a message that no datagram holds', () => {
    const { socket, publish, counters, broadcast, clock } = rig({ payloadBytes: 12 });
    socket.settle();
    publish(5);
    socket.settle(1);
    expect(counters.sendErrorMessages).toBe(2);
    broadcast.publish('k', 'far too long');
    clock.advance(0);
    expect([counters.sendErrorMessages, counters.refusedMessages]).toEqual([2, 1]);
    // The last one is LAGGED.
    expect(counters.sends).toBe(4);
  });

  it('says its end four times, and then once a heartbeat to whoever comes late', () => {
    const { socket, broadcast, feed, publish, beats, counters } = rig();
    publish(2);
    socket.take();
    broadcast.close();
    expect(decodeEnd(socket.taken[0] as Buffer)).toMatchObject({
      seq: 3,
      dseq: 3,
      reason: 'closed',
    });
    expect(socket.take()).toEqual(['end 3 3']);
    expect(feed.over).toBe(false);
    expect(beats(4).map((sent) => sent !== '')).toEqual([true, true, false, true]);
    expect(feed.over).toBe(true);
    // 400 ms so far; the next at 400 + 1,500.
    const later = beats(31).flatMap((sent, i) => (sent === '' ? [] : [400 + (i + 1) * 100]));
    expect(later).toEqual([1_900, 3_400]);
    expect(counters).toMatchObject({ ended: 1 });
    expect(broadcast.counters.clients).toBe(0);
  });

  it('has an end that waits for a full kernel buffer', () => {
    const { socket, feed, beats } = rig();
    socket.room = 0;
    // Blocked by an announcement.
    feed.beat(0);
    feed.end('closed');
    socket.take();
    expect(beats(1)).toEqual(['']);
    socket.drain();
    socket.take();
    expect(beats(1)).toEqual(['end 1 1']);
  });
});

describe('the rest that members have in mode auto', () => {
  /** A send takes half a millisecond, as with some 500 members: four of rest. */
  function busy(flush: FlushMode = 'auto') {
    const parts = rig({ flush, payloadBytes: 40 });
    parts.socket.onSend = () => parts.clock.spend(500);
    parts.socket.take();
    return parts;
  }

  it('lets a message go at once when there was none for long', () => {
    const { publish, socket, clock } = busy();
    publish(1);
    expect(socket.take()).toEqual(['data 1 1']);
    clock.advance(10);
    publish(1);
    expect(socket.take()).toEqual(['data 2 2']);
  });

  it('has what is published meanwhile go together when it is over', () => {
    const { publish, socket, clock } = busy();
    publish(1);
    for (let i = 0; i < 3; i++) {
      clock.advance(1);
      publish(1);
    }
    expect(socket.take()).toEqual(['data 1 1']);
    clock.advance(2);
    const [bytes] = socket.taken as [Buffer];
    expect(tinySeqs(bytes.subarray(wire.HEADER_BYTES))).toEqual([2, 3, 4]);
    expect(socket.take()).toEqual(['data 2 2']);
  });

  it('is not waited for by a datagram that is full, nor by the end', () => {
    const { publish, socket, clock, feed, broadcast } = busy();
    publish(1);
    socket.take();
    // Six bytes each: six of them fill the forty, and one is left.
    publish(7);
    expect(socket.take()).toEqual(['data 2 2']);
    feed.finish();
    broadcast.flush();
    expect(socket.take()).toEqual(['data 8 3', 'end 9 4']);
    clock.advance(20);
    expect(socket.take()).toEqual([]);
  });

  it.each([0, 5])('is none in mode %j, which says when to send', (flush) => {
    const { publish, socket, clock } = busy(flush);
    publish(1);
    clock.advance(Number(flush));
    socket.take();
    publish(1);
    clock.advance(Number(flush));
    expect(socket.take()).toEqual(['data 2 2']);
  });

  it('is never longer than 8 ms', () => {
    const { publish, socket, clock } = busy();
    socket.onSend = () => clock.spend(30_000);
    publish(1);
    socket.take();
    clock.advance(1);
    publish(1);
    clock.advance(6);
    expect(socket.take()).toEqual([]);
    clock.advance(3);
    expect(socket.take()).toEqual(['data 2 2']);
  });
});
