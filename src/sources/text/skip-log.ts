/**
 * Counts what was skipped, and says so: each reason at its 1st, 10th, 100th, … time, so that no
 * input can flood its reader.
 */
export class SkipLog {
  readonly #notice: (notice: string) => void;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(notice: (notice: string) => void) {
    this.#notice = notice;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * `reason` is one of a few, the same for all skips of its kind; `what` says which thing it was,
   * and what was wrong with it.
   */
  skip(reason: string, what: string): void {
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    this.#total += 1;
    if (/^10*$/.test(String(count))) {
      this.#notice(count === 1 ? what : `${what} (${count} for this reason so far)`);
    }
  }
}
