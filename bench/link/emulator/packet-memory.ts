/** What a TUN device hands over at most: its MTU is 1,500, and nobody changes it. */
export const MTU = 1_500;
/** Cache lines of 64 bytes: no two packets share one. */
const STRIDE = 1_536;

/**
 * Room for packets on their way: slots of one packet each in one piece of memory off V8's heap, and
 * one more for who has none. The system gives pages when they are written first, and a slot that
 * was given back is taken first: memory is what was on its way at once.
 */
export class PacketMemory {
  readonly bytes: Buffer;
  /** Where a packet is read that may find no slot. */
  readonly spare: number;
  /** Address of each slot; boxed once, so that a call makes no number. */
  readonly addresses: readonly number[];
  readonly #free: Int32Array;
  #left: number;

  constructor(slots: number, addressOf: (buffer: ArrayBufferLike) => number) {
    this.bytes = Buffer.allocUnsafeSlow((slots + 1) * STRIDE);
    const base = addressOf(this.bytes.buffer) + this.bytes.byteOffset;
    this.addresses = Array.from({ length: slots + 1 }, (_, slot) => base + slot * STRIDE);
    this.spare = slots;
    this.#free = Int32Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.#left = slots;
  }

  /** Where in `bytes` a slot begins. */
  at(slot: number): number {
    return slot * STRIDE;
  }

  /** A slot of one's own; −1 = all are taken. */
  take(): number {
    return this.#left === 0 ? -1 : (this.#free[--this.#left] as number);
  }

  giveBack(slot: number): void {
    this.#free[this.#left++] = slot;
  }

  get taken(): number {
    return this.spare - this.#left;
  }

  copy(from: number, to: number, length: number): void {
    const start = this.at(from);
    this.bytes.copyWithin(this.at(to), start, start + length);
  }
}
