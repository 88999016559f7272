import type { Clock, Timer } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import { afterReading } from '../after-reading.js';
import type { ConnectOptions, Subscription } from '../transport.js';

export const DEFAULT_TIMEOUT_MS = 10_000;
const HINT = 'give a number of milliseconds above 0, or leave it out';

/**
 * One attempt to connect, with one limit in time and one signal over all its stages: lookup,
 * connection, handshake, welcome, the waits between. When it is over early, whatever waits is told
 * at once, and must leave nothing behind.
 */
export class Attempt {
  readonly clock: Clock;
  /** What the server owes us now, in words for the error. */
  waitsFor = 'welcome';
  /**
   * Counts what the sockets of this attempt have read, so that what lies there is read before time
   * is said to be up.
   */
  readings: () => number = () => 0;
  readonly #waiting = new Set<(error: LabError) => void>();
  #error: LabError | undefined;

  private constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Runs `stages`. `timedOut`: the error when `timeoutMs` (default 10 s) is up; `waitsFor` says for
   * what.
   * @throws LAB_ERR_BAD_VALUE (`timeoutMs`), LAB_ERR_CONNECT_TIMEOUT, LAB_ERR_CLOSED after an
   * abort, what `stages` throws
   */
  static async run<S extends Subscription>(
    { clock, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: ConnectOptions,
    timedOut: (waitsFor: string, timeoutMs: number) => LabError,
    stages: (attempt: Attempt) => Promise<S>,
  ): Promise<S> {
    if (!(timeoutMs > 0))
      throw new LabError('LAB_ERR_BAD_VALUE', `timeoutMs is ${timeoutMs}`, { hint: HINT });
    const attempt = new Attempt(clock);
    const onAbort = (): void => attempt.#end(aborted(signal?.reason));
    if (signal?.aborted === true) throw aborted(signal.reason);
    let deadline: Timer = clock.setTimeout(() => {
      deadline = afterReading(
        clock,
        () => attempt.readings(),
        () => attempt.#end(timedOut(attempt.waitsFor, timeoutMs)),
      );
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort);
    try {
      const subscription = await stages(attempt);
      if (attempt.#error === undefined) return subscription;
      // Over in the very moment of its success.
      await subscription.close();
      throw attempt.#error;
    } finally {
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * `give` is called once, if and when the attempt ends before its success. Returns how to take
   * that back.
   */
  onEnd(give: (error: LabError) => void): () => void {
    this.#waiting.add(give);
    if (this.#error !== undefined) queueMicrotask(() => this.#tell());
    return () => void this.#waiting.delete(give);
  }

  /**
   * The result of `work`, or why the attempt is over before: then `discard` gets what still comes.
   */
  async or<T>(work: Promise<T>, discard: (late: T) => void = () => {}): Promise<T> {
    let takeBack = (): void => {};
    const over = new Promise<never>((_, reject) => {
      takeBack = this.onEnd((error) => {
        work.then(discard, () => {});
        reject(error);
      });
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      takeBack();
    }
  }

  /** @throws why the attempt is over before */
  async sleep(ms: number): Promise<void> {
    let timer: Timer | undefined;
    try {
      await this.or(
        new Promise<void>((resolve) => {
          timer = this.clock.setTimeout(resolve, ms);
        }),
      );
    } finally {
      timer?.cancel();
    }
  }

  #end(error: LabError): void {
    this.#error ??= error;
    this.#tell();
  }

  #tell(): void {
    for (const give of this.#waiting) {
      this.#waiting.delete(give);
      give(this.#error as LabError);
    }
  }
}

function aborted(cause: unknown): LabError {
  return new LabError('LAB_ERR_CLOSED', 'the attempt to connect was aborted', { cause });
}
