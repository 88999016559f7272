import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncodedLog } from '../../../src/core/log/encoded-log.js';
import { overflowPolicy } from '../../../src/core/overload/policy.js';
import { Subscriber } from '../../../src/core/subscriber.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder, tinyLine, tinySeqs } from '../../support/core/tiny-encoder.js';

/**
 * The naive model: every message ever accepted, and where retention begins, found by counting back
 * from the end.
 */
class Model {
  readonly accepted: { readonly seq: number; readonly line: string }[] = [];
  readonly #retention: { readonly messages: number; readonly bytes: number };

  constructor(retention: { messages: number; bytes: number }) {
    this.#retention = retention;
  }

  get first(): number {
    let [first, bytes] = [this.accepted.length, 0];
    while (first > 0 && this.accepted.length - first < this.#retention.messages) {
      bytes += this.accepted[first - 1]?.line.length ?? 0;
      // The newest stays, whatever its length.
      if (bytes > this.#retention.bytes && first < this.accepted.length) break;
      first -= 1;
    }
    return first;
  }

  get retained(): readonly { readonly seq: number; readonly line: string }[] {
    return this.accepted.slice(this.first);
  }
}

const KEYS = ['a', 'b', 'c'];
const length = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 300_000 }) },
);
const publish = fc.record({
  do: fc.constant('publish' as const),
  key: fc.constantFrom(...KEYS),
  length,
  /** Staged only, as if another codec had refused it. */
  refused: fc.boolean(),
});
const read = fc.record({
  do: fc.constant('read' as const),
  reader: fc.nat({ max: 2 }),
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 400_000 })),
  advance: fc.boolean(),
});
const retention = fc.record({
  messages: fc.integer({ min: 1, max: 12 }),
  bytes: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(400_000), fc.constant(1e9)),
});
const filter = fc.option(fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1 }), {
  nil: undefined,
});
const history = fc.array(
  fc.oneof({ weight: 3, arbitrary: publish }, { weight: 2, arbitrary: read }),
  {
    maxLength: 80,
  },
);

describe('encoded log and its cursors', () => {
  it('behave as a naive array of all messages, whatever is published, read and refused', () => {
    fc.assert(
      fc.property(retention, filter, history, (limits, keys, steps) => {
        const log = new EncodedLog(new TinyEncoder(), {
          keys: keys === undefined ? undefined : new Set(keys),
          retention: limits,
        });
        const model = new Model(limits);
        const readers = [0, 1, 2].map(() => new Reader(log));
        let seq = 1;
        for (const step of steps) {
          if (step.do === 'read') {
            readers[step.reader]?.read(model, step.maxBytes, step.advance);
            continue;
          }
          const message = { seq, time: 0, key: step.key, value: 'x'.repeat(step.length) };
          const wanted = keys === undefined || keys.includes(step.key);
          expect(log.stage(message)).toBe(wanted ? tinyLine(message).length : 0);
          if (step.refused) continue;
          log.commit(message);
          if (wanted) model.accepted.push({ seq, line: tinyLine(message) });
          seq += 1;
          expectSame(log, model);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function expectSame(log: EncodedLog, model: Model): void {
  const retained = model.retained;
  expect([log.first, log.head]).toEqual([model.first, model.accepted.length]);
  expect(log.bytes).toBe(retained.reduce((sum, { line }) => sum + line.length, 0));
  expect(log.completeFrom).toBe((model.accepted[model.first - 1]?.seq ?? 0) + 1);
  retained.forEach(({ seq }, i) => {
    expect(log.seqAt(model.first + i)).toBe(seq);
    expect(log.positionOf(seq)).toBe(model.first + i);
    const after = retained.findIndex((other) => other.seq > seq);
    expect(log.positionOf(seq + 1)).toBe(after < 0 ? log.head : model.first + after);
  });
}

/** A subscriber, and what the model says it must get. */
class Reader {
  readonly #sink = new RecordingSink();
  readonly #subscriber: Subscriber;
  #position = 0;
  #dropped = 0;

  constructor(log: EncodedLog) {
    this.#subscriber = new Subscriber(log, overflowPolicy('drop-oldest'), this.#sink, {
      position: 0,
      next: 1,
      missed: 0,
    });
  }

  read(model: Model, maxBytes: number, advance: boolean): void {
    const overwritten = Math.max(0, model.first - this.#position);
    this.#dropped += overwritten;
    this.#position += overwritten;
    const slice = this.#subscriber.read(maxBytes);
    expect(this.#subscriber.dropped).toBe(this.#dropped);
    expect(this.#sink.told.reduce((sum, { missed }) => sum + missed, 0)).toBe(this.#dropped);
    const due = model.accepted.slice(this.#position);
    if (slice === undefined) {
      expect(due).toEqual([]);
      return;
    }
    const got = tinySeqs(slice.bytes);
    expect(slice.from).toBe(this.#position);
    expect(slice.seq).toBe(got[0]);
    expect(slice.to - slice.from).toBe(got.length);
    const expected = due.slice(0, got.length);
    expect(slice.bytes.toString('latin1')).toBe(expected.map(({ line }) => line).join(''));
    expect(slice.bytes.length <= maxBytes || got.length === 1).toBe(true);
    if (!advance) return;
    this.#subscriber.advance(slice);
    this.#position += got.length;
  }
}
