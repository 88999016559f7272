import { clientAddress, SERVER_ADDRESS } from '../addresses.js';
import { type Directions, Emulator } from './emulator.js';
import { PacketMemory } from './packet-memory.js';
import type { PacketDevice } from './tun-device.js';

const PACKETS = 40_000;
const PACKET_BYTES = 100;
/** µs between two readings of the clock. */
const STEP = 1;

/**
 * Moves packets that nobody sent until the compiler has made of the emulator what it will be under
 * load: the first packets of a cell would be late otherwise.
 */
export function warmUp(model: Directions): void {
  const memory = new PacketMemory(PACKETS, () => 0);
  let time = 0;
  const now = (): number => {
    time += STEP;
    return time;
  };
  const ends = [SERVER_ADDRESS, clientAddress(0)] as const;
  const [down, up] = [packet(...ends), packet(ends[1], ends[0])];
  const [server, clients] = [down, up].map((bytes) => new Generator(memory, bytes));
  const emulator = new Emulator(model, server as Generator, clients as Generator, memory, now);
  for (let left = PACKETS; left > 0; left--) {
    const pause = emulator.turn();
    if (pause === Number.POSITIVE_INFINITY) return;
    time += pause;
  }
}

/** Has the same packet to read again and again, but not always. */
class Generator implements PacketDevice {
  readonly #memory: PacketMemory;
  readonly #packet: Buffer;
  #read = 0;

  constructor(memory: PacketMemory, packet: Buffer) {
    this.#memory = memory;
    this.#packet = packet;
  }

  read(slot: number): number {
    this.#read += 1;
    if (this.#read % 3 === 0 || this.#read > PACKETS) return 0;
    this.#packet.copy(this.#memory.bytes, this.#memory.at(slot));
    return this.#packet.length;
  }

  write(): boolean {
    return true;
  }
}

function packet(source: string, destination: string): Buffer {
  const bytes = Buffer.alloc(PACKET_BYTES);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(PACKET_BYTES, 2);
  bytes[9] = 17;
  bytes.set(source.split('.').map(Number), 12);
  bytes.set(destination.split('.').map(Number), 16);
  return bytes;
}
