import { ARRIVAL, type Arrival } from '../../../datagram/data-reader.js';
import { Arrivals, FATE } from './arrivals.js';
import type { ReceiverParts } from './redundant-receiver.js';

/** What became of the datagrams of a stream, and what repair has made of it: counted in one place. */
export class RepairAccount extends Arrivals {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    super();
    this.#parts = parts;
  }

  /** An original has come, with so many messages. */
  arrived(number: number, messages: number): Arrival {
    const { clock, counters } = this.#parts;
    const now = clock.now();
    const isLate = this.#isLate(number, now);
    const fate = this.came(number, now);
    if (fate === FATE.repaired) {
      counters.spurious += 1;
      return ARRIVAL.repaired;
    }
    if (!isLate) return ARRIVAL.inTime;
    counters.late += messages;
    return ARRIVAL.overdue;
  }

  /** All before the number with these low 32 bits have been sent. */
  told(dseq: number): void {
    this.announced(this.numberOf(dseq), this.#parts.clock.now());
  }

  /**
   * A datagram with so many messages can be brought back: does so by `handOn`, which is told whether
   * it is late. False when that makes no sense.
   */
  bringBack(number: number, messages: number, handOn: (isLate: boolean) => boolean): boolean {
    const { clock, counters, onRepaired } = this.#parts;
    const now = clock.now();
    const isLate = this.#isLate(number, now);
    const foundAt = this.foundAt(number, now);
    if (!handOn(isLate)) return false;
    this.repaired(number, now);
    counters.used += 1;
    if (isLate) counters.late += messages;
    else {
      counters.repaired += messages;
      if (messages > 0) onRepaired?.(messages, now - foundAt);
    }
    return true;
  }

  #isLate(number: number, now: number): boolean {
    return now - this.foundAt(number, now) > this.#parts.deadlineMs * 1_000;
  }
}
