import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as control from '../../../src/transports/datagram/control-packets.js';
import * as handshake from '../../../src/transports/datagram/handshake-packets.js';
import * as repair from '../../../src/transports/datagram/repair-packets.js';
import * as wire from '../../../src/transports/datagram/wire.js';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u64 = fc.maxSafeNat();
const epoch = fc.record({ high: u32, low: u32 });
const eight = bytesOf(8);
const text = fc.string({ unit: 'binary', maxLength: 60 });
const versions = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 });
const type = fc.constantFrom(...Object.values(wire.PACKET));

function bytesOf(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
}

const hello = fc.record({ nonce: eight, versions });
const retry = fc.record({ nonce: eight, token: bytesOf(24), versions, sendTime: u64 });
const subscribeFields = {
  version: fc.constantFrom(...wire.VERSIONS),
  nonce: eight,
  token: bytesOf(24),
  credential: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  request: fc.string({ unit: 'binary', maxLength: 2_000 }),
  receiveBufferBytes: u32,
  repair: fc.boolean(),
};
const wish = fc.record({
  code: fc.integer({ min: 1, max: 255 }),
  deadlineMs: fc.integer({ min: 0, max: 0xffff }),
});
const subscribe = fc.oneof(
  fc.record(subscribeFields),
  fc.record({ ...subscribeFields, redundancy: wish }),
);
const acceptFields = {
  epoch,
  next: u64,
  nonce: eight,
  id: eight,
  oldest: u64,
  snapshot: u32,
  heartbeatMs: u32,
  leaseMs: u32,
  codec: text,
  policy: text,
  sendTime: u64,
  repair: fc.boolean(),
};
const accept = fc.oneof(
  fc.record(acceptFields),
  fc.record({ ...acceptFields, redundancy: fc.integer({ min: 1, max: 255 }) }),
);
const reject = fc.record({ nonce: eight, reason: fc.string({ maxLength: 60 }), message: text });
const counts = { epoch, id: eight, highest: u32, received: u32, lost: u32, jitter: u32 };
const report = fc.oneof(fc.record(counts), fc.record({ ...counts, bursts: u32 }));
const end = fc.record({ epoch, id: eight, seq: u64, dseq: u32, sendTime: u64, reason: text });

/** Sequence numbers `[from, to)`. */
const range = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 40 }))
  .map(([from, length]) => ({ from, to: from + length }));
const nak = fc.record({
  epoch,
  id: eight,
  ranges: fc.array(range, { minLength: 1, maxLength: repair.MOST_RANGES }),
});
const gap = fc
  .tuple(epoch, range, fc.constantFrom(...Object.values(repair.GAP_REASON)), fc.nat())
  .map(([of, { from, to }, reason, some]) => {
    const isCounted = reason === repair.GAP_REASON.superseded;
    return { epoch: of, from, to, reason, superseded: isCounted ? some % (to - from + 1) : 0 };
  });

/** Every control packet: its type, its values, its two functions. */
const laws: readonly Law[] = [
  law('hello', hello, handshake.encodeHello, handshake.decodeHello),
  law('retry', retry, handshake.encodeRetry, handshake.decodeRetry),
  law('subscribe', subscribe, handshake.encodeSubscribe, handshake.decodeSubscribe),
  law('accept', accept, handshake.encodeAccept, handshake.decodeAccept),
  law('reject', reject, handshake.encodeReject, handshake.decodeReject),
  law('report', report, control.encodeReport, control.decodeReport),
  law('end', end, control.encodeEnd, control.decodeEnd),
  law('nak', nak, repair.encodeNak, repair.decodeNak),
  law('gap', gap, repair.encodeGap, repair.decodeGap),
];

interface Law {
  readonly name: keyof typeof wire.PACKET;
  /** Asserts that one generated packet comes back as it went in. */
  roundTrip(): void;
  /** A generated packet. */
  readonly packet: fc.Arbitrary<Buffer>;
  decode(bytes: Buffer): unknown;
}

function law<T>(
  name: keyof typeof wire.PACKET,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Buffer,
  decode: (bytes: Buffer) => T | undefined,
): Law {
  return {
    name,
    decode,
    packet: values.map(encode),
    roundTrip: () =>
      fc.assert(
        fc.property(values, (value) => {
          const bytes = encode(value);
          expect(wire.packetType(bytes)).toBe(wire.PACKET[name]);
          expect(decode(bytes)).toEqual(value);
        }),
      ),
  };
}

describe('the header', () => {
  it('gives back every field that was written', () => {
    const count = fc.integer({ min: 0, max: 0xffff });
    const flags = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        type,
        flags,
        epoch,
        u64,
        u32,
        count,
        u64,
        (kind, bits, space, seq, dseq, many, time) => {
          const bytes = Buffer.alloc(wire.HEADER_BYTES, 0xff);
          wire.writeHeader(bytes, kind, bits, space, seq, dseq, many, time);
          expect(wire.packetType(bytes)).toBe(kind);
          expect(wire.flagsOf(bytes)).toBe(bits);
          expect(wire.epochOf(bytes)).toEqual(space);
          expect(wire.hasEpoch(bytes, space)).toBe(true);
          expect(wire.hasEpoch(bytes, { ...space, low: space.low ^ 1 })).toBe(false);
          expect(wire.seqOf(bytes)).toBe(seq);
          expect(wire.dseqOf(bytes)).toBe(dseq);
          expect(wire.countOf(bytes)).toBe(many);
          expect(wire.sendTimeOf(bytes)).toBe(time);
        },
      ),
    );
  });

  it('lets dseq wrap: only its low 32 bits travel', () => {
    const bytes = Buffer.alloc(wire.HEADER_BYTES);
    wire.writeHeader(bytes, wire.PACKET.data, 0, { high: 0, low: 0 }, 1, 2 ** 32 + 7, 1, 0);
    expect(wire.dseqOf(bytes)).toBe(7);
  });

  it('gives back the padding that was written, in a version of its own, and leaves the rest alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), u32, (padding, dseq) => {
        const bytes = Buffer.alloc(wire.HEADER_BYTES);
        wire.writeHeader(bytes, wire.PACKET.data, 2, { high: 1, low: 2 }, 3, dseq, 0xfffe, 5);
        const plain = Buffer.from(bytes);
        expect(wire.paddingOf(bytes)).toBe(0);
        wire.writePadding(bytes, padding);
        expect([wire.paddingOf(bytes), wire.versionOf(bytes)]).toEqual([
          padding,
          padding === 0 ? 1 : 2,
        ]);
        expect(wire.packetType(bytes)).toBe(wire.PACKET.data);
        expect([wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([dseq, 0xfffe]);
        wire.writePadding(bytes, 0);
        expect(bytes).toEqual(plain);
      }),
    );
  });

  it('carries an epoch from its 16 hex digits and back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{16}$/), (hex) => {
        expect(wire.formatEpoch(wire.parseEpoch(hex))).toBe(hex);
      }),
    );
  });

  it('of another magic, another version or too few bytes is none', () => {
    const bytes = Buffer.alloc(wire.HEADER_BYTES);
    wire.writeHeader(bytes, wire.PACKET.data, 0, { high: 0, low: 0 }, 1, 1, 1, 0);
    expect(wire.packetType(bytes.subarray(0, wire.HEADER_BYTES - 1))).toBe(0);
    for (const [offset, value] of [
      [0, 0x54],
      [1, 0],
      // Version 3, and a REPORT of version 2, which only SUBSCRIBE and padded DATA may have.
      [2, 0x31],
      [2, 0x28],
    ] as const) {
      const other = Buffer.from(bytes);
      other[offset] = value;
      expect(wire.packetType(other)).toBe(0);
    }
  });
});

describe.each(laws)('a packet of type $name', ({ roundTrip, packet, decode }) => {
  it('decodes to what was encoded', () => {
    roundTrip();
  });

  it('cut anywhere decodes to nothing or to a whole packet, and never throws', () => {
    fc.assert(
      fc.property(packet, fc.nat({ max: 3_000 }), (bytes, cut) => {
        const part = bytes.subarray(0, cut);
        if (wire.packetType(part) === 0) return;
        const decoded = decode(part);
        // Where its last member ends, it is what an older peer would have sent.
        if (decoded !== undefined) expect(decode(bytes)).toMatchObject(decoded as object);
      }),
    );
  });

  it('with any bytes after its header never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_400 }), (bytes) => {
        decode(Buffer.concat([Buffer.alloc(wire.HEADER_BYTES), bytes]));
      }),
    );
  });
});

describe('sizes', () => {
  it('HELLO and SUBSCRIBE are padded to 1,200 bytes, and shorter ones are not understood', () => {
    fc.assert(
      fc.property(hello, subscribe, (a, b) => {
        const [first, second] = [handshake.encodeHello(a), handshake.encodeSubscribe(b)];
        expect(first.length).toBe(1_200);
        expect(second.length).toBeGreaterThanOrEqual(1_200);
        expect(handshake.decodeHello(first.subarray(0, 1_199))).toBeUndefined();
        expect(handshake.decodeSubscribe(second.subarray(0, 1_199))).toBeUndefined();
      }),
    );
  });

  it('no answer of the handshake is longer than the 1,200 bytes it answers', () => {
    const longText = fc.string({ unit: 'binary', maxLength: 3_000 });
    fc.assert(
      fc.property(retry, longText, longText, (answer, reason, message) => {
        expect(handshake.encodeRetry(answer).length).toBeLessThan(1_200);
        const rejected = handshake.encodeReject({ nonce: answer.nonce, reason, message });
        expect(rejected.length).toBeLessThan(1_200);
        expect(handshake.decodeReject(rejected)).toBeDefined();
      }),
    );
  });
});
