import { describe, expect, it } from 'vitest';
import { Random, seedState } from '../../../../../src/random.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { ReceivedPayloads } from '../../../../../src/transports/udp/redundancy/receiving/received-payloads.js';

const random = new Random(seedState(3));

function datagram(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(wire.HEADER_BYTES + length);
  wire.writeHeader(bytes, wire.PACKET.data, 0, { high: 1, low: 2 }, number, number, 1, 0);
  for (let i = wire.HEADER_BYTES; i < bytes.length; i++) bytes[i] = random.nextInt(256);
  return bytes;
}

/** What is kept of a datagram, as its bytes XORed into zeros. */
function keptOf(payloads: ReceivedPayloads, number: number): Buffer {
  const into = Buffer.alloc(payloads.lengths[payloads.slotOf(number)]!);
  payloads.xorInto(into, 0, number);
  return into;
}

describe('the payloads that a client keeps', () => {
  it('are the latest 256, whole, whatever their lengths and in whatever order they come', () => {
    const payloads = new ReceivedPayloads();
    const sent = new Map<number, Buffer>();
    for (let number = 1; number <= 2_000; number++) {
      // Every fifth is late by two, every eleventh never comes.
      const which = number % 5 === 0 ? number - 2 : number % 5 === 3 ? number + 2 : number;
      if (which % 11 === 0) continue;
      const bytes = datagram(which, 1 + random.nextInt(300));
      sent.set(which, bytes);
      payloads.put(which, bytes, 0, bytes.length);
    }
    const highest = Math.max(...sent.keys());
    for (let number = 1; number <= highest; number++) {
      const bytes = sent.get(number);
      const isKept = bytes !== undefined && number > highest - 256;
      expect([number, payloads.has(number)]).toEqual([number, isKept]);
      if (isKept) expect(keptOf(payloads, number)).toEqual(bytes.subarray(wire.HEADER_BYTES));
    }
  });

  it('take as much memory as they need: little for short ones, and never above 256 KiB', () => {
    const short = new ReceivedPayloads();
    for (let number = 1; number <= 1_000; number++) short.put(number, datagram(number, 50), 0, 86);
    expect(short.bytes).toBe(16 * 1024);
    const long = new ReceivedPayloads();
    for (let number = 1; number <= 1_000; number++)
      long.put(number, datagram(number, 1_436), 0, 1_472);
    expect(long.bytes).toBe(256 * 1024);
    const kept = Array.from({ length: 256 }, (_, i) => 1_000 - i).filter((n) => long.has(n));
    expect(kept).toEqual(Array.from({ length: 182 }, (_, i) => 1_000 - i));
  });
});
