import type { DeviceCalls } from '../../../src/native/device-calls.js';
import { MTU, type PacketMemory } from './packet-memory.js';

/** Where packets come from and go to; a test has its own. */
export interface PacketDevice {
  /** Reads a packet into a slot: its bytes, or at most 0 when there is none. Never blocks. */
  read(slot: number): number;
  /** Whether the kernel took the packet. */
  write(slot: number, bytes: number): boolean;
}

export class TunDevice implements PacketDevice {
  readonly #calls: DeviceCalls;
  readonly #fd: number;
  readonly #addresses: readonly number[];

  constructor(calls: DeviceCalls, fd: number, memory: PacketMemory) {
    this.#calls = calls;
    this.#fd = fd;
    this.#addresses = memory.addresses;
  }

  read(slot: number): number {
    return this.#calls.read(this.#fd, this.#addresses[slot] as number, MTU);
  }

  write(slot: number, bytes: number): boolean {
    return this.#calls.write(this.#fd, this.#addresses[slot] as number, bytes) === bytes;
  }
}
