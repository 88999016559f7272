import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedScan } from '../../../bench/worker-subscriber/shared-scan.js';
import type { Codec } from '../../../src/codecs/codec.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import type { Message } from '../../../src/core/message.js';
import { encodeItems, type Item, walkByScan } from '../../support/conformance/codec-support.js';

/**
 * A stream with the snapshot in front, control messages between, and sometimes a message missing.
 */
const streams: fc.Arbitrary<Item[]> = fc
  .array(
    fc.record({
      key: fc.string({ maxLength: 4 }),
      size: fc.nat(40),
      step: fc.constantFrom(1, 1, 1, 1, 2),
    }),
    {
      maxLength: 40,
    },
  )
  .map((parts) => {
    let seq = 3;
    const messages = parts.map(({ key, size, step }): Message => {
      seq += step;
      return { seq, time: 1_795_287_600_000_000 + seq, key, value: 'x'.repeat(size) };
    });
    return [
      ...messages.slice(0, 2).map((message) => ({ ...message, seq: message.seq - 3 })),
      ...messages,
    ];
  });
const subscribers = fc.array(
  fc.record({
    /** Where its reads end, its first message, and a byte that arrived wrong. */
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
    from: fc.nat(10),
    without: fc.option(fc.nat(40), { nil: -1 }),
    heartbeatAt: fc.option(fc.nat(40), { nil: -1 }),
    flipped: fc.option(fc.nat(3_000), { nil: -1 }),
  }),
  { minLength: 2, maxLength: 4 },
);

/** All that a subscriber with these reads visits, in order. */
function readAll(codec: Codec, bytes: Buffer, sizes: readonly number[]): string[] {
  const visits: string[] = [];
  let start = 0;
  for (let end = 0, i = 0; end < bytes.length; i++) {
    end = Math.min(bytes.length, end + (sizes[i % sizes.length] as number));
    const walk = walkByScan(codec, bytes.subarray(0, end), start);
    visits.push(...walk.visits, `to ${walk.end} ${walk.error?.code ?? ''}`);
    if (walk.error !== undefined) break;
    start = walk.end;
  }
  return visits;
}

describe.each(codecNames())('SharedScan over %s', (name) => {
  it('visits exactly what the codec does, whatever other subscribers of the process received before', async () => {
    const codec = await loadCodec(name);
    fc.assert(
      fc.property(streams, subscribers, (stream, all) => {
        const shared = new SharedScan(codec);
        for (const { sizes, from, without, heartbeatAt, flipped } of all) {
          const own = stream.slice(from).filter((_, i) => i !== without);
          if (heartbeatAt >= 0) own.splice(heartbeatAt, 0, { control: 'heartbeat', next: 1 });
          const bytes = encodeItems(codec, own);
          if (flipped >= 0 && flipped < bytes.length)
            bytes[flipped] = (bytes[flipped] as number) ^ 1;
          expect(readAll(shared, bytes, sizes)).toEqual(readAll(codec, bytes, sizes));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hands runs of messages on that are just what stands there', async () => {
    const codec = await loadCodec(name);
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
        (stream, froms) => {
          const shared = new SharedScan(codec);
          let inRuns = 0;
          for (const from of [0, 0, ...froms]) {
            const bytes = encodeItems(codec, stream.slice(from));
            const seen: number[] = [];
            const end = shared.scan(bytes, 0, bytes.length, {
              message: (seq) => seen.push(seq),
              messageRun: (seq, count, start, stop) => {
                const found: number[] = [];
                codec.scan(bytes, start, stop, { message: (one) => found.push(one), control() {} });
                expect(found).toEqual(Array.from({ length: count }, (_, i) => seq + i));
                seen.push(...found);
                inRuns += count;
                return true;
              },
              control: () => {},
            });
            expect(end).toBe(bytes.length);
            expect(seen).toEqual(stream.slice(from).map((item) => ('seq' in item ? item.seq : 0)));
          }
          // The second subscriber is the first one's equal, but for the snapshot in front.
          expect(inRuns).toBeGreaterThanOrEqual(Math.max(0, stream.length - 2));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes what it is told of the first message for a hint', async () => {
    const codec = await loadCodec(name);
    const items = [4, 5, 6].map((seq): Message => ({ seq, time: 1e15, key: 'k', value: seq }));
    const bytes = encodeItems(codec, items);
    const shared = new SharedScan(codec);
    for (const hint of [0, 4, 4, 5, 6, 7, 2 ** 53 - 1]) {
      const seen: number[] = [];
      const visitor = { message: (seq: number) => seen.push(seq), control() {} };
      expect(shared.scan(bytes, 0, bytes.length, visitor, hint)).toBe(bytes.length);
      expect(seen).toEqual([4, 5, 6]);
    }
  });

  it('still knows what a subscriber reads that is a receive buffer behind, and lost some before', async () => {
    const codec = await loadCodec(name);
    let scanned = 0;
    const counting: Codec = Object.assign(Object.create(codec) as Codec, {
      scan: (...args: Parameters<Codec['scan']>) => {
        const end = codec.scan(...args);
        scanned += end - args[1];
        return end;
      },
    });
    const shared = new SharedScan(counting);
    const datagrams = Array.from({ length: 500 }, (_, i) =>
      encodeItems(
        codec,
        Array.from({ length: 8 }, (_, at): Message => {
          return { seq: i * 8 + at + 1, time: 1e15, key: 'k', value: 'x'.repeat(80) };
        }),
      ),
    );
    // Half of them are lost to the first, and the second has those.
    for (const odd of [0, 1])
      for (let i = odd; i < datagrams.length; i += 2) {
        const bytes = datagrams[i] as Buffer;
        readAll(shared, bytes, [bytes.length]);
      }
    const before = scanned;
    for (const bytes of datagrams) readAll(shared, bytes, [bytes.length]);
    expect(before).toBe(datagrams.reduce((sum, { length }) => sum + length, 0));
    expect(scanned).toBe(before);
  });

  it('scans what all receive only once', async () => {
    const codec = await loadCodec(name);
    let scanned = 0;
    const counting: Codec = Object.assign(Object.create(codec) as Codec, {
      scan: (...args: Parameters<Codec['scan']>) => {
        const end = codec.scan(...args);
        scanned += end - args[1];
        return end;
      },
    });
    const bytes = encodeItems(
      codec,
      Array.from(
        { length: 100 },
        (_, i): Message => ({ seq: i + 1, time: 1e15, key: 'k', value: i }),
      ),
    );
    const shared = new SharedScan(counting);
    for (let subscriber = 0; subscriber < 10; subscriber++) readAll(shared, bytes, [700, 33]);
    expect(scanned).toBe(bytes.length);
  });

  it('goes on when its memory is full, and with messages larger than it', async () => {
    const codec = await loadCodec(name, { maxMessageBytes: 4 * 1024 * 1024 });
    const shared = new SharedScan(codec);
    const big = (seq: number, size: number): Item => ({
      seq,
      time: 1,
      key: 'k',
      value: 'x'.repeat(size),
    });
    const list = [big(1, 600_000), big(2, 600_000), big(3, 1_200_000), big(4, 10), big(5, 10)];
    const bytes = Buffer.concat(list.map((item) => encodeItems(codec, [item])));
    for (let subscriber = 0; subscriber < 3; subscriber++) {
      expect(readAll(shared, bytes, [800_000])).toEqual(readAll(codec, bytes, [800_000]));
    }
  });
});
