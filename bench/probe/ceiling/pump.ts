/** How long the event loop waits for its turn while there is something to send. */
const SLICE_MS = 2;
/** Steps between two looks at the clock, unless they are long. */
const STEPS = 64;

/** Repeats a step as fast as it can without ever keeping the event loop to itself. */
export class Pump {
  readonly #step: () => boolean;
  readonly #steps: number;
  #waiting = false;
  #stopped = false;

  /**
   * `step` returns false when nothing can go out: the pump then rests until `wake`. `steps`:
   * between two looks at the clock.
   */
  constructor(step: () => boolean, steps: number = STEPS) {
    this.#step = step;
    this.#steps = steps;
  }

  start(): void {
    setImmediate(this.#slice);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Something went out. Bound, so that it can be the callback of every write. */
  readonly wake = (): void => {
    if (!this.#waiting) return;
    this.#waiting = false;
    setImmediate(this.#slice);
  };

  readonly #slice = (): void => {
    const until = performance.now() + SLICE_MS;
    while (!this.#stopped && performance.now() < until) {
      for (let i = 0; i < this.#steps; i++) {
        if (!this.#step()) {
          this.#waiting = true;
          return;
        }
      }
    }
    if (!this.#stopped) setImmediate(this.#slice);
  };
}
