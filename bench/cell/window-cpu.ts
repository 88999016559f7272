/** Who wanted the CPU of this host while a window lasted, and who was kept from it. */
import os from 'node:os';
import type { Clock } from '../../src/core/clock.js';
import type { Timer } from '../../src/core/timer.js';
import type { Link } from '../link/link.js';
import {
  type CpuCounters,
  type CpuFigures,
  cpuCounters,
  cpuFigures,
  NO_CPU_FIGURES,
} from '../probe/cpu-counters.js';
import type { Window } from '../workload/window.js';

export class WindowCpu {
  readonly #clock: Clock;
  readonly #link: Link | null;
  #timers: readonly Timer[] = [];
  #atStart: Promise<CpuCounters> | undefined;
  #atEnd: Promise<CpuCounters> | undefined;

  /** `link`: whose emulator is told apart. */
  constructor(clock: Clock, link: Link | null = null) {
    this.#clock = clock;
    this.#link = link;
  }

  schedule({ start, end }: Pick<Window, 'start' | 'end'>): void {
    const at = (time: number, action: () => void): Timer =>
      this.#clock.setTimeout(action, Math.max(0, (time - this.#clock.now()) / 1_000));
    this.#timers = [
      at(start, () => {
        this.#atStart = this.#read();
      }),
      at(end, () => {
        this.#atEnd = this.#read();
      }),
    ];
  }

  /** What was counted; until now when the window was cut short. */
  async stop(): Promise<CpuFigures> {
    for (const timer of this.#timers) timer.cancel();
    if (this.#atStart === undefined) return NO_CPU_FIGURES;
    this.#atEnd ??= this.#read();
    return cpuFigures(await this.#atStart, await this.#atEnd, os.cpus().length);
  }

  #read(): Promise<CpuCounters> {
    // Whose emulator has died is INVALID for that, and not for what its CPU was.
    const linkCpu = async (): Promise<number | null> =>
      (await this.#link?.cpuMicros().catch(() => null)) ?? null;
    return cpuCounters(() => this.#clock.now(), linkCpu);
  }
}
