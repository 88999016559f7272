import { describe, expect, it } from 'vitest';
import {
  clientAddress,
  clientAt,
  MOST_LINK_CLIENTS,
  SERVER_ADDRESS,
} from '../../../../bench/link/addresses.js';
import { CONTENT, clientOf, contentOf } from '../../../../bench/link/emulator/packet-fields.js';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import {
  ipPacket,
  labDatagram,
  type PacketPlan,
  tcpBody,
  udpBody,
} from '../../../support/link/packets.js';

const DATA = udpBody(labDatagram(7, 9, 2));

function content(plan: Partial<PacketPlan>): string {
  const packet = ipPacket({
    from: SERVER_ADDRESS,
    to: clientAddress(0),
    protocol: 17,
    body: DATA,
    ...plan,
  });
  const found = contentOf(packet, 0, packet.length);
  return Object.entries(CONTENT).find(([, value]) => value === found)?.[0] ?? '';
}

describe('what the emulator reads of a packet', () => {
  it('is whose it is, by the address at the end of the clients', () => {
    const plan = { protocol: 17, body: DATA };
    const up = ipPacket({ from: clientAddress(258), to: SERVER_ADDRESS, ...plan });
    const down = ipPacket({ from: SERVER_ADDRESS, to: clientAddress(258), ...plan, options: 8 });
    expect(clientOf(up, 0, up.length, true)).toBe(258);
    expect(clientOf(up, 0, up.length, false)).toBe(-1);
    expect(clientOf(down, 0, down.length, false)).toBe(258);
  });

  it('is the address of every client, and of nobody else', () => {
    const back = (address: string): number =>
      clientAt(Uint8Array.from(address.split('.').map(Number)), 0);
    for (const k of [0, 254, 255, 256, MOST_LINK_CLIENTS - 1])
      expect(back(clientAddress(k))).toBe(k);
    for (const other of ['198.18.0.0', '198.18.255.255', SERVER_ADDRESS, '10.0.0.1'])
      expect(back(other)).toBe(-1);
    for (const k of [-1, 0.5, MOST_LINK_CLIENTS])
      expect(() => clientAddress(k)).toThrow(RangeError);
  });

  it('is what it carries: data of the lab, payload of TCP, part of a datagram', () => {
    expect(content({})).toBe('data');
    expect(content({ options: 12 })).toBe('data');
    expect(content({ body: udpBody(labDatagram(1, 1, 0, PACKET.heartbeat)) })).toBe('other');
    expect(content({ body: udpBody(Buffer.alloc(36)) })).toBe('other');
    expect(content({ body: Buffer.alloc(3) })).toBe('other');
    expect(content({ fragment: 0x2000 })).toBe('data');
    expect(content({ fragment: 0x2001 })).toBe('fragment');
    expect(content({ protocol: 6, body: tcpBody(1) })).toBe('segment');
    expect(content({ protocol: 6, body: tcpBody(0, 12) })).toBe('other');
    expect(content({ protocol: 6, body: tcpBody(1, 12) })).toBe('segment');
    expect(content({ protocol: 6, body: Buffer.alloc(5) })).toBe('other');
    expect(content({ protocol: 1 })).toBe('other');
  });
});
