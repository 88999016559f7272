import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Snapshot } from '../../../src/core/catch-up/catch-up.js';
import { EncodedLog } from '../../../src/core/log/encoded-log.js';
import { MessageLog } from '../../../src/core/log/message-log.js';
import type { Slice } from '../../../src/core/log/slice.js';
import { overflowPolicy } from '../../../src/core/overload/policy.js';
import { Subscriber } from '../../../src/core/subscriber.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder, tinySeqs } from '../../support/core/tiny-encoder.js';

const lengths = fc.array(fc.oneof(fc.nat(30), fc.nat(200)), { minLength: 1, maxLength: 60 });
const limit = fc.integer({ min: 40, max: 300 });
const most = fc.integer({ min: 1, max: 64 });

function logOf(values: readonly number[], refusedAt?: number): EncodedLog {
  const log = new EncodedLog(new TinyEncoder(), { chunkBytes: 1_000 });
  values.forEach((length, i) => {
    const message = { seq: i + 1, time: 0, key: 'k', value: 'v'.repeat(length) };
    if (i === refusedAt) {
      log.refuse(message);
    } else {
      log.stage(message);
      log.commit(message);
    }
  });
  return log;
}

/** The slices that a reader of single ones gets from `from` on. */
function singles(log: EncodedLog, from: number, maxBytes: number): Slice[] {
  const slices: Slice[] = [];
  for (let at = from; at < log.head; ) {
    const slice = log.slice(at, maxBytes) as Slice;
    slices.push(slice);
    at = slice.to;
  }
  return slices;
}

describe('a train of slices', () => {
  it('is the slices that come one after another anyway, and the same for everybody at its place', () => {
    fc.assert(
      fc.property(lengths, limit, most, fc.nat(59), (values, maxBytes, many, at) => {
        const log = logOf(values);
        const from = Math.min(at, log.head - 1);
        const train = log.train(from, maxBytes, many);
        if (train === undefined) throw new Error('there is none');
        expect(train.slices.length).toBeLessThanOrEqual(many);
        expect(train.slices).toEqual(singles(log, from, maxBytes).slice(0, train.slices.length));
        expect(log.train(from, maxBytes, many)).toBe(train);
        expect(log.train(log.head, maxBytes, many)).toBeUndefined();
      }),
    );
  });

  it('needs no more than an eighth of padding, and says how much', () => {
    fc.assert(
      fc.property(lengths, limit, most, (values, maxBytes, many) => {
        const log = logOf(values);
        for (let at = 0; at < log.head; ) {
          const train = log.train(at, maxBytes, many);
          if (train === undefined) throw new Error('there is none');
          const sizes = train.slices.map(({ bytes }) => bytes.length);
          const payload = sizes.reduce((sum, size) => sum + size, 0);
          const padding = sizes.slice(0, -1).reduce((sum, size) => sum + train.longest - size, 0);
          expect(train.longest).toBe(Math.max(...sizes));
          expect(train.padding).toBe(padding);
          expect(padding).toBeLessThanOrEqual(payload / 8);
          // What is too long for its limit is alone.
          if (sizes.length > 1) expect(train.longest).toBeLessThanOrEqual(maxBytes);
          at = train.slices.at(-1)?.to ?? log.head;
        }
      }),
    );
  });

  it('of messages of one length is as long as it may be', () => {
    const log = logOf(Array.from({ length: 50 }, () => 6));
    // Eleven bytes up to message 9, twelve from there on: five to a slice of 60.
    expect(log.train(9, 60, 64)?.slices).toHaveLength(9);
    expect(log.train(9, 60, 4)?.slices.map(({ from, to }) => [from, to])).toEqual([
      [9, 14],
      [14, 19],
      [19, 24],
      [24, 29],
    ]);
  });

  it('ends at a message that the codec refused, and before one that is too long for a slice', () => {
    const refused = logOf([6, 6, 6, 6, 6], 3);
    expect(refused.train(0, 11, 64)?.slices.at(-1)?.to).toBe(3);
    const long = logOf([6, 6, 60, 6, 6]);
    expect(long.train(0, 11, 64)?.slices.map(({ to }) => to)).toEqual([1, 2]);
    expect(long.train(2, 11, 64)?.slices.map(({ to }) => to)).toEqual([3]);
  });

  it('is made anew when a message has been added', () => {
    const log = logOf([6, 6]);
    const before = log.train(0, 11, 64);
    const message = { seq: 3, time: 0, key: 'k', value: 'vvvvvv' };
    log.stage(message);
    log.commit(message);
    expect(before?.slices).toHaveLength(2);
    expect(log.train(0, 11, 64)?.slices).toHaveLength(3);
  });
});

it('a subscriber that reads trains gets its snapshot and the feed whole, in order, once', () => {
  fc.assert(
    fc.property(
      lengths,
      limit,
      most,
      fc.integer({ min: 1, max: 40 }),
      (values, max, many, keys) => {
        const messages = new MessageLog({ messages: 100, bytes: 1e9 });
        for (let seq = 1; seq <= keys; seq++)
          messages.append({ seq, time: 0, key: `k${seq}`, value: 'v'.repeat(seq) }, 1);
        const encoder = new TinyEncoder();
        const log = new EncodedLog(encoder, { completeFrom: keys + 1 });
        const catchUp = new Snapshot({ encoder, keys: undefined, messages });
        const start = { position: 0, next: keys + 1, missed: 0, catchUp };
        const policy = overflowPolicy('drop-oldest');
        const subscriber = new Subscriber(log, policy, new RecordingSink(), start);
        values.forEach((length, i) => {
          const message = { seq: keys + 1 + i, time: 0, key: 'k', value: 'v'.repeat(length) };
          log.stage(message);
          log.commit(message);
        });
        const got: number[] = [];
        for (;;) {
          const train = subscriber.readTrain(max, many);
          if (train === undefined) break;
          const inSnapshot = train.slices[0]!.seq <= keys;
          expect(subscriber.inSnapshot).toBe(inSnapshot);
          for (const slice of train.slices) {
            expect(slice.seq <= keys).toBe(inSnapshot);
            got.push(...tinySeqs(slice.bytes));
            subscriber.advance(slice);
          }
        }
        expect(got).toEqual(Array.from({ length: keys + values.length }, (_, i) => i + 1));
        expect(subscriber.inStep).toBe(true);
      },
    ),
  );
});
