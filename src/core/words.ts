/**
 * Little-endian integers in bytes, without the checks of `Buffer.readUInt32LE` and its like, which
 * compute in doubles: headers are read and written for every datagram and every read. Offsets are
 * the caller's to check; outside, 0 is read and nothing is written.
 */

/** With a sign, and so an integer that stays in a register. */
export function readI32(from: Buffer, offset: number): number {
  return (
    (from[offset] as number) |
    ((from[offset + 1] as number) << 8) |
    ((from[offset + 2] as number) << 16) |
    ((from[offset + 3] as number) << 24)
  );
}

export function readU32(from: Buffer, offset: number): number {
  return readI32(from, offset) >>> 0;
}

export function readU16(from: Buffer, offset: number): number {
  return (from[offset] as number) | ((from[offset + 1] as number) << 8);
}

/** The low 32 bits of an integer. */
export function writeU32(into: Buffer, value: number, offset: number): void {
  into[offset] = value;
  into[offset + 1] = value >>> 8;
  into[offset + 2] = value >>> 16;
  into[offset + 3] = value >>> 24;
}
