import { describe, expect, it } from 'vitest';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { decodeParity } from '../../../../../src/transports/udp/redundancy/parity-packet.js';
import type { ParityPlan } from '../../../../../src/transports/udp/redundancy/plan.js';
import { ParitySender } from '../../../../../src/transports/udp/redundancy/sending/parity-sender.js';
import { SharedParities } from '../../../../../src/transports/udp/redundancy/sending/shared-parities.js';
import { payloadOf, sendingRig, TARGET } from '../../../../support/net/redundancy-rig.js';

function rig(plan: ParityPlan, shared = new SharedParities(), on = sendingRig()) {
  const plans = { now: plan };
  const sender = new ParitySender(on.context, TARGET, shared, 500, () => plans.now);
  /** Sends datagrams `[from, to]`; what each carries begins with message `ahead` later. */
  const send = (from: number, to: number, ahead = 0): void => {
    for (let number = from; number <= to; number++) {
      const seq = number + ahead;
      sender.sent(number, wire.PACKET.data, 0, seq, 1, seq - 1, payloadOf(seq), on.clock.now());
      sender.inStep(on.reader);
    }
  };
  /** Which datagrams each parity since the last call is of. */
  const parities = (): string[] =>
    on.sender.sent.splice(0).map((bytes) => {
      const { first, members, stride } = decodeParity(bytes)!;
      return Array.from({ length: members }, (_, i) => first + i * stride).join(' ');
    });
  return { ...on, link: on.sender, sender, shared, plans, send, parities };
}

describe('the parities of a subscriber', () => {
  it('are one for each of the interleaved blocks, when their group has been sent', () => {
    const { send, parities } = rig({ k: 3, depth: 2 });
    send(1, 5);
    expect(parities()).toEqual([]);
    send(6, 6);
    expect(parities()).toEqual(['1 3 5', '2 4 6']);
    send(7, 12);
    expect(parities()).toEqual(['7 9 11', '8 10 12']);
  });

  it('are sent for what there is when nothing more comes', () => {
    const { sender, send, parities, reader } = rig({ k: 3, depth: 2 });
    send(1, 3);
    sender.idle(reader);
    expect(parities()).toEqual(['1 3', '2']);
    sender.idle(reader);
    expect(parities()).toEqual([]);
    send(4, 9);
    expect(parities()).toEqual(['4 6 8', '5 7 9']);
  });

  it('are sent for what there is when a group takes longer than the deadline', () => {
    const { sender, send, parities, reader, clock } = rig({ k: 3, depth: 2 });
    send(1, 2);
    clock.advance(500);
    sender.tick(reader, clock.now());
    expect(parities()).toEqual([]);
    clock.advance(1);
    sender.tick(reader, clock.now());
    expect(parities()).toEqual(['1', '2']);
  });

  it('are as a new plan has them from the next group on', () => {
    const { send, parities, plans } = rig({ k: 3, depth: 1 });
    send(1, 1);
    plans.now = { k: 2, depth: 1 };
    send(2, 5);
    expect(parities()).toEqual(['1 2 3', '4 5']);
  });

  it('never go before what is due', () => {
    const { sender, send, parities, reader } = rig({ k: 2, depth: 1 });
    for (const number of [1, 2, 3, 4])
      sender.sent(number, wire.PACKET.data, 0, number, 1, number - 1, payloadOf(number), 0);
    expect(parities()).toEqual([]);
    sender.inStep(reader);
    expect(parities()).toEqual(['1 2', '3 4']);
    send(5, 6);
    expect(parities()).toEqual(['5 6']);
  });

  it('are not sent for what is owed at once', () => {
    const { sender, send, parities, reader } = rig({ k: 3, depth: 1 });
    send(1, 2);
    sender.suspend();
    sender.idle(reader);
    expect(parities()).toEqual([]);
    send(50, 52);
    expect(parities()).toEqual(['50 51 52']);
  });

  it('are a quarter of the bytes of the data at most, and those beyond are counted', () => {
    const { sender, send, link, counters, reader } = rig({ k: 1, depth: 1 }, undefined, {
      ...sendingRig(200),
    });
    let data = 0;
    for (let number = 1; number <= 400; number++) {
      data += wire.HEADER_BYTES + payloadOf(number).length;
      send(number, number);
    }
    sender.idle(reader);
    const bytes = link.sent.reduce((sum, { length }) => sum + length, 0);
    // What it begins with: four parities of the first.
    expect(bytes).toBeLessThanOrEqual(data / 4 + 4 * (44 + payloadOf(1).length));
    expect(bytes).toBeGreaterThan(data / 5);
    expect(counters).toMatchObject({ repairs: link.sent.length, repairBytes: bytes });
    expect(counters.repairs + counters.repairsWithheld).toBe(400);
  });

  it('are given up, and counted, while the kernel takes nothing', () => {
    const { sender, send, link, counters, parities, reader } = rig({ k: 2, depth: 1 });
    link.blocked = true;
    send(1, 2);
    expect(counters).toMatchObject({ repairs: 0, repairsWithheld: 1 });
    link.blocked = false;
    sender.inStep(reader);
    send(3, 4);
    expect(parities()).toEqual(['3 4']);
  });

  it('that wait longer than their datagrams are kept are given up, and counted', () => {
    const { sender, counters, parities, reader } = rig({ k: 20, depth: 5 });
    for (let number = 1; number <= 300; number++)
      sender.sent(number, wire.PACKET.data, 0, number, 1, number - 1, payloadOf(number), 0);
    expect(counters.repairsWithheld).toBe(5);
    sender.inStep(reader);
    expect(parities().map((members) => members.split(' ')[0])).toEqual(
      [101, 102, 103, 104, 105, 201, 202, 203, 204, 205].map(String),
    );
  });
});

describe('subscribers who are sent the same', () => {
  it('share parities, under numbers of their own: each is computed once', () => {
    const shared = new SharedParities();
    const one = rig({ k: 5, depth: 2 }, shared);
    const two = rig({ k: 5, depth: 2 }, shared);
    for (let number = 1; number <= 600; number++) {
      one.send(number, number);
      // It joined 40 datagrams earlier.
      two.send(number + 40, number + 40, -40);
    }
    expect(one.counters.repairs).toBe(120);
    expect(two.counters.repairs).toBe(120);
    expect(shared.computed).toBe(120);
    const [first] = one.link.sent as [Buffer];
    const [other] = two.link.sent as [Buffer];
    expect(wire.dseqOf(other)).toBe(wire.dseqOf(first) + 40);
    expect(other.subarray(wire.HEADER_BYTES)).toEqual(first.subarray(wire.HEADER_BYTES));
  });

  it('fall into step when they began at different places', () => {
    const shared = new SharedParities();
    const one = rig({ k: 5, depth: 2 }, shared);
    const two = rig({ k: 5, depth: 2 }, shared);
    one.send(1, 4);
    for (let number = 5; number <= 604; number++) {
      one.send(number, number);
      two.send(number - 4, number - 4, 4);
    }
    expect(shared.computed).toBeLessThanOrEqual(one.counters.repairs + 4);
    expect(one.counters.repairs).toBe(120);
    expect(two.counters.repairs).toBeGreaterThanOrEqual(119);
  });

  it('do not share what only looks alike', () => {
    const shared = new SharedParities();
    const one = rig({ k: 2, depth: 1 }, shared);
    const two = rig({ k: 2, depth: 1 }, shared);
    one.send(1, 2);
    // The same sequence numbers, in other bytes: of another codec.
    for (const number of [1, 2])
      two.sender.sent(number, wire.PACKET.data, 0, number, 1, number - 1, payloadOf(number, 2), 0);
    two.sender.inStep(two.reader);
    expect(shared.computed).toBe(2);
    expect(two.link.sent[0]).not.toEqual(one.link.sent[0]);
  });
});
