import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineJson } from '../../../src/codecs/line-json.js';
import { LabError } from '../../../src/errors.js';
import { ReadBuffer } from '../../../src/transports/stream/read-buffer.js';
import { FrameReader, MAX_UNDIGESTED } from '../../../src/transports/ws/frame-reader.js';
import { canonical, encodeItems, items } from '../../support/conformance/codec-support.js';
import { packageFrame } from '../../support/core/ws-frame.js';

const codec = lineJson({ maxMessageBytes: 100_000 });

/** What a reader hands over when these bytes arrive in reads of these sizes, taken in turn. */
function readAll(
  bytes: Buffer,
  sizes: readonly number[],
): { items: string[]; controls: string[]; scans: number } {
  const found = { items: [] as string[], controls: [] as string[], scans: 0 };
  const reads = new ReadBuffer(codec.maxMessageBytes + MAX_UNDIGESTED);
  const reader = new FrameReader({
    finished: false,
    data(data, start, end) {
      found.scans += 1;
      const visit = (from: number, to: number): void => {
        found.items.push(canonical(codec.decode(data, from, to)!.item));
      };
      return codec.scan(data, start, end, {
        message: (_seq, from, to) => visit(from, to),
        control: visit,
      });
    },
    controlFrame: (opcode, payload) => found.controls.push(`${opcode} ${payload.toString('hex')}`),
  });
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + Math.min(sizes[i % sizes.length]!, reads.area.length));
    piece.copy(reads.area);
    const { buffer, start, end } = reads.filled(piece.length);
    reads.keep(reader.read(buffer, start, end), end);
    at += piece.length;
  }
  return found;
}

/**
 * The payload cut at these places into the frames of one message or of several, a ping after each
 * if `pings`.
 */
function framesOf(
  payload: Buffer,
  cuts: readonly number[],
  messages: boolean,
  pings: boolean,
): Buffer {
  const ends = [...new Set(cuts.map((cut) => cut % (payload.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...ends, payload.length];
  const parts = edges.slice(1).flatMap((end, i) => {
    const part = payload.subarray(edges[i], end);
    const last = i === edges.length - 2;
    const one = messages ? packageFrame(part, 2) : packageFrame(part, i === 0 ? 2 : 0, last);
    return pings ? [one, packageFrame(Buffer.of(i & 0xff), 9)] : [one];
  });
  return Buffer.concat(parts);
}

describe('FrameReader', () => {
  it('finds every item however a server frames the stream and however the reads cut it', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        items,
        cuts,
        sizes,
        fc.boolean(),
        fc.boolean(),
        (list, at, pieces, messages, pings) => {
          const payload = encodeItems(codec, list);
          const bytes = framesOf(payload, at, messages, pings);
          const found = readAll(bytes, pieces);
          expect(found.items).toEqual(list.map(canonical));
          expect(found.controls.map((text) => text.slice(0, 2))).toEqual(
            found.controls.map(() => '9 '),
          );
          expect(found.controls.length > 0).toBe(pings);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads the fragmented message of RFC 6455 §5.7, and the ping in its middle', () => {
    const payloads: string[] = [];
    const reader = new FrameReader({
      finished: false,
      data(bytes, start, end) {
        payloads.push(bytes.toString('latin1', start, end));
        return end;
      },
      controlFrame: (opcode, payload) => payloads.push(`${opcode}:${payload.toString()}`),
    });
    const bytes = Buffer.from('010348656c890548656c6c6f80026c6f', 'hex');
    expect(reader.read(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(payloads).toEqual(['Hel', '9:Hello', 'lo']);
  });

  it('does work in proportion to the bytes when each is a frame of its own', () => {
    const [item] = fc.sample(
      items.filter((list) => list.length > 0),
      { numRuns: 1, seed: 1 },
    ) as [never[]];
    const text = JSON.stringify({ seq: 1, time: 1, key: 'k', value: 'x'.repeat(50_000) });
    const payload = Buffer.concat([Buffer.from(`${text}\n`), encodeItems(codec, item)]);
    const bytes = framesOf(payload, Array.from(payload.keys()), true, false);
    const found = readAll(bytes, [65_536]);
    expect(found.items).toHaveLength(1 + item.length);
    // Two scans a read: the item left over by the first is joined from all frames of the read
    // before the second.
    expect(found.scans).toBeLessThanOrEqual(2 * Math.ceil(bytes.length / 65_536));
  });

  it.each([
    ['a masked frame', '818537fa213d7f9f4d5158'],
    ['RSV1', 'c10548656c6c6f'],
    ['opcode 3', '830148'],
    ['opcode 11', '8b00'],
    ['a continuation of nothing', '800148'],
    ['a new message inside another', '010081014a'],
    ['a ping in parts', '090548656c6c6f'],
    ['a ping of 126 bytes', '897e007e'],
    ['a frame of 2^63 bytes', '827f8000000000000000'],
  ])('refuses %s', (_, hex) => {
    expect(() => readAll(Buffer.from(hex, 'hex'), [100])).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_PROTOCOL' }),
    );
  });

  it('answers garbage with a LabError or nothing', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        (bytes, size) => {
          try {
            readAll(Buffer.from(bytes), [size]);
          } catch (error) {
            if (!(error instanceof LabError)) throw error;
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
