import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineJson } from '../../../src/codecs/line-json.js';
import { scanStamps } from '../../../tools/brokers/stamp-scan.js';

const codec = lineJson();
/** Messages with what a wire puts around them. */
const stream = fc.array(
  fc.record({
    time: fc.integer({ min: 1e15, max: 9e15 }),
    value: fc.string({ maxLength: 20 }),
    around: fc.constantFrom('', '\r\n', 'MSG feed 1 90\r\n', '"tim', '"time"'),
  }),
  { maxLength: 20 },
);

describe('the times in a stream', () => {
  it('are all found, once each and in order, however the stream is split into reads', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1 }),
        (parts, reads) => {
          const encoded = parts.flatMap(({ time, value, around }, i) => {
            const into = Buffer.alloc(512);
            const end = codec.encode({ seq: i + 1, time, key: 'k', value }, into, 0);
            return [Buffer.from(around), into.subarray(0, end)];
          });
          const bytes = Buffer.concat(encoded);
          const found: number[] = [];
          let start = 0;
          for (let end = 0, i = 0; end < bytes.length; i++) {
            end = Math.min(bytes.length, end + (reads[i % reads.length] as number));
            start = scanStamps(bytes, start, end, (time) => found.push(time));
          }
          expect(found).toEqual(parts.map(({ time }) => time));
        },
      ),
    );
  });
});
