import type { Source, SourceItem } from '../../src/sources/source.js';
import { cpuTime } from '../process/cpu-time.js';
import type { ItemQueue } from './item-queue.js';
import { ReadAhead } from './read-ahead.js';

/**
 * Items made at once: enough that asking for the CPU time costs little beside them, few enough that
 * neither their memory nor the some 50 µs that they take shows anywhere.
 */
const AT_ONCE = 64;

/** `cpu`: CPU-µs of this process so far. */
export function queueOf(source: Source, cpu: () => number = cpuTime): ItemQueue {
  if (source.pull === undefined) return new ReadAhead(source);
  return new OnDemand(source.pull.bind(source), cpu);
}

/**
 * Makes items when they are due, a few at once, and measures what that takes: a server that gets
 * its messages from elsewhere does not have that cost. To make them in another thread is no way
 * out: to read one from there takes longer than to make it.
 */
class OnDemand implements ItemQueue {
  readonly primed: Promise<void> = Promise.resolve();
  readonly #pull: () => SourceItem | undefined;
  readonly #cpu: () => number;
  readonly #items: SourceItem[] = [];
  #at = 0;
  #cpuMicros = 0;

  constructor(pull: () => SourceItem | undefined, cpu: () => number) {
    this.#pull = pull;
    this.#cpu = cpu;
  }

  get cpuMicros(): number {
    return this.#cpuMicros;
  }

  get done(): boolean {
    return this.peek() === undefined;
  }

  peek(): SourceItem | undefined {
    if (this.#at >= this.#items.length) this.#make();
    return this.#items[this.#at];
  }

  take(): void {
    this.#at += 1;
  }

  #make(): void {
    const before = this.#cpu();
    this.#items.length = 0;
    this.#at = 0;
    while (this.#items.length < AT_ONCE) {
      const item = this.#pull();
      if (item === undefined) break;
      this.#items.push(item);
    }
    this.#cpuMicros += this.#cpu() - before;
  }
}
