import type { Clock } from '../../../core/clock.js';
import { readU32 } from '../../../core/words.js';
import { TIMESPEC } from '../../../native/layout.js';
import type { Libc } from '../../../native/libc.js';
import { checked } from '../socket-calls.js';
import type { StampDoubts } from './stamp-doubts.js';

const CLOCK_REALTIME = 0;
/** A reading of both clocks this close together is as good as any. */
const NARROW_MICROS = 20;
/** NTP slews by 500 ppm at most, µs per µs. */
const LARGEST_SLEW = 0.0005;
/** Beyond what the reading of two clocks leaves open, a change is a step. */
const STEP_MICROS = 100;
const TWO_32 = 2 ** 32;

/**
 * Turns stamps of CLOCK_REALTIME, which the kernel makes, into times of the lab's clock, which is
 * CLOCK_MONOTONIC plus an anchor. Both are read together before every few events.
 */
export class KernelClock {
  readonly #libc: Libc;
  readonly #clock: Clock;
  readonly #timespec = Buffer.allocUnsafeSlow(TIMESPEC.size).fill(0);
  readonly #address: number;
  /** Lab clock − CLOCK_REALTIME, µs; NaN before the first reading. */
  #offset = Number.NaN;
  #readAt = 0;
  /** When both were last looked at, and the earliest that what lies in a socket can have come. */
  #lookedAt = 0;
  #earliest = 0;
  /** The wall clock was set, and stamps from before may still lie in sockets. */
  #stepped = false;

  readonly #doubts: StampDoubts;

  constructor(libc: Libc, clock: Clock, doubts: StampDoubts) {
    this.#libc = libc;
    this.#clock = clock;
    this.#doubts = doubts;
    this.#address = libc.addressOf(this.#timespec.buffer) + this.#timespec.byteOffset;
    this.read(true);
  }

  /** Reads both clocks. `emptied`: no socket held anything that came before the last reading. */
  read(emptied: boolean): void {
    const before = this.#clock.now();
    const wall = this.#wall();
    const after = this.#clock.now();
    // Emptied after the look before this one.
    if (emptied) this.#earliest = this.#lookedAt;
    this.#lookedAt = after;
    const width = after - before;
    const offset = (before + after) / 2 - wall;
    const change = Math.abs(offset - this.#offset);
    const allowed = STEP_MICROS + width + (after - this.#readAt) * LARGEST_SLEW;
    const isStep = change > allowed;
    if (isStep) this.#stepped = true;
    else if (emptied) this.#stepped = false;
    // A wide one (this process was interrupted) is worse than what is known.
    if (width > NARROW_MICROS && !isStep && !Number.isNaN(this.#offset)) return;
    this.#offset = offset;
    this.#readAt = after;
  }

  /**
   * The stamp by the lab's clock; 0 where it cannot be told, or there is none (0). One from before
   * the sockets were last empty, or from after the last reading, may be of a wall clock that was
   * set since. What came before that reading is certain. Not so what came after: a wall clock that
   * was set back in the meantime shows at the next reading only.
   */
  timeOf(stampMicros: number): number {
    if (stampMicros === 0) return 0;
    const time = stampMicros + this.#offset;
    const isSuspect = time > this.#lookedAt + STEP_MICROS || time < this.#earliest - STEP_MICROS;
    if (isSuspect && !this.#stepped) this.read(false);
    if (!this.#stepped) return stampMicros + this.#offset;
    this.#doubts.aroundStep += 1;
    return 0;
  }

  #wall(): number {
    checked(this.#libc.clockGettime(CLOCK_REALTIME, this.#address), 'clock_gettime');
    const memory = this.#timespec;
    const seconds = readU32(memory, 0) + readU32(memory, 4) * TWO_32;
    return seconds * 1e6 + readU32(memory, TIMESPEC.nanos) / 1e3;
  }
}
