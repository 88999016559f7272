import type { DeviceCalls } from '../../../src/native/device-calls.js';
import { POLLFD, TIMESPEC } from '../../../src/native/layout.js';

const POLLIN = 1;

/** Waits until one of some descriptors can be read. */
export class ReadWait {
  readonly #calls: DeviceCalls;
  readonly #count: number;
  readonly #memory: Buffer;
  readonly #words: Uint32Array;
  readonly #address: number;
  readonly #timeAddress: number;
  readonly #timeWord: number;

  constructor(calls: DeviceCalls, fds: readonly number[]) {
    this.#calls = calls;
    this.#count = fds.length;
    const timeAt = fds.length * POLLFD.size;
    const memory = Buffer.allocUnsafeSlow(timeAt + TIMESPEC.size).fill(0);
    fds.forEach((fd, i) => {
      memory.writeInt32LE(fd, i * POLLFD.size + POLLFD.fd);
      memory.writeInt16LE(POLLIN, i * POLLFD.size + POLLFD.events);
    });
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length / 4);
    this.#address = calls.addressOf(memory.buffer) + memory.byteOffset;
    this.#timeAddress = this.#address + timeAt;
    this.#timeWord = timeAt >> 2;
  }

  /** For so many µs at most: below 0 is 0. Returns early, too, when a signal comes. */
  wait(micros: number): void {
    const seconds = micros > 0 ? Math.floor(micros / 1e6) : 0;
    this.#words[this.#timeWord + (TIMESPEC.seconds >> 2)] = seconds;
    this.#words[this.#timeWord + (TIMESPEC.nanos >> 2)] =
      micros > 0 ? (micros - seconds * 1e6) * 1e3 : 0;
    const ready = this.#calls.ppoll(this.#address, this.#count, this.#timeAddress);
    if (ready < 0) this.#forget();
  }

  /** Whether the descriptor at `index` could be read, or was closed, at the end of the last wait. */
  isReady(index: number): boolean {
    return this.#memory[index * POLLFD.size + POLLFD.revents] !== 0;
  }

  /** The kernel writes nothing when it was interrupted. */
  #forget(): void {
    for (let i = 0; i < this.#count; i++)
      this.#memory.writeInt16LE(0, i * POLLFD.size + POLLFD.revents);
  }
}
