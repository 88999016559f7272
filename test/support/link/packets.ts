/** IPv4 packets as the emulator of a link meets them. */
import { PACKET, type PacketType, writeHeader } from '../../../src/transports/datagram/wire.js';

const IP_BYTES = 20;

export interface PacketPlan {
  readonly from: string;
  readonly to: string;
  /** 6 = TCP, 17 = UDP. */
  readonly protocol: number;
  readonly body: Uint8Array;
  /** In units of 8 bytes. */
  readonly fragment?: number;
  /** Bytes of IP options. */
  readonly options?: number;
}

export function ipPacket({ from, to, protocol, body, fragment, options }: PacketPlan): Buffer {
  const header = IP_BYTES + (options ?? 0);
  const packet = Buffer.alloc(header + body.length);
  packet[0] = 0x40 | (header / 4);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(fragment ?? 0, 6);
  packet[8] = 64;
  packet[9] = protocol;
  packet.set(from.split('.').map(Number), 12);
  packet.set(to.split('.').map(Number), 16);
  packet.set(body, header);
  return packet;
}

export function udpBody(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A whole datagram of the lab with nothing in it. */
export function labDatagram(
  dseq: number,
  seq: number,
  count: number,
  type: PacketType = PACKET.data,
): Buffer {
  const bytes = Buffer.alloc(60);
  writeHeader(bytes, type, 0, { high: 1, low: 2 }, seq, dseq, count, 0);
  return bytes;
}

/** A segment with so many bytes of payload. */
export function tcpBody(payload: number, options = 0): Buffer {
  const bytes = Buffer.alloc(20 + options + payload);
  bytes[12] = ((20 + options) / 4) << 4;
  return bytes;
}
