/** What a policy does with what a subscriber asks for by `fromSeq`, wherever that is kept. */
import { describe, expect, it } from 'vitest';
import type { Conflated } from '../../../../src/core/sink.js';
import { feed, padded, range, tiny } from '../../../support/core/broadcast-feed.js';
import { RecordingSink } from '../../../support/core/recording-sink.js';

class Sink extends RecordingSink {
  readonly ranges: (Conflated & { readonly missed: number; readonly next: number })[] = [];

  override lagged(missed: number, next: number, conflated?: Conflated): void {
    super.lagged(missed, next);
    if (conflated !== undefined) this.ranges.push({ ...conflated, missed, next });
  }
}

/** 3,000 messages of five keys, 100 ms apart in tens, and one who then asks for all of them. */
function replay(policy: string, { encoder = padded, keys = [] as string[], messages = 1e4 } = {}) {
  const rig = feed({ retention: { messages, bytes: 1e9 } });
  for (let i = 0; i < 3_000; i++) {
    rig.broadcast.publish(`k${i % 5}`, 'v');
    if (i % 300 === 299) rig.clock.advance(100);
  }
  const sink = new Sink({ maxBytes: 2_000 });
  const { subscriber } = rig.join({ policy, fromSeq: 1, encoder, keys }, sink);
  /** A socket that takes so many slices, then stops. */
  const take = (slices: number): void => {
    const before = sink.slices.length;
    const read = RecordingSink.prototype.flush;
    sink.flush = (reader) => {
      for (let i = sink.slices.length - before; i < slices; i++) {
        const slice = reader.read(2_000);
        if (slice === undefined) return;
        reader.advance(slice);
        sink.slices.push(slice);
      }
    };
    for (let i = 0; i < 50; i++) {
      rig.broadcast.requestFlush();
      rig.clock.advance(0);
    }
    sink.flush = slices === Number.POSITIVE_INFINITY ? read : () => {};
  };
  const all = (): void => take(Number.POSITIVE_INFINITY);
  return { ...rig, sink, subscriber, take, all };
}

// Of the default codec the log has all; of another one it begins with the one who asks.
const encoders = [
  ['in the log', tiny],
  ['not in the log', padded],
] as const;

describe.each(encoders)('a replay that is %s', (_, encoder) => {
  const of = (policy: string, more: object = {}) => replay(policy, { ...more, encoder });

  it('is conflated as soon as a flush leaves some of it', () => {
    const { sink, subscriber, take, all } = of('conflate');
    take(1);
    const first = sink.seqs.at(-1)!;
    expect(sink.seqs).toEqual(range(1, first));
    all();
    expect(sink.seqs.slice(-5)).toEqual(range(2_996, 3_000));
    expect(sink.seqs.length).toBeLessThan(1_500);
    expect(sink.seqs.length + subscriber.conflated).toBe(3_000);
    expect(sink.ranges).toMatchObject([{ next: 3_001 }]);
  });

  it('with keys is conflated by what they have', () => {
    const { sink, subscriber, take, all } = of('conflate', { keys: ['k1', 'k3'] });
    take(1);
    all();
    expect(sink.seqs.slice(-2)).toEqual([2_997, 2_999]);
    expect(sink.seqs.length + subscriber.conflated).toBe(1_200);
    expect(subscriber.conflated).toBeGreaterThan(0);
  });

  it('is whole for who takes it at once, whatever its limits', () => {
    for (const policy of [
      'conflate',
      'disconnect/messages=1',
      'disconnect/age=1ms',
      'drop-newest/messages=1',
    ]) {
      const { sink, all } = of(policy);
      all();
      expect([sink.seqs, sink.told, sink.ends], policy).toEqual([range(1, 3_000), [], []]);
    }
  });

  it('is no backlog by which a subscriber ends, or skips what is new', () => {
    for (const policy of [
      'disconnect/messages=1',
      'disconnect/age=1ms',
      'drop-newest/messages=1',
    ]) {
      const { sink, take, clock, all } = of(policy);
      take(1);
      clock.advance(50);
      all();
      expect([sink.seqs, sink.told, sink.ends], policy).toEqual([range(1, 3_000), [], []]);
    }
  });

  it('under a deadline begins with what is young enough', () => {
    const { sink, subscriber, all } = of('deadline=250ms');
    all();
    expect(sink.told).toEqual([{ missed: 2_400, next: 2_401 }]);
    expect(sink.seqs).toEqual(range(2_401, 3_000));
    expect(subscriber.dropped).toBe(2_400);
  });

  it('of which the beginning is gone is conflated from there on', () => {
    const { sink, subscriber, all } = of('conflate', { messages: 1_000 });
    all();
    expect(sink.seqs).toEqual(range(2_996, 3_000));
    expect(sink.ranges).toMatchObject([{ from: 1, next: 3_001, missed: 2_995 }]);
    expect(subscriber.conflated + sink.seqs.length).toBe(3_000);
  });
});
