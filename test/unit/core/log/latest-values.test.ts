import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatestValues } from '../../../../src/core/log/latest-values.js';
import type { Message } from '../../../../src/core/message.js';

const seqs = (messages: Iterable<Message>): number[] => [...messages].map(({ seq }) => seq);

describe('the newest message of each key', () => {
  it('is what a plain map says, in order of seq, from any place, however often keys change and are forgotten', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 200 });
    const place = fc.nat(210);
    fc.assert(
      fc.property(
        keys,
        fc.integer({ min: 1, max: 14 }),
        place,
        place,
        (steps, maxKeys, after, end) => {
          const latest = new LatestValues(maxKeys);
          const model = new Map<string, Message>();
          let forgotten = 0;
          steps.forEach((number, i) => {
            const message = { seq: i + 1, time: 0, key: `k${number}`, value: i };
            latest.set(message);
            model.delete(message.key);
            model.set(message.key, message);
            const [oldest] = model.keys();
            if (model.size > maxKeys && oldest !== undefined) {
              model.delete(oldest);
              forgotten += 1;
            }
          });
          const expected = seqs(model.values()).filter((seq) => seq > after && seq < end);
          expect(seqs(latest.between(after, end))).toEqual(expected);
          expect([latest.size, latest.forgotten]).toEqual([model.size, forgotten]);
          const some = new Set(['k1', 'k3', 'k99']);
          const ofSome = [...model.values()].filter(
            ({ seq, key }) => some.has(key) && expected.includes(seq),
          );
          expect(seqs(latest.of(some, after, end))).toEqual(seqs(ofSome));
        },
      ),
    );
  });

  it('takes no more slots than twice the keys, so a feed of one key does not grow', () => {
    const latest = new LatestValues(10);
    for (let seq = 1; seq <= 100_000; seq++)
      latest.set({ seq, time: 0, key: `k${seq % 3}`, value: 0 });
    expect(seqs(latest.between(0, Number.POSITIVE_INFINITY))).toEqual([99_998, 99_999, 100_000]);
  });
});
