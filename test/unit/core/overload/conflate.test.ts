import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EncodedLogs } from '../../../../src/core/encoded-logs.js';
import { MessageLog } from '../../../../src/core/log/message-log.js';
import type { Conflated, SinkReader } from '../../../../src/core/sink.js';
import { feed } from '../../../support/core/broadcast-feed.js';
import { RecordingSink } from '../../../support/core/recording-sink.js';
import { TinyEncoder } from '../../../support/core/tiny-encoder.js';

/** Remembers what it was told of ranges that were conflated. */
class ConflatedSink extends RecordingSink {
  readonly ranges: (Conflated & { readonly missed: number; readonly next: number })[] = [];
  readonly reasons: string[] = [];

  override skipped(missed: number, why = ''): void {
    super.skipped(missed);
    this.reasons.push(why);
  }

  override lagged(missed: number, next: number, conflated?: Conflated): void {
    super.lagged(missed, next);
    if (conflated !== undefined) this.ranges.push({ ...conflated, missed, next });
  }
}

/** Takes one message, and then is full. */
function readOne(reader: SinkReader): void {
  const slice = reader.read(1);
  if (slice !== undefined) reader.advance(slice);
}

function blocked(options: Parameters<typeof feed>[0] = {}, request: object = {}) {
  const rig = feed(options);
  const sink = new ConflatedSink();
  const { subscriber } = rig.join({ policy: 'conflate', ...request }, sink);
  sink.blocked = true;
  /** One message of each of these keys, each flushed. */
  const say = (keys: string): void => {
    for (const key of keys) {
      rig.broadcast.publish(key, 'v');
      rig.clock.advance(1);
    }
  };
  const free = (): void => {
    sink.blocked = false;
    rig.broadcast.requestFlush();
    rig.clock.advance(1);
  };
  return { ...rig, sink, subscriber, say, free };
}

describe('conflate', () => {
  it('goes on with the latest of each key in the order of the feed, then live', () => {
    const { sink, subscriber, say, free } = blocked();
    say('abcabaab');
    free();
    say('cc');
    expect(sink.events).toEqual(['lagged:5', 3, 7, 8, 9, 10]);
    expect(sink.ranges).toEqual([{ missed: 5, from: 1, next: 9, ageMicros: 8_000 }]);
    expect([sink.skips, sink.reasons]).toEqual([[5], ['conflated']]);
    expect([subscriber.conflated, subscriber.dropped]).toEqual([5, 0]);
  });

  it('of who takes all at once it skips nothing, however much comes between two flushes', () => {
    const { sink, publish, clock, free } = blocked();
    free();
    publish(20);
    clock.advance(1);
    expect([sink.seqs.length, sink.told]).toEqual([20, []]);
  });

  it('says nothing where no key has changed twice', () => {
    const { sink, say, free } = blocked();
    say('abcd');
    free();
    expect([sink.events, sink.told]).toEqual([[1, 2, 3, 4], []]);
  });

  it('begins above its limits only', () => {
    const { sink, say, free } = blocked({}, { policy: 'conflate/messages=4' });
    say('aaaa');
    free();
    expect(sink.seqs).toEqual([1, 2, 3, 4]);
    sink.blocked = true;
    say('aaaaa');
    free();
    expect(sink.events).toEqual([1, 2, 3, 4, 'lagged:4', 9]);
  });

  it('a key that changes all the time is served like the others', () => {
    const { sink, say, free } = blocked();
    for (let pass = 0; pass < 5; pass++) {
      sink.blocked = true;
      say('xaxbx');
      free();
    }
    expect(sink.seqs).toEqual([2, 4, 5, 7, 9, 10, 12, 14, 15, 17, 19, 20, 22, 24, 25]);
  });

  it('knows the latest of each key even when the log has evicted it', () => {
    const { sink, subscriber, say, free } = blocked({ retention: { messages: 3, bytes: 1e9 } });
    say('abababcccccc');
    free();
    say('d');
    expect(sink.seqs).toEqual([5, 6, 12, 13]);
    expect(subscriber.conflated + sink.seqs.length).toBe(13);
    expect(sink.ranges).toMatchObject([{ missed: 9, from: 1, next: 13 }]);
  });

  it('a backlog of ever new keys costs one look at each message, however slowly it is read', () => {
    const { broadcast, clock, join } = feed({ retention: { messages: 10_000, bytes: 1e9 } });
    const sink = new ConflatedSink({ maxBytes: 1 });
    join({ policy: 'conflate' }, sink);
    const looks = vi.spyOn(EncodedLogs.prototype, 'conflate');
    const looked = vi.spyOn(MessageLog.prototype, 'hasRepeated');
    onTestFinished(() => void vi.restoreAllMocks());
    const one = sink.flush.bind(sink);
    for (let i = 0; i < 2_000; i++) {
      broadcast.publish(`k${i}`, 'v');
      // A socket that takes a message where two are published.
      sink.flush = i % 2 === 0 ? () => {} : readOne;
      clock.advance(1);
    }
    expect(looks).not.toHaveBeenCalled();
    const messages = looked.mock.calls.reduce((sum, [, since, end]) => sum + end - since, 0);
    expect(messages).toBeLessThanOrEqual(2_000);
    // The first that repeats one is found at once.
    broadcast.publish('k1999', 'v');
    sink.flush = one;
    clock.advance(1);
    expect(looks).toHaveBeenCalledTimes(1);
  });

  it('the age it tells is that of the oldest, though that has been evicted', () => {
    const { sink, say, free } = blocked({ retention: { messages: 3, bytes: 1e9 } });
    say('abababcccccc');
    free();
    expect(sink.ranges).toMatchObject([{ from: 1, ageMicros: 12_000 }]);
  });

  it('looking at what was lost counts nothing of it before its client reads on, and then all', () => {
    const { broadcast, sink, subscriber, say, free } = blocked({
      retention: { messages: 3, bytes: 1e9 },
    });
    say('abababcccccc');
    broadcast.accountLosses();
    expect([subscriber.conflated, subscriber.dropped, sink.skips, sink.ends]).toEqual([
      0,
      0,
      [],
      [],
    ]);
    expect(broadcast.takeLosses()).toEqual({ clients: 0, messages: 0 });
    free();
    broadcast.accountLosses();
    expect([subscriber.conflated, subscriber.dropped]).toEqual([9, 0]);
    // They are no losses: later ones of their keys came.
    expect(broadcast.takeLosses()).toEqual({ clients: 0, messages: 0 });
  });

  it('messages without a key, and with an empty one, are of one key', () => {
    const { broadcast, clock, sink, free } = blocked();
    for (let i = 0; i < 500; i++) {
      broadcast.publish('', i);
      clock.advance(1);
    }
    free();
    expect(sink.events).toEqual(['lagged:499', 500]);
  });

  it('500 keys against a limit of one are told and sent once each', () => {
    const { broadcast, clock, sink, free } = blocked({}, { policy: 'conflate/messages=1' });
    for (let i = 0; i < 2_000; i++) {
      broadcast.publish(`k${i % 500}`, 'v');
      clock.advance(1);
    }
    free();
    expect([sink.seqs.length, sink.seqs[0], sink.ranges[0]?.missed]).toEqual([500, 1_501, 1_500]);
  });

  it('of 200,000 keys it knows as many as the feed remembers, and accounts for all', () => {
    const { broadcast, clock, sink, subscriber, free } = blocked({
      retention: { messages: 100, bytes: 1e9, keys: 200 },
    });
    for (let i = 0; i < 200_000; i++) {
      broadcast.publish(`k${i}`, 'v');
      if (i % 10_000 === 0) clock.advance(1);
    }
    clock.advance(1);
    free();
    expect(sink.seqs.length).toBe(200);
    expect(sink.seqs.length + subscriber.conflated).toBe(200_000);
    expect(broadcast.counters.forgottenKeys).toBe(199_800);
  });

  it('with keys it counts those of its keys', () => {
    const { sink, subscriber, say, free } = blocked({}, { keys: ['a', 'b'] });
    say('axaxbxaxbx');
    free();
    expect(sink.seqs).toEqual([7, 9]);
    expect(subscriber.conflated).toBe(3);
  });

  it('what its codec refuses is refused, and the rest conflated', () => {
    class Even extends TinyEncoder {
      override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
        if (message.seq % 2 === 1) throw new TypeError('an odd one');
        return super.encode(message, into, offset);
      }
    }
    const { sink, subscriber, say, free } = blocked({}, { encoder: new Even('even') });
    say('abcabcaaa');
    free();
    const count = (why: string): number =>
      sink.skips.reduce((sum, n, i) => sum + (sink.reasons[i] === why ? n : 0), 0);
    expect(sink.seqs.every((seq) => seq % 2 === 0)).toBe(true);
    expect(count('refused')).toBe(5);
    expect(sink.seqs.length + count('conflated')).toBe(4);
    expect(subscriber.conflated).toBe(count('conflated'));
  });

  it('evicted in the middle of a pass, what is left of it counts as conflated', () => {
    const rig = feed({ retention: { messages: 4, bytes: 1e9, keys: 100 } });
    const sink = new ConflatedSink({ maxBytes: 1, maxSlices: 1 });
    const { subscriber } = rig.join({ policy: 'conflate' }, sink);
    sink.blocked = true;
    const say = (keys: string): void => {
      for (const key of keys) {
        rig.broadcast.publish(key, 'v'.repeat(20_000));
        rig.clock.advance(1);
      }
    };
    say('abcdabcd');
    sink.blocked = false;
    rig.broadcast.flush();
    rig.clock.advance(1);
    say('abcdabcd');
    const rest = new ConflatedSink();
    sink.flush = (reader) => rest.flush(reader);
    for (let i = 0; i < 10; i++) {
      rig.broadcast.requestFlush();
      rig.clock.advance(1);
    }
    const seqs = [...sink.seqs, ...rest.seqs];
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(seqs.slice(-4)).toEqual([13, 14, 15, 16]);
    expect(seqs.length + subscriber.conflated).toBe(16);
  });
});
