import { describe, expect, it } from 'vitest';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { CopyReceiver } from '../../../../../src/transports/udp/redundancy/receiving/copy-receiver.js';
import { CopySender } from '../../../../../src/transports/udp/redundancy/sending/copy-sender.js';
import { SharedCopies } from '../../../../../src/transports/udp/redundancy/sending/shared-copies.js';
import {
  dataOf,
  payloadOf,
  receivingRig,
  sendingRig,
  TARGET,
} from '../../../../support/net/redundancy-rig.js';

function rig(delay: number) {
  const on = sendingRig();
  const shared = new SharedCopies(on.context.broadcast);
  const sender = new CopySender(on.context, TARGET, shared, 500, () => delay);
  const sent = (number: number, count = 1, type: number = wire.PACKET.data): void => {
    const seq = 10 * number;
    sender.sent(number, type, 0, seq, count, seq - 1, payloadOf(seq, count), on.clock.now());
    sender.inStep(on.reader);
  };
  /** Of which datagram each copy since the last call is, from which message on, and how many. */
  const copies = (): string[] =>
    on.sender.sent.splice(0).map((bytes) => {
      expect(wire.packetType(bytes)).toBe(wire.PACKET.repair);
      expect(wire.flagsOf(bytes)).toBe(wire.FLAG.retransmit);
      return `${wire.dseqOf(bytes)}: ${wire.seqOf(bytes)} × ${wire.countOf(bytes)}`;
    });
  return { ...on, link: on.sender, sender, sent, copies };
}

describe('copies', () => {
  it('go out some datagrams behind their originals, each once', () => {
    const { sent, copies } = rig(2);
    sent(1);
    sent(2);
    expect(copies()).toEqual([]);
    sent(3);
    expect(copies()).toEqual(['1: 10 × 1']);
    sent(4);
    sent(5);
    expect(copies()).toEqual(['2: 20 × 1', '3: 30 × 1']);
  });

  it('go out when nothing more comes, or it takes half of the deadline', () => {
    const { sender, sent, copies, reader, clock } = rig(9);
    sent(1);
    sender.idle(reader);
    sent(2);
    clock.advance(250);
    sender.tick(reader, clock.now());
    expect(copies()).toEqual(['1: 10 × 1']);
    clock.advance(1);
    sender.tick(reader, clock.now());
    expect(copies()).toEqual(['2: 20 × 1']);
  });

  it('leave out what has been replaced, and send nothing of which all has been', () => {
    const { sent, copies, replaced, link, counters } = rig(1);
    replaced.add(11).add(20);
    sent(1, 3);
    sent(2);
    const [bytes] = link.sent as [Buffer];
    const left = Buffer.concat([payloadOf(10), payloadOf(12)]);
    expect(bytes.subarray(wire.HEADER_BYTES)).toEqual(left);
    expect(copies()).toEqual(['1: 10 × 2']);
    sent(3);
    expect(copies()).toEqual([]);
    expect(counters).toMatchObject({ repairs: 1, repairsSuperseded: 2 });
    expect(counters.repairBytes).toBe(wire.HEADER_BYTES + left.length);
  });

  it('are none of what is owed at once, and of notices', () => {
    const { sender, sent, copies, reader } = rig(1);
    sent(1);
    sender.suspend();
    sent(40);
    sent(41, 0, wire.PACKET.lagged);
    sender.idle(reader);
    expect(copies()).toEqual(['40: 400 × 1']);
  });

  it('wait while the kernel takes nothing, as long as their originals are kept', () => {
    const { sent, copies, link, counters } = rig(1);
    link.blocked = true;
    for (let number = 1; number <= 300; number++) sent(number);
    link.blocked = false;
    sent(301);
    expect(copies()).toHaveLength(255);
    expect(counters.repairsWithheld).toBe(45);
  });
});

describe('the receiver of copies', () => {
  const copyOf = (number: number): Buffer => {
    const bytes = dataOf(number);
    const { repair } = wire.PACKET;
    const flags = wire.FLAG.retransmit;
    wire.writeHeader(bytes, repair, flags, { high: 1, low: 2 }, number, number, 1, 9_000);
    return bytes;
  };
  function receiving() {
    const parts = receivingRig();
    const receiver = new CopyReceiver(parts.parts);
    const taken: number[] = [];
    receiver.handOn = (bytes) => taken.push(wire.seqOf(bytes)) > 0;
    return { ...parts, receiver, taken };
  }

  it('hands on what is missing, once, and says after how long', () => {
    const { receiver, taken, counters, clock, latencies } = receiving();
    receiver.arrived(dataOf(1), 0);
    receiver.arrived(dataOf(3), 0);
    clock.advance(7);
    for (const number of [1, 2, 2, 3]) receiver.take(wire.PACKET.repair, copyOf(number));
    expect(taken).toEqual([2]);
    expect(latencies).toEqual(['1 after 7000']);
    expect(counters).toMatchObject({ redundant: 4, used: 1, unused: 3, repaired: 1 });
  });

  it('counts an original that comes after its copy', () => {
    const { receiver, counters } = receiving();
    receiver.take(wire.PACKET.repair, copyOf(1));
    receiver.arrived(dataOf(1), 0);
    expect(counters).toMatchObject({ used: 1, spurious: 1 });
    receiver.take(wire.PACKET.repair, copyOf(1));
    expect(counters).toMatchObject({ used: 1, unused: 1 });
  });

  it('understands nothing else', () => {
    const { receiver, taken } = receiving();
    expect(receiver.take(wire.PACKET.parity, copyOf(1))).toBe(false);
    const empty = copyOf(1);
    empty.writeUInt16LE(0, 24);
    expect(receiver.take(wire.PACKET.repair, empty)).toBe(false);
    expect(taken).toEqual([]);
  });

  it('counts rows of missing datagrams, for the reports', () => {
    const { receiver } = receiving();
    for (const number of [1, 2, 5, 6, 8, 7]) receiver.arrived(dataOf(number), 0);
    receiver.announced(9);
    expect(receiver.bursts).toBe(2);
    receiver.announced(12);
    expect(receiver.bursts).toBe(3);
  });
});
