/** WebSocket frames as RFC 6455 §5.2 lays them out. */

export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export const FIN = 0x80;
export const MASKED = 0x80;
/** Payload of a close, ping or pong frame (§5.5). */
export const MAX_CONTROL_PAYLOAD = 125;
/** In the seven bits of the length: 16 or 64 bits with the length proper follow. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;
const MAX_LENGTH_16 = 0xffff;
const MASK_BYTES = 4;

/** Bytes of the header of an unmasked frame: 2, 4 or 10. */
export function headerBytes(payloadBytes: number): number {
  if (payloadBytes <= MAX_CONTROL_PAYLOAD) return 2;
  return payloadBytes <= MAX_LENGTH_16 ? 4 : 10;
}

/**
 * Writes the header of a frame that is a whole message, and returns the offset after it; a mask, if
 * any, is the caller's to add.
 */
function writeHeader(into: Buffer, opcode: number, payloadBytes: number, masked = 0): number {
  into[0] = FIN | opcode;
  if (payloadBytes <= MAX_CONTROL_PAYLOAD) {
    into[1] = masked | payloadBytes;
    return 2;
  }
  if (payloadBytes <= MAX_LENGTH_16) {
    into[1] = masked | LENGTH_16;
    return into.writeUInt16BE(payloadBytes, 2);
  }
  into[1] = masked | LENGTH_64;
  into.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), 2);
  return into.writeUInt32BE(payloadBytes >>> 0, 6);
}

/** The header alone of an unmasked frame: what a server writes before the payload. */
export function header(opcode: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(headerBytes(payloadBytes));
  writeHeader(bytes, opcode, payloadBytes);
  return bytes;
}

/**
 * An unmasked frame, as servers send it. Not from the shared pool: it may sit in many sockets'
 * queues.
 */
export function frame(opcode: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafeSlow(headerBytes(payload.length) + payload.length);
  payload.copy(bytes, writeHeader(bytes, opcode, payload.length));
  return bytes;
}

/** A masked frame, as clients send it (§5.3). `mask`: 4 bytes that nobody can foretell. */
export function maskedFrame(opcode: number, payload: Buffer, mask: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes(payload.length) + MASK_BYTES + payload.length);
  const at = writeHeader(bytes, opcode, payload.length, MASKED);
  mask.copy(bytes, at, 0, MASK_BYTES);
  for (let i = 0; i < payload.length; i++) {
    bytes[at + MASK_BYTES + i] = (payload[i] as number) ^ (mask[i % MASK_BYTES] as number);
  }
  return bytes;
}
