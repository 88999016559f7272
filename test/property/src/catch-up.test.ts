/** Snapshot, replay and live feed against a naive model: whoever joins, and whatever goes wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/core/message.js';
import type { SkipReason } from '../../../src/core/sink.js';
import type { Subscriber } from '../../../src/core/subscriber.js';
import { feed, tiny } from '../../support/core/broadcast-feed.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder, tinyLine } from '../../support/core/tiny-encoder.js';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const LIMIT = 30;

/** Refuses what is long, and, as it is `odd`, every odd sequence number too. */
class Choosy extends TinyEncoder {
  readonly odd: boolean;

  constructor(name: string, odd: boolean) {
    super(name, LIMIT);
    this.odd = odd;
  }

  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    if (this.odd && message.seq % 2 === 1) throw new TypeError('an odd one');
    return super.encode(message, into, offset);
  }
}

/** Takes so long by the fake clock that a turn is over after some messages. */
const slow = new (class extends TinyEncoder {
  spend: (micros: number) => void = () => {};

  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    this.spend(700);
    return super.encode(message, into, offset);
  }
})('slow');

const ENCODERS = [tiny, slow, new Choosy('short', false), new Choosy('even', true)];

function refuses(encoder: TinyEncoder, message: Message): boolean {
  if (encoder instanceof Choosy && encoder.odd && message.seq % 2 === 1) return true;
  return tinyLine(message).length > encoder.maxMessageBytes;
}

class Reader extends RecordingSink {
  policyDrops = 0;
  refused = 0;
  throwAt = Number.POSITIVE_INFINITY;
  #calls = 0;

  #call(): void {
    this.#calls += 1;
    if (this.#calls >= this.throwAt) throw new Error('a sink with a fault');
  }

  override flush(subscriber: Subscriber): void {
    this.#call();
    super.flush(subscriber);
  }

  override skipped(missed: number, why?: SkipReason): void {
    super.skipped(missed);
    if (why === 'policy') this.policyDrops += missed;
    else this.refused += missed;
    this.#call();
  }

  override lagged(missed: number, next: number): void {
    super.lagged(missed, next);
    this.#call();
  }
}

const publish = fc.record({
  do: fc.constant('publish' as const),
  key: fc.constantFrom(...KEYS),
  length: fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom(40, 30_000) },
  ),
  times: fc.integer({ min: 1, max: 6 }),
});
const join = fc.record({
  do: fc.constant('join' as const),
  encoder: fc.nat({ max: ENCODERS.length - 1 }),
  keys: fc.option(fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  }),
  back: fc.option(fc.integer({ min: -2, max: 60 }), { nil: undefined }),
  policy: fc.constantFrom('drop-oldest', 'disconnect'),
  maxBytes: fc.constantFrom(1, 25, 64 * 1024),
  blocked: fc.boolean(),
  throwAt: fc.oneof(
    { weight: 6, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
  ),
});
const change = fc.record({
  do: fc.constantFrom('block' as const, 'unblock' as const, 'leave' as const),
  who: fc.nat({ max: 7 }),
});
const advance = fc.record({
  do: fc.constant('advance' as const),
  ms: fc.constantFrom(0, 1, 5, 200),
});
const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: publish },
    { weight: 4, arbitrary: join },
    { weight: 3, arbitrary: change },
    { weight: 5, arbitrary: advance },
  ),
  { maxLength: 60, size: 'max' },
);
const retention = fc.record({
  messages: fc.constantFrom(1, 3, 8, 20, 1_000),
  bytes: fc.constantFrom(1, 60, 300, 1e9),
  keys: fc.constantFrom(100, 100, 3),
});

interface Joined {
  readonly sink: Reader;
  readonly subscriber: Subscriber;
  readonly encoder: TinyEncoder;
  readonly accepts: (key: string) => boolean;
  readonly filtered: boolean;
  readonly fromSeq: number | undefined;
  readonly policy: string;
  /** Newest message of each key before its live feed. */
  readonly latest: ReadonlyMap<string, Message>;
  left: boolean;
}

function check(reader: Joined, all: readonly Message[], forgets: boolean): void {
  const { sink, subscriber, encoder, accepts, filtered, fromSeq, latest, left } = reader;
  const { next } = subscriber;
  const wanted = all.filter(({ seq, key }) => seq >= next && accepts(key));
  // What came is what was published, in the order it was published.
  const text = sink.slices.map(({ bytes }) => bytes.toString('latin1')).join('');
  expect(text).toBe(sink.seqs.map((seq) => tinyLine(all[seq - 1] as Message)).join(''));
  for (const seq of sink.seqs) {
    const message = all[seq - 1] as Message;
    expect([accepts(message.key), refuses(encoder, message)]).toEqual([true, false]);
  }
  const failed = sink.throwAt < Number.POSITIVE_INFINITY && sink.ends.includes('LAB_ERR_INTERNAL');
  const told = sink.told.reduce((sum, { missed }) => sum + missed, 0);
  // Told event by event: no hole, no double.
  let cursor = next;
  let toldLive = 0;
  let toldOfSnapshot = 0;
  let events = 0;
  let live = 0;
  for (const event of sink.events) {
    if (typeof event === 'number') {
      if (fromSeq !== undefined || event >= next) {
        if (!filtered) expect(event).toBe(cursor);
        else expect(event).toBeGreaterThanOrEqual(cursor);
        cursor = event + 1;
        live += 1;
      } else {
        expect(latest.get((all[event - 1] as Message).key)?.seq).toBe(event);
        expect([cursor, toldLive]).toEqual([next, 0]);
      }
    } else if (event.startsWith('lagged')) {
      const { missed, next: on } = sink.told[events++] as { missed: number; next: number };
      if (fromSeq === undefined && on === next && cursor === next) {
        toldOfSnapshot += missed;
        continue;
      }
      if (!filtered) expect(on - missed).toBe(cursor);
      else expect(on).toBeGreaterThanOrEqual(cursor);
      cursor = on;
      toldLive += missed;
    }
  }
  expect(subscriber.dropped).toBe(sink.policyDrops);
  if (reader.policy === 'disconnect') expect(sink.policyDrops).toBe(0);
  if (left || failed || sink.ends[0] === 'LAB_ERR_LAGGED') return;
  expect(sink.ends).toEqual(['closed']);
  if (!filtered) expect(cursor).toBe(all.length + 1);
  else if (fromSeq === undefined) expect(live + toldLive).toBe(wanted.length);
  else {
    expect(live + toldLive).toBeGreaterThanOrEqual(wanted.length);
  }
  if (fromSeq === undefined) {
    // Every key has its newest value of then, or a newer one has come or been told of.
    const got = new Set(sink.seqs);
    let refusedOfLatest = 0;
    let surelyRefused = 0;
    for (const [key, message] of latest) {
      if (!accepts(key)) continue;
      const isReplaced = all.some((other) => other.key === key && other.seq >= next);
      if (refuses(encoder, message)) {
        refusedOfLatest += 1;
        if (!isReplaced) surelyRefused += 1;
      } else if (!isReplaced && !forgets) expect(got.has(message.seq)).toBe(true);
    }
    expect(toldOfSnapshot).toBeLessThanOrEqual(refusedOfLatest);
    if (!forgets) expect(toldOfSnapshot).toBeGreaterThanOrEqual(surelyRefused);
    // What is told is what was counted, neither more nor less.
    expect(sink.policyDrops + sink.refused).toBe(told);
  }
}

describe('who joins a broadcast', () => {
  it('gets what a naive model says, by snapshot, replay and live feed', () => {
    fc.assert(
      fc.property(retention, history, (limits, steps) => {
        const { broadcast, clock } = feed({
          retention: limits,
          policy: 'drop-oldest',
          maxFilters: 100,
        });
        slow.spend = (micros) => clock.spend(micros);
        const all: Message[] = [];
        const readers: Joined[] = [];
        for (const step of steps) {
          if (step.do === 'publish') {
            for (let i = 0; i < step.times; i++) {
              const value = 'x'.repeat(step.length);
              const seq = broadcast.publish(step.key, value, 0);
              all.push({ seq, time: 0, key: step.key, value });
            }
          } else if (step.do === 'advance') clock.advance(step.ms);
          else if (step.do === 'join') {
            const sink = new Reader({ maxBytes: step.maxBytes });
            sink.blocked = step.blocked;
            sink.throwAt = step.throwAt;
            const encoder = ENCODERS[step.encoder] as TinyEncoder;
            const fromSeq =
              step.back === undefined ? undefined : Math.max(1, broadcast.next - step.back);
            const subscriber = broadcast.subscribe(
              { encoder, keys: step.keys, fromSeq, policy: step.policy },
              sink,
            );
            const latest = new Map<string, Message>();
            for (const message of all)
              if (message.seq < subscriber.next) latest.set(message.key, message);
            const accepts = (key: string): boolean => step.keys?.includes(key) ?? true;
            readers.push({
              sink,
              subscriber,
              encoder,
              accepts,
              filtered: step.keys !== undefined,
              fromSeq,
              policy: step.policy,
              latest,
              left: false,
            });
          } else {
            const reader = readers[step.who];
            if (reader === undefined) continue;
            if (step.do === 'leave') {
              broadcast.unsubscribe(reader.subscriber);
              reader.left = true;
            } else {
              reader.sink.blocked = step.do === 'block';
              if (step.do === 'unblock') broadcast.requestFlush();
            }
          }
        }
        broadcast.close();
        for (const { sink } of readers) sink.blocked = false;
        clock.advance(1_000);
        broadcast.flush();
        clock.advance(1_000);
        broadcast.flush();
        for (const reader of readers) check(reader, all, limits.keys === 3);
        const failed = readers.filter(({ sink }) => sink.ends.includes('LAB_ERR_INTERNAL'));
        expect(broadcast.counters.sinkErrors).toBe(failed.length);
        const cut = readers.filter(({ sink }) => sink.ends.includes('LAB_ERR_LAGGED'));
        expect(broadcast.counters.disconnectedForLag).toBe(cut.length);
      }),
      { numRuns: 300 },
    );
  });
});
