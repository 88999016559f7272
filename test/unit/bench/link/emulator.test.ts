import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, SERVER_ADDRESS } from '../../../../bench/link/addresses.js';
import { FATE } from '../../../../bench/link/fate.js';
import type { FateCounts } from '../../../../bench/link/link-book.js';
import { EmulatorRig } from '../../../support/link/emulator-rig.js';
import { ipPacket, labDatagram, udpBody } from '../../../support/link/packets.js';

/** A data datagram of the lab on its way to client k, recognisable by its number. */
function toClient(k: number, dseq: number): Buffer {
  const body = udpBody(labDatagram(dseq, 100 * dseq, 3));
  return ipPacket({ from: SERVER_ADDRESS, to: clientAddress(k), protocol: 17, body });
}

function fromClient(k: number, dseq: number): Buffer {
  const body = udpBody(labDatagram(dseq, 100 * dseq, 3));
  return ipPacket({ from: clientAddress(k), to: SERVER_ADDRESS, protocol: 17, body });
}

function fates({ delivered, lost, overflow, outage, noRoom }: FateCounts): number {
  return delivered + lost + overflow + outage + noRoom;
}

describe('the emulator of a link', () => {
  it('delivers each packet unharmed at the other end, when its own link says', () => {
    const rig = new EmulatorRig(2);
    rig.links[1]!.down.plan.push({ after: 3 });
    const packets = [toClient(0, 1), toClient(1, 2)];
    rig.server.incoming.push(...packets);
    rig.clients.incoming.push(fromClient(0, 3));
    rig.settle();
    expect(rig.clients.written).toEqual([
      { at: 3, packet: packets[1] },
      { at: 10, packet: packets[0] },
    ]);
    expect(rig.server.written).toEqual([{ at: 10, packet: fromClient(0, 3) }]);
    expect(rig.links[0]!.down.offered).toEqual([{ bytes: packets[0]!.length, now: 0 }]);
  });

  it('knows one fate of every packet, and lists what did not reach its client', () => {
    const decision = fc.record({
      fate: fc.constantFrom(...Object.values(FATE)),
      after: fc.integer({ min: 0, max: 50 }),
      corruptBit: fc.option(fc.nat(10_000), { nil: -1 }),
      isReordered: fc.boolean(),
    });
    const packet = fc.record({ client: fc.nat(2), isUp: fc.boolean(), decision });
    fc.assert(
      fc.property(fc.array(packet), fc.integer({ min: 1, max: 60 }), (plan, slots) => {
        const rig = new EmulatorRig(3, slots);
        plan.forEach(({ client, isUp, decision }, dseq) => {
          rig.links[client]![isUp ? 'up' : 'down'].plan.push(decision);
          if (isUp) rig.clients.incoming.push(fromClient(client, dseq));
          else rig.server.incoming.push(toClient(client, dseq));
        });
        rig.settle();
        const books = rig.book().clients;
        books.forEach(({ up, down, droppedData }, client) => {
          const mine = plan.flatMap((one, dseq) =>
            one.client === client ? [{ ...one, dseq, isHarmed: one.decision.corruptBit >= 0 }] : [],
          );
          const sent = (isUp: boolean) => mine.filter((one) => one.isUp === isUp);
          for (const [counts, isUp] of [[up, true] as const, [down, false] as const]) {
            expect(counts.packets).toBe(sent(isUp).length);
            expect(fates(counts)).toBe(counts.packets);
            const written = isUp ? rig.server.written : rig.clients.written;
            const at = isUp ? 12 : 16;
            const address = Buffer.from(clientAddress(client).split('.').map(Number));
            const own = written.filter(({ packet }) => address.equals(packet.subarray(at, at + 4)));
            expect(own.length).toBe(counts.delivered);
            expect(own.reduce((sum, { packet }) => sum + packet.length, 0)).toBe(
              counts.deliveredBytes,
            );
          }
          const unharmed = new Set(
            rig.clients.written
              .map(({ packet }) => packet)
              .filter((packet) =>
                sent(false).some((one) => packet.equals(toClient(client, one.dseq))),
              )
              .map((packet) => packet.readUInt32LE(20 + 8 + 20)),
          );
          const missing = sent(false).filter(({ dseq }) => !unharmed.has(dseq));
          expect(droppedData).toEqual({
            dseq: missing.map(({ dseq }) => dseq),
            seq: missing.map(({ dseq }) => 100 * dseq),
            count: missing.map(() => 3),
            unlisted: 0,
          });
        });
        expect(rig.memory.taken).toBe(0);
      }),
    );
  });

  it('inverts one bit behind the IP header', () => {
    const rig = new EmulatorRig(1);
    rig.links[0]!.down.plan.push({ corruptBit: 9 });
    rig.server.incoming.push(toClient(0, 1));
    rig.settle();
    const expected = toClient(0, 1);
    expected[21] = expected[21]! ^ 2;
    expect(rig.clients.written[0]?.packet).toEqual(expected);
    const [book] = rig.book().clients;
    expect(book?.down).toMatchObject({ packets: 1, delivered: 1, corrupted: 1 });
    expect(book?.droppedData.dseq).toEqual([1]);
  });

  it('delivers a duplicate after its packet, and counts it apart', () => {
    const rig = new EmulatorRig(1);
    rig.links[0]!.down.plan.push({ again: 10 });
    rig.server.incoming.push(toClient(0, 1));
    rig.settle();
    expect(rig.clients.written.map(({ packet }) => packet)).toEqual([
      toClient(0, 1),
      toClient(0, 1),
    ]);
    const [book] = rig.book().clients;
    expect(book?.down).toMatchObject({ packets: 1, delivered: 1, duplicated: 1 });
  });

  it('throws away what finds no room, says so, and goes on when there is some', () => {
    const rig = new EmulatorRig(1, 2);
    rig.server.incoming.push(...[1, 2, 3].map((dseq) => toClient(0, dseq)));
    rig.settle();
    rig.server.incoming.push(toClient(0, 4));
    rig.settle();
    const [book] = rig.book().clients;
    expect(book?.down).toMatchObject({ packets: 4, delivered: 3, noRoom: 1 });
    expect(book?.droppedData.dseq).toEqual([3]);
    expect(rig.book().noRoom).toBe(1);
  });

  it('counts what the kernel does not take as thrown away', () => {
    const rig = new EmulatorRig(1);
    rig.clients.refuses = true;
    rig.links[0]!.down.plan.push({}, { corruptBit: 1 });
    rig.server.incoming.push(toClient(0, 1), toClient(0, 2));
    rig.settle();
    const [book] = rig.book().clients;
    expect(book?.down).toMatchObject({ packets: 2, delivered: 0, noRoom: 2 });
    expect(book?.droppedData.dseq.toSorted()).toEqual([1, 2]);
  });

  it("carries strangers' and malformed packets at once and unharmed", () => {
    const rig = new EmulatorRig(1);
    const odd = [
      ipPacket({
        from: SERVER_ADDRESS,
        to: clientAddress(1),
        protocol: 17,
        body: udpBody(Buffer.alloc(9)),
      }),
      toClient(0, 1).subarray(0, 19),
      toClient(0, 1).subarray(0, 40),
      Buffer.concat([Buffer.from([0x60]), toClient(0, 1).subarray(1)]),
      Buffer.concat([Buffer.from([0x4f]), toClient(0, 1).subarray(1, 40)]),
    ];
    rig.server.incoming.push(...odd);
    rig.settle();
    expect(rig.clients.written).toEqual(odd.map((packet) => ({ at: 0, packet })));
    expect(rig.book().strangers).toMatchObject({
      packets: odd.length,
      delivered: odd.length,
    });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_500 }), (bytes) => {
        const any = new EmulatorRig(1);
        any.server.incoming.push(Buffer.from(bytes));
        any.settle();
        expect(any.clients.written.map(({ packet }) => packet)).toEqual([Buffer.from(bytes)]);
      }),
    );
  });

  it('counts as lateness what comes after the deadline and the time that it may have lain unread', () => {
    const rig = new EmulatorRig(1);
    rig.emulator.turn();
    rig.emulator.slept(100);
    rig.time = 107;
    rig.server.incoming.push(toClient(0, 1));
    rig.emulator.turn();
    rig.time = 107 + 10 + 5;
    rig.emulator.turn();
    expect(rig.emulator.lateness.counts()).toMatchObject({ sum: 7 + 5 });
  });
});
