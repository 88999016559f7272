/**
 * What one joiner costs does not grow with what the server holds, and catching up makes nobody
 * wait.
 */
import { describe, expect, it } from 'vitest';
import { Snapshot } from '../../../src/core/catch-up/catch-up.js';
import { MessageLog } from '../../../src/core/log/message-log.js';
import type { Subscriber } from '../../../src/core/subscriber.js';
import { feed, range } from '../../support/core/broadcast-feed.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder } from '../../support/core/tiny-encoder.js';

const PAGE_BYTES = 32 * 1024;

/** Counts what it encodes, and takes time for it by the fake clock. */
class CostlyEncoder extends TinyEncoder {
  encoded = 0;
  spend: (micros: number) => void = () => {};

  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    this.encoded += 1;
    this.spend(5);
    return super.encode(message, into, offset);
  }
}

class Half extends TinyEncoder {
  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    if (message.seq % 2 === 1) throw new TypeError('an odd one');
    return super.encode(message, into, offset);
  }
}

function crowded(keys: number, bytes = 1_000) {
  const encoder = new CostlyEncoder();
  const bed = feed({ encoder, maxClients: 5_000 });
  for (let i = 0; i < keys; i++) bed.broadcast.publish(`k${i}`, 'x'.repeat(bytes));
  bed.clock.advance(10);
  encoder.spend = (micros) => bed.clock.spend(micros);
  encoder.encoded = 0;
  return { ...bed, encoder };
}

describe('a join', () => {
  it('encodes nothing, with or without keys or a place to begin, however much is retained', () => {
    const { encoder, join } = crowded(5_000);
    join({ encoder });
    join({ encoder, keys: range(1, 200).map((i) => `k${i}`) });
    join({ encoder: new TinyEncoder('other'), fromSeq: 1 });
    expect(encoder.encoded).toBe(0);
  });

  it.each([200, 20_000])(
    'of 1,000 that take one page each costs one page of memory, with %d keys',
    (keys) => {
      const { encoder, clock, join, broadcast } = crowded(keys);
      const sinks = range(1, 1_000).map(
        () => join({ encoder }, new RecordingSink({ maxSlices: 1 })).sink,
      );
      clock.advance(100);
      const buffers = new Set(sinks.map(({ slices }) => slices[0]?.bytes.buffer));
      expect(buffers.size).toBe(1);
      expect(sinks.every(({ slices }) => (slices[0]?.bytes.length ?? 0) <= PAGE_BYTES)).toBe(true);
      expect(encoder.encoded).toBeLessThanOrEqual(PAGE_BYTES / 1_000 + 2);
      expect(broadcast.counters.clients).toBe(1_000);
    },
  );

  it('keeps no more memory alive than its page has bytes, however long the next message is', () => {
    const { clock, broadcast, join } = feed();
    for (let i = 0; i < 50; i++)
      broadcast.publish(`k${i}`, 'x'.repeat(i % 2 === 0 ? 100 : 300_000));
    const { sink } = join({ encoder: new TinyEncoder('other') });
    clock.advance(10);
    expect(sink.seqs).toHaveLength(50);
    expect(sink.slices.every(({ bytes }) => bytes.buffer.byteLength === bytes.length)).toBe(true);
  });

  it('that a codec refuses every other message of shares pages, and not without end', () => {
    const messages = new MessageLog({ messages: 10, bytes: 1e9 });
    for (const seq of range(1, 12_000))
      messages.append({ seq, time: 0, key: `k${seq}`, value: 1 }, 10);
    const snapshot = new Snapshot({ encoder: new Half('half'), keys: undefined, messages });
    const first = snapshot.page(0);
    expect(snapshot.page(0)).toBe(first);
    for (let after = 0; after + 1 < snapshot.end; after = snapshot.page(after).through);
    expect(snapshot.page(0)).not.toBe(first);
  });

  it('in the same tenth of a second shares the pages of those before, though messages come in between', () => {
    const { encoder, clock, join, broadcast } = crowded(2_000);
    const sinks: RecordingSink[] = [];
    for (let i = 0; i < 50; i++) {
      sinks.push(join({ encoder }).sink);
      broadcast.publish('new', i);
      clock.advance(1);
    }
    clock.advance(1_000);
    for (const { seqs } of sinks) {
      expect([seqs.at(-1), new Set(seqs).size]).toEqual([2_050, seqs.length]);
      expect(seqs.length).toBeGreaterThanOrEqual(2_001);
    }
    expect(encoder.encoded).toBeLessThan(2 * 2_000);
  });
});

describe('catching up', () => {
  it('gives the event loop a turn every 2 ms, and who is in step is served in between', () => {
    const { encoder, clock, join, broadcast } = crowded(10_000);
    const healthy = join({ encoder, fromSeq: broadcast.next }).sink;
    for (const i of range(1, 20)) join({ encoder, keys: [`k${i}`, `k${i + 1}`] });
    const joiners = range(1, 10).map(() => join({ encoder }).sink);
    let longest = 0;
    for (let turn = 0; joiners.some(({ events }) => events.length < 10_000); turn++) {
      if (turn % 5 === 0) broadcast.publish('live', turn);
      const before = clock.now();
      clock.advance(0);
      longest = Math.max(longest, clock.now() - before);
      // Rests of the flushing come between, of 4 ms at the most: two turns.
      if (turn % 5 === 4) expect(healthy.seqs.at(-1)).toBe(broadcast.next - 1);
      if (turn > 50_000) throw new Error('the joiners never catch up');
    }
    expect(joiners.every(({ seqs }) => seqs.at(-1) === broadcast.next - 1)).toBe(true);
    // Two milliseconds and the page that was begun within them.
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(2_000 + 5 * (PAGE_BYTES / 1_000 + 2));
  });

  it('gives it turns too when many are far behind in the log, as after a cut of the network', () => {
    const { broadcast, clock, join } = crowded(5_000);
    const healthy = join({ fromSeq: broadcast.next }).sink;
    class SlowSink extends RecordingSink {
      override flush(subscriber: Subscriber): void {
        for (let slice = subscriber.read(256 * 1024); slice !== undefined; ) {
          subscriber.advance(slice);
          this.slices.push(slice);
          clock.spend(slice.bytes.length / 512);
          slice = subscriber.read(256 * 1024);
        }
      }
    }
    const late = range(1, 100).map(() => join({ fromSeq: 1 }, new SlowSink()).sink);
    let longest = 0;
    for (let turn = 0; late.some(({ slices }) => (slices.at(-1)?.to ?? 0) < 5_000); turn++) {
      if (turn % 5 === 0) broadcast.publish('live', turn);
      const before = clock.now();
      clock.advance(0);
      longest = Math.max(longest, clock.now() - before);
      if (turn % 5 === 4) expect(healthy.seqs.at(-1)).toBe(broadcast.next - 1);
      if (turn > 50_000) throw new Error('they never catch up');
    }
    expect(longest).toBeLessThanOrEqual(2 * 2_000 + 500);
  });

  it('leaves out a message that is replaced before it is sent: its successor comes live', () => {
    const { clock, broadcast, join } = feed();
    for (const key of ['a', 'b', 'c']) broadcast.publish(key, 'old');
    const { sink, subscriber } = join();
    broadcast.publish('b', 'new');
    clock.advance(1);
    expect([subscriber.snapshotCount, sink.seqs]).toEqual([3, [1, 3, 4]]);
  });

  it('gives every key its newest value or a newer one, whatever is published meanwhile', () => {
    const { encoder, clock, broadcast, join } = crowded(3_000, 100);
    const { sink } = join({ encoder }, new RecordingSink({ maxBytes: 1_000 }));
    const has = new Set<string>();
    for (let i = 0; i < 300; i++) {
      broadcast.publish(`k${(i * 7_919) % 3_000}`, 'new');
      clock.advance(0);
    }
    clock.advance(1_000);
    for (const { bytes } of sink.slices) {
      for (const line of bytes.toString('latin1').split('\n')) has.add(line.split('|')[1] ?? '');
    }
    expect(range(0, 2_999).filter((i) => !has.has(`k${i}`))).toEqual([]);
    expect(new Set(sink.seqs).size).toBe(sink.seqs.length);
    expect(sink.seqs.toSorted((a, b) => a - b)).toEqual(sink.seqs);
  });

  it('a replay through a filter that nothing passes ends, and says nothing', () => {
    const { clock, publish, join } = feed();
    publish(16_000, 'somebody');
    const { sink } = join({ keys: ['nobody'], fromSeq: 1 });
    clock.advance(10);
    publish(1, 'nobody');
    clock.advance(1);
    expect(sink.events).toEqual([16_001]);
  });

  it('a replay that the retention overtakes says how much is gone, or ends as its policy has it', () => {
    const { clock, publish, join } = feed({ retention: { messages: 2_000, bytes: 1e9 } });
    publish(2_000);
    const other = new TinyEncoder('other');
    const [lenient, strict] = [1, 2].map(
      () => new RecordingSink({ maxBytes: 100, maxSlices: 1 }),
    ) as [RecordingSink, RecordingSink];
    const first = join({ encoder: other, fromSeq: 1 }, lenient).subscriber;
    const second = join({ encoder: other, fromSeq: 1, policy: 'disconnect' }, strict).subscriber;
    clock.advance(1);
    publish(1_500);
    for (const reader of [first, second]) {
      for (let slice = reader.read(1e6); slice !== undefined; slice = reader.read(1e6))
        reader.advance(slice);
    }
    clock.advance(1);
    expect(strict.ends).toEqual(['LAB_ERR_LAGGED']);
    expect(lenient.ends).toEqual([]);
  });

  it.each(['drop-oldest', 'disconnect'])(
    'a replay of some keys counts nothing as lost that was published for others (%s)',
    (policy) => {
      const { broadcast, clock, publish, join } = feed({
        retention: { messages: 2_000, bytes: 1e9 },
      });
      publish(2_000, 'somebody');
      const { sink, subscriber } = join({ keys: ['nobody'], fromSeq: 1, policy });
      publish(10, 'somebody');
      clock.advance(1);
      expect([subscriber.dropped, sink.skips, sink.ends]).toEqual([0, [], []]);
      expect(sink.told).toEqual([{ missed: 10, next: 11 }]);
      expect(broadcast.takeLosses()).toEqual({ clients: 0, messages: 0 });
      expect([broadcast.counters.disconnectedForLag, broadcast.counters.truncatedReplays]).toEqual([
        0, 1,
      ]);
    },
  );

  it('ends with the feed, the snapshot and all', () => {
    const { clock, broadcast, publish, join } = feed();
    publish(3);
    const { sink } = join();
    broadcast.close();
    clock.advance(1);
    expect(sink.events).toEqual([3, 'end:closed']);
  });

  it('who leaves while catching up is offered nothing more', () => {
    const { encoder, clock, broadcast, join } = crowded(5_000);
    const { sink, subscriber } = join({ encoder });
    broadcast.unsubscribe(subscriber);
    clock.advance(10);
    expect([sink.offers, encoder.encoded]).toEqual([0, 0]);
  });
});
