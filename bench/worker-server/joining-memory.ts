import type { Clock } from '../../src/core/clock.js';
import type { Timer } from '../../src/core/timer.js';
import type { HeldReading } from '../ipc/server.js';

/** Readings while clients join: each gives an estimate of its own, and their scatter the noise. */
const STEPS = 10;
const LOOK_MS = 5;
/** Between readings of a process that is to do nothing meanwhile. */
const PAUSE_MS = 20;
/** Two readings in a row that differ by no more: some pages. */
const STILL_BYTES = 64 * 1_024;
/** A process that does not settle is read all the same: it shows in the noise. */
const MOST_READINGS = 12;

/** What this process holds (bytes), read again and again while its clients join. */
export class JoiningMemory {
  readonly #clock: Clock;
  readonly #clients: () => number;
  readonly #held: () => number | null;
  readonly #step: number;
  readonly #readings: HeldReading[] = [];
  #known = true;
  #timer: Timer | undefined;

  /** `clients`: how many are in; `expected`: how many will be; `held` as `heldMemory`. */
  constructor(clock: Clock, clients: () => number, expected: number, held: () => number | null) {
    this.#clock = clock;
    this.#clients = clients;
    this.#held = held;
    this.#step = Math.max(1, Math.ceil(expected / STEPS));
  }

  /** Before anybody can have joined. */
  async begin(): Promise<void> {
    await this.#readSettled();
    if (this.#known) this.#look();
  }

  /** All have joined, or failed to. Null where the system does not tell. */
  async end(): Promise<readonly HeldReading[] | null> {
    this.#timer?.cancel();
    await this.#readSettled();
    return this.#known ? this.#readings : null;
  }

  #look(): void {
    const clients = this.#readings.at(-1)?.clients ?? 0;
    if (this.#clients() >= clients + this.#step) this.#note(this.#held());
    this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_MS);
  }

  /**
   * A process that has just started, or has just been joined, goes on touching memory for a while;
   * the first forced collection of garbage does, too.
   */
  async #readSettled(): Promise<void> {
    let still = 0;
    let last = this.#held();
    for (let n = 1; n < MOST_READINGS && still < 2 && last !== null; n++) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, PAUSE_MS));
      const next = this.#held();
      still = Math.abs((next ?? last) - last) <= STILL_BYTES ? still + 1 : 0;
      last = next;
    }
    this.#note(last);
  }

  #note(bytes: number | null): void {
    if (bytes === null) this.#known = false;
    else this.#readings.push({ clients: this.#clients(), bytes });
  }
}
