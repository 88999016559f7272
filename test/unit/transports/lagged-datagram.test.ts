import { expect, it } from 'vitest';
import { decodeLagged, laggedPayload } from '../../../src/transports/datagram/control-packets.js';
import { FLAG, HEADER_BYTES, PACKET, writeHeader } from '../../../src/transports/datagram/wire.js';

function datagram(flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  writeHeader(header, PACKET.lagged, flags, { high: 1, low: 2 }, 2_000, 4, 0, 1);
  return Buffer.concat([header, payload]);
}

it('a LAGGED datagram tells of what was skipped, and with its flag of what was conflated', () => {
  const skipped = datagram(0, laggedPayload(998, undefined));
  expect(decodeLagged(skipped)).toEqual({ control: 'lagged', missed: 998, next: 2_000 });
  const conflated = datagram(
    FLAG.conflated,
    laggedPayload(998, { from: 1_000, ageMicros: 100_000 }),
  );
  expect(decodeLagged(conflated)).toEqual({
    ...{ control: 'lagged', missed: 998, next: 2_000, from: 1_000, age_us: 100_000 },
  });
  expect(decodeLagged(conflated.subarray(0, -1))).toBeUndefined();
});
