import type { Clock } from '../../src/core/clock.js';
import { Random, seedState } from '../../src/random.js';

/** Some whole messages on their way to one subscriber, as they lie together in the log. */
export interface Packet {
  /** Which subscriber: 0, 1, … in the order of joining. */
  readonly client: number;
  /** Sequence number of the first message. */
  readonly seq: number;
  readonly messages: number;
  readonly bytes: Buffer;
}

/** What shall become of a packet. */
export interface Fate {
  /**
   * One arrival for each copy, µs after the packet was sent: none = lost, two = duplicated, none
   * but 0 = nothing happens.
   */
  readonly arrivals: readonly number[];
  /** The bytes that arrive instead of those sent: of the same length, in a buffer of their own. */
  readonly bytes?: Buffer;
  /**
   * The kernel stamps each arrival, and the receiver reads it so many µs later. Left out: it reads
   * at once, and is given no stamp.
   */
  readonly unread?: number;
}

/** Decides the fate of a packet; its randomness is seeded, a stream for each subscriber. */
export type Faults = (packet: Packet, random: Random) => Fate;

/** What was done to a packet: the truth that the instrument is to find out. */
export interface Injected {
  readonly client: number;
  readonly seq: number;
  readonly messages: number;
  readonly copies: number;
  readonly corrupted: boolean;
}

/**
 * A copy that came to its receiver's kernel at `at`, and was read at `readAt`, µs since the epoch.
 */
export interface Arrived {
  readonly client: number;
  readonly seq: number;
  readonly messages: number;
  readonly at: number;
  readonly readAt: number;
  /** The receiver was told when it had arrived. */
  readonly stamped: boolean;
}

const UNTOUCHED: Fate = { arrivals: [0] };
/**
 * The first of the seed's streams of random numbers that are the faults'; sources and the order of
 * cells use lower ones.
 */
const FIRST_STREAM = 100_000;

export const noFaults: Faults = () => UNTOUCHED;

/**
 * Between the sending and the receiving half of a null transport: does to each packet what `faults`
 * says, and keeps book.
 */
export class FaultStage {
  readonly injected: Injected[] = [];
  readonly arrived: Arrived[] = [];
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #seed: number;
  readonly #random: Random[] = [];

  constructor(clock: Clock, faults: Faults, seed: number) {
    this.#clock = clock;
    this.#faults = faults;
    this.#seed = seed;
  }

  /**
   * Calls `deliver` for each copy when it is read: at once if it is not delayed. `stamp`: when it
   * had arrived, µs since the epoch, 0 = nobody says.
   */
  carry(packet: Packet, deliver: (bytes: Buffer, stamp: number) => void): void {
    const { client, seq, messages } = packet;
    const fate = this.#faults(packet, this.#randomOf(client));
    const bytes = fate.bytes ?? packet.bytes;
    const corrupted = fate.bytes !== undefined;
    this.injected.push({ client, seq, messages, copies: fate.arrivals.length, corrupted });
    const read = (at: number, stamped: boolean): void => {
      this.arrived.push({ client, seq, messages, at, readAt: this.#clock.now(), stamped });
      deliver(bytes, stamped ? at : 0);
    };
    const { unread } = fate;
    const arrive = (): void => {
      const at = this.#clock.now();
      if (unread === undefined || unread === 0) read(at, unread === 0);
      else this.#clock.setTimeout(() => read(at, true), unread / 1_000);
    };
    for (const delay of fate.arrivals) {
      if (delay === 0) arrive();
      else this.#clock.setTimeout(arrive, delay / 1_000);
    }
  }

  #randomOf(client: number): Random {
    this.#random[client] ??= new Random(seedState(this.#seed, FIRST_STREAM + client));
    return this.#random[client];
  }
}

/** True in `share` of all cases. */
export function chance(random: Random, share: number): boolean {
  return random.nextUint32() < share * 0x1_0000_0000;
}
