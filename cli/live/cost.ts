/** What showing something live costs the process that measures or serves. */

/** User and system time of this process, µs. */
export type ReadCpu = () => number;

export function processCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Adds up the CPU time of what is done within `of`. Work of the kernel for its sockets that comes
 * later, and what a browser on this machine takes, are not in it.
 */
export class CostMeter {
  readonly #read: ReadCpu;
  micros = 0;
  #depth = 0;

  constructor(read: ReadCpu = processCpu) {
    this.#read = read;
  }

  of<T>(work: () => T): T {
    const outer = this.#depth === 0;
    const before = outer ? this.#read() : 0;
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
      if (outer) this.micros += this.#read() - before;
    }
  }
}
