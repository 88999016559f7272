/** Laws that hold of every policy, whatever is published and whenever the sink takes something. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Conflated } from '../../../src/core/sink.js';
import { feed } from '../../support/core/broadcast-feed.js';
import { RecordingSink } from '../../support/core/recording-sink.js';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const POLICIES = [
  'drop-oldest',
  'drop-oldest/messages=3',
  'drop-oldest/bytes=40/age=3ms',
  'drop-newest/messages=3',
  'drop-newest/bytes=40',
  'deadline=2ms',
  'conflate',
  'conflate/messages=4',
  'conflate/age=2ms',
];

/** Takes so many slices at a flush, and holds what it is told against what it gets. */
class LawfulSink extends RecordingSink {
  budget = 0;
  counted = 0;
  missed = 0;
  /** What it was told of last ends here. */
  #toldTo = 0;
  readonly ranges: { from: number; next: number }[] = [];

  override flush(subscriber: Parameters<RecordingSink['flush']>[0]): void {
    for (; this.budget > 0; this.budget--) {
      const slice = subscriber.read(30);
      if (slice === undefined) return;
      subscriber.advance(slice);
      this.slices.push(slice);
    }
  }

  override skipped(missed: number): void {
    this.counted += missed;
  }

  override lagged(missed: number, next: number, conflated?: Conflated): void {
    const last = Math.max(this.seqs.at(-1) ?? 0, this.#toldTo);
    this.#toldTo = next - 1;
    this.missed += missed;
    this.ranges.push({ from: conflated?.from ?? next - missed, next });
    // Ahead of the data, and of nothing that has come.
    if (conflated === undefined) expect(next - missed).toBe(last + 1);
    expect(next).toBeGreaterThanOrEqual(last);
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ publish: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 8 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ wait: fc.integer({ min: 1, max: 4 }) }),
  ),
  { maxLength: 40 },
);

it.each(POLICIES)(
  '%s: what it sends is ascending, every message is sent or counted, and told when it is in step',
  (policy) => {
    const law = fc.property(steps, fc.integer({ min: 4, max: 20 }), (script, messages) => {
      const { broadcast, clock, join } = feed({ retention: { messages, bytes: 1e9 } });
      const sink = new LawfulSink();
      const { subscriber } = join({ policy }, sink);
      const newest = new Map<string, number>();
      const say = (key: string): void => {
        newest.set(key, broadcast.publish(key, 'v'));
      };
      for (const step of script) {
        if ('publish' in step) for (const key of step.publish) say(key);
        else if ('take' in step) sink.budget = step.take;
        else clock.advance(step.wait);
        broadcast.requestFlush();
        clock.advance(0);
      }
      sink.budget = Number.MAX_SAFE_INTEGER;
      for (let i = 0; i < 4; i++) {
        broadcast.requestFlush();
        clock.advance(0);
      }
      const { seqs } = sink;
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      expect(subscriber.inStep).toBe(true);
      expect(seqs.length + sink.missed).toBe(broadcast.next - 1);
      expect(sink.counted).toBe(sink.missed);
      expect(subscriber.dropped + subscriber.conflated).toBe(sink.missed);
      const holes = Array.from({ length: broadcast.next - 1 }, (_, i) => i + 1).filter(
        (seq) => !seqs.includes(seq),
      );
      for (const hole of holes)
        expect(sink.ranges.some(({ from, next }) => hole >= from && hole < next)).toBe(true);
      if (policy.startsWith('conflate'))
        expect([...newest.values()].filter((seq) => !seqs.includes(seq))).toEqual([]);
    });
    fc.assert(law, { numRuns: 300 });
  },
);
