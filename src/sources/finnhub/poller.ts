import type { Clock, Timer } from '../../core/clock.js';
import { type Backoff, backoffMs } from './backoff.js';
import type { Pacer } from './pacer.js';
import type { Answer } from './rest.js';

interface PollerSettings {
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly backoff: Backoff;
  /** Asks upstream; must not reject. */
  readonly ask: (symbol: string) => Promise<Answer>;
  /** `askedAt`: when the call went out, µs of the clock. */
  readonly onAnswer: (symbol: string, answer: Answer, askedAt: number) => void;
}

/** A symbol's place in the schedule. */
interface Turn {
  readonly symbol: string;
  /** `rounds`: again and again. `once`: until the next answer. `off`: not at all. */
  want: 'rounds' | 'once' | 'off';
  /** A call must be younger than this to be the one wanted, µs. */
  since: number;
  /** µs. */
  dueAt: number;
  /** In a row. */
  failures: number;
  busy: boolean;
}

/** Answers that asking again soon will not change. */
const FINAL: readonly unknown[] = ['unknown_symbol', 'forbidden'];

/**
 * Polls symbols in turn within the pacer's budget. Calls may overlap, those of one symbol never, so a symbol that hangs or
 * fails delays no other: it is tried again after a backoff, out of turn but within the budget.
 */
export class Poller {
  readonly #settings: PollerSettings;
  readonly #turns: readonly Turn[];
  #timer: Timer | undefined;
  /** 429s in a row that did not say how long to wait. */
  #limited = 0;
  #stopped = false;

  constructor(settings: PollerSettings) {
    this.#settings = settings;
    this.#turns = settings.symbols.map((symbol) => ({
      symbol,
      want: 'off',
      since: 0,
      dueAt: 0,
      failures: 0,
      busy: false,
    }));
  }

  /** Polls all in rounds; those that already are keep their place. */
  rounds(): void {
    this.#want('rounds', (turn) => turn.want !== 'rounds');
  }

  /** Asks once more for each symbol, and then no longer. */
  snapshot(): void {
    this.#want('once', () => true);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #want(want: 'rounds' | 'once', chosen: (turn: Turn) => boolean): void {
    const { clock, pacer } = this.#settings;
    const now = clock.now();
    this.#turns.filter(chosen).forEach((turn, place) => {
      if (turn.want === 'off') turn.dueAt = now + place * pacer.evenMicros;
      turn.want = want;
      turn.since = now;
    });
    this.#arm();
  }

  /** Waits for the next call that is due, if any. */
  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const next = this.#stopped ? undefined : this.#next();
    if (next === undefined) return;
    const { clock } = this.#settings;
    this.#timer = clock.setTimeout(
      () => {
        // A timer may be early by a fraction of a millisecond.
        if (clock.now() >= next.at) void this.#call(next.turn);
        this.#arm();
      },
      Math.max(0, Math.ceil((next.at - clock.now()) / 1_000)),
    );
  }

  #next(): { readonly turn: Turn; readonly at: number } | undefined {
    const { pacer } = this.#settings;
    let next: { turn: Turn; at: number } | undefined;
    for (const turn of this.#turns) {
      if (turn.busy || turn.want === 'off') continue;
      const at = Math.max(turn.dueAt, pacer.earliest(turn.failures > 0));
      // Of several that could go at once, the one that waits longest.
      if (next === undefined || at < next.at || (at === next.at && turn.dueAt < next.turn.dueAt)) {
        next = { turn, at };
      }
    }
    return next;
  }

  async #call(turn: Turn): Promise<void> {
    const { clock, pacer, ask, onAnswer } = this.#settings;
    const askedAt = clock.now();
    pacer.called(askedAt);
    turn.busy = true;
    turn.dueAt = askedAt + pacer.evenMicros * this.#turns.length;
    const answer = await ask(turn.symbol);
    turn.busy = false;
    if (this.#stopped) return;
    this.#settle(turn, answer, askedAt);
    onAnswer(turn.symbol, answer, askedAt);
    this.#arm();
  }

  #settle(turn: Turn, { result, waitMs }: Answer, askedAt: number): void {
    const { clock, pacer, backoff } = this.#settings;
    const now = clock.now();
    const limited = result === 'rate_limited';
    this.#limited = limited && waitMs === undefined ? this.#limited + 1 : 0;
    const wait = waitMs ?? (limited ? backoffMs(backoff, this.#limited) : 0);
    pacer.block(now, now + wait * 1_000);
    if (typeof result === 'object') turn.failures = 0;
    else if (limited) turn.dueAt = now;
    else if (FINAL.includes(result)) turn.dueAt = now + backoff.longestMs * 1_000;
    else {
      turn.failures += 1;
      turn.dueAt = now + backoffMs(backoff, turn.failures) * 1_000;
    }
    const answered = typeof result === 'object' || FINAL.includes(result);
    if (turn.want === 'once' && answered && askedAt >= turn.since) turn.want = 'off';
  }
}
