import { describe, expect, it } from 'vitest';
import { laggedPayload } from '../../../../../src/transports/datagram/control-packets.js';
import { ARRIVAL } from '../../../../../src/transports/datagram/data-reader.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import {
  decodeParity,
  encodeParity,
  PROTECTED_FLAGS,
} from '../../../../../src/transports/udp/redundancy/parity-packet.js';
import { ParityReceiver } from '../../../../../src/transports/udp/redundancy/receiving/parity-receiver.js';
import { dataOf, EPOCH, receivingRig } from '../../../../support/net/redundancy-rig.js';

/** The parity of whole datagrams, worked out byte by byte. */
function parityOf(members: readonly Buffer[], first: number, stride = 1): Buffer {
  const fields = { seq: 0, length: 0, count: 0, type: 0, flags: 0 };
  const longest = Math.max(...members.map((bytes) => bytes.length)) - wire.HEADER_BYTES;
  const payload = Buffer.alloc(longest);
  let seq = 0n;
  for (const bytes of members) {
    const own = bytes.subarray(wire.HEADER_BYTES);
    for (const [i, byte] of own.entries()) payload[i]! ^= byte;
    seq ^= BigInt(wire.seqOf(bytes));
    fields.length ^= own.length;
    fields.count ^= wire.countOf(bytes);
    fields.type ^= wire.packetType(bytes);
    fields.flags ^= wire.flagsOf(bytes) & PROTECTED_FLAGS;
  }
  fields.seq = Number(seq);
  return encodeParity(EPOCH, { first, members: members.length, stride }, fields, payload, 5_000);
}

function rig() {
  const parts = receivingRig();
  const receiver = new ParityReceiver(parts.parts);
  const rebuilt: Buffer[] = [];
  const late: boolean[] = [];
  receiver.handOn = (bytes, isLate) => {
    late.push(isLate);
    return rebuilt.push(Buffer.from(bytes)) > 0;
  };
  const come = (bytes: Buffer): void => {
    receiver.arrived(bytes, 0, bytes.length);
    receiver.settle();
  };
  const parity = (bytes: Buffer): boolean => receiver.take(wire.PACKET.parity, bytes);
  return { ...parts, receiver, rebuilt, late, come, parity };
}

/** As it is rebuilt: when it was sent is that of the parity. */
function asSent(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  wire.writeSendTime(copy, 5_000);
  return copy;
}

const DATA = [1, 2, 3, 4, 5, 6].map((number) => dataOf(number, 10 * number, number));

describe('a parity', () => {
  it('rebuilds the only datagram that is missing of its block, whatever their lengths', () => {
    for (const lost of [0, 1, 2, 3, 4, 5]) {
      const { come, parity, rebuilt, counters } = rig();
      for (const [i, bytes] of DATA.entries()) if (i !== lost) come(bytes);
      expect(parity(parityOf(DATA, 1))).toBe(true);
      expect(rebuilt).toEqual([asSent(DATA[lost]!)]);
      expect(counters).toMatchObject({ redundant: 1, used: 1, repaired: lost + 1, unused: 0 });
    }
  });

  it('rebuilds a notice that messages were skipped', () => {
    const payload = laggedPayload(7, { from: 90, ageMicros: 5 });
    const lagged = Buffer.alloc(wire.HEADER_BYTES + payload.length);
    wire.writeHeader(lagged, wire.PACKET.lagged, wire.FLAG.conflated, EPOCH, 100, 2, 0, 5_000);
    payload.copy(lagged, wire.HEADER_BYTES);
    const { come, parity, rebuilt, counters } = rig();
    come(DATA[0]!);
    come(DATA[2]!);
    parity(parityOf([DATA[0]!, lagged, DATA[2]!], 1));
    expect(rebuilt).toEqual([lagged]);
    expect(counters).toMatchObject({ used: 1, repaired: 0 });
  });

  it('is not led astray by padding, nor by flags that are about the sending', () => {
    const { come, parity, rebuilt } = rig();
    const padded = Buffer.concat([DATA[0]!, Buffer.alloc(9)]);
    wire.writePadding(padded, 9);
    wire.writeFlags(padded, wire.FLAG.report);
    come(padded);
    parity(parityOf(DATA.slice(0, 2), 1));
    expect(rebuilt).toEqual([asSent(DATA[1]!)]);
  });

  it('says after how long it brings back what was found missing', () => {
    const { come, parity, clock, latencies } = rig();
    come(DATA[0]!);
    clock.advance(5);
    come(DATA[2]!);
    clock.advance(20);
    parity(parityOf(DATA.slice(0, 3), 1));
    expect(latencies).toEqual(['2 after 20000']);
  });

  it('that brings it back after the deadline makes it late, and not repaired', () => {
    const { come, parity, clock, latencies, counters, late } = rig();
    come(DATA[0]!);
    come(DATA[2]!);
    clock.advance(500);
    parity(parityOf(DATA.slice(0, 3), 1));
    come(DATA[4]!);
    clock.advance(501);
    parity(parityOf(DATA.slice(3, 5), 4));
    expect(late).toEqual([false, true]);
    expect(latencies).toEqual(['2 after 500000']);
    expect(counters).toMatchObject({ used: 2, repaired: 2, late: 4 });
  });

  it('leaves an original that comes late by itself as late as it is, once', () => {
    const { receiver, clock, counters } = rig();
    const arrived = (bytes: Buffer): number => receiver.arrived(bytes, 0, bytes.length);
    expect(arrived(DATA[3]!)).toBe(ARRIVAL.inTime);
    clock.advance(500);
    expect(arrived(DATA[2]!)).toBe(ARRIVAL.inTime);
    clock.advance(1);
    expect(arrived(DATA[1]!)).toBe(ARRIVAL.overdue);
    expect(counters.late).toBe(2);
  });

  it('is unused where nothing is missing', () => {
    const { come, parity, rebuilt, counters } = rig();
    for (const bytes of DATA) come(bytes);
    parity(parityOf(DATA, 1));
    expect(rebuilt).toEqual([]);
    expect(counters).toMatchObject({ redundant: 1, used: 0, unused: 1 });
  });

  it('waits for what may only be late, and is of use then', () => {
    const { come, parity, rebuilt, counters } = rig();
    for (const number of [1, 4, 5, 6]) come(DATA[number - 1]!);
    parity(parityOf(DATA, 1));
    expect(rebuilt).toEqual([]);
    come(DATA[2]!);
    expect(rebuilt).toEqual([asSent(DATA[1]!)]);
    expect(counters).toMatchObject({ used: 1, unused: 0, futile: 0 });
  });

  it('that comes before its block rebuilds nothing that is on its way but for the last', () => {
    const { come, parity, rebuilt, counters } = rig();
    parity(parityOf(DATA.slice(0, 3), 1));
    come(DATA[0]!);
    expect(rebuilt).toEqual([]);
    come(DATA[1]!);
    expect(rebuilt).toEqual([asSent(DATA[2]!)]);
    come(DATA[2]!);
    expect(counters).toMatchObject({ used: 1, spurious: 1 });
  });

  it('is spurious when the original comes after all', () => {
    const { receiver, come, parity, counters } = rig();
    come(DATA[0]!);
    come(DATA[2]!);
    parity(parityOf(DATA.slice(0, 3), 1));
    // What it says has been handed on: a notice is not to be told twice.
    const again = receiver.arrived(DATA[1]!, 0, DATA[1]!.length);
    expect(again).toBe(ARRIVAL.repaired);
    expect(counters).toMatchObject({ used: 1, spurious: 1 });
  });

  it('is futile when more is missing than it can rebuild, once its block is long past', () => {
    const { come, parity, counters, rebuilt } = rig();
    for (const number of [1, 4, 5, 6]) come(DATA[number - 1]!);
    parity(parityOf(DATA, 1));
    for (let number = 7; number < 300; number++) come(dataOf(number));
    parity(parityOf([dataOf(299)], 299));
    expect(rebuilt).toEqual([]);
    expect(counters).toMatchObject({ redundant: 2, used: 0, futile: 1, unused: 1 });
  });

  it('of which too much has been forgotten is futile, and rebuilds nothing wrong', () => {
    const { come, parity, counters, rebuilt } = rig();
    for (let number = 2; number < 300; number++) come(dataOf(number));
    const block = Array.from({ length: 10 }, (_, i) => dataOf(1 + i));
    expect(parity(parityOf(block, 1))).toBe(true);
    expect(rebuilt).toEqual([]);
    expect(counters).toMatchObject({ used: 0, futile: 1 });
  });

  it('of other datagrams than those that came makes no sense, and brings nothing', () => {
    const { come, parity, rebuilt, counters } = rig();
    come(dataOf(1, 77));
    come(DATA[2]!);
    expect(parity(parityOf(DATA.slice(0, 3), 1))).toBe(false);
    expect(rebuilt).toEqual([]);
    expect(counters.used).toBe(0);
  });

  it('keeps what waits within bounds', () => {
    const { parity, counters } = rig();
    const block = [dataOf(1), dataOf(2)];
    for (let i = 0; i < 200; i++) parity(parityOf(block, 1));
    expect(counters).toMatchObject({ redundant: 200, futile: 136, used: 0 });
  });
});

describe('a packet of parity', () => {
  const sound = parityOf(DATA, 1);

  it('with a field missing, or out of range, is none', () => {
    expect(decodeParity(sound)).toMatchObject({ first: 1, members: 6, stride: 1 });
    expect(decodeParity(sound.subarray(0, wire.HEADER_BYTES + 7))).toBeUndefined();
    const with_ = (change: (bytes: Buffer) => unknown): unknown => {
      const bytes = Buffer.from(sound);
      change(bytes);
      return decodeParity(bytes);
    };
    expect(with_((bytes) => bytes.writeUInt16LE(0, 24))).toBeUndefined();
    expect(with_((bytes) => bytes.writeUInt16LE(65, 24))).toBeUndefined();
    expect(with_((bytes) => bytes.writeUInt16LE(0, 36))).toBeUndefined();
    // From the first to the last more than are kept.
    expect(with_((bytes) => bytes.writeUInt16LE(51, 36))).toMatchObject({ stride: 51 });
    expect(with_((bytes) => bytes.writeUInt16LE(52, 36))).toBeUndefined();
    expect(with_((bytes) => bytes.fill(0xff, 12, 20))).toBeUndefined();
  });
});
