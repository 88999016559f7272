import type { Clock, Timer } from '../../../core/clock.js';
import { type Backoff, backoffMs } from '../backoff.js';
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
  /** Its place in the round, µs. */
  dueAt: number;
  /** When it may be tried again before that, µs; after a failure. */
  retryAt: number;
  /** In a row. */
  failures: number;
  busy: boolean;
  /** Upstream will never give it. */
  hopeless: boolean;
}

/** Answers that asking again soon will not change. */
const FINAL: readonly unknown[] = ['unknown_symbol', 'forbidden', 'error_message'];

/**
 * Polls symbols in turn within the pacer's budget. Calls may overlap, those of one symbol never,
 * and each keeps its place in the round, so a symbol that hangs or fails delays no other: it is
 * tried again after a backoff, in its own place or where a retry finds room between those of the
 * others.
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
      retryAt: Number.POSITIVE_INFINITY,
      failures: 0,
      busy: false,
      hopeless: false,
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
    const wanted = this.#turns.filter((turn) => !turn.hopeless && chosen(turn));
    wanted.forEach((turn, place) => {
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
        if (clock.now() >= next.at) void this.#call(next);
        this.#arm();
      },
      Math.max(0, Math.ceil((next.at - clock.now()) / 1_000)),
    );
  }

  #next(): Next | undefined {
    const { pacer } = this.#settings;
    const earliest = pacer.earliest(false);
    let next: Next | undefined;
    for (const turn of this.#turns) {
      if (turn.busy || turn.want === 'off') continue;
      const one = { turn, at: Math.max(turn.dueAt, earliest), retry: false };
      // Of several that could go at once, the one that waits longest.
      if (isBefore(one, next)) next = one;
    }
    return this.#retry(next?.at ?? Number.POSITIVE_INFINITY) ?? next;
  }

  /**
   * The first retry for which there is room before the next call of the round, at `roundAt`; if
   * any.
   */
  #retry(roundAt: number): Next | undefined {
    const { pacer } = this.#settings;
    const earliest = pacer.earliest(true);
    let first: Next | undefined;
    for (const turn of this.#turns) {
      if (turn.busy || turn.want === 'off' || turn.retryAt >= turn.dueAt) continue;
      const at = Math.max(turn.retryAt, earliest);
      const fits = at + pacer.leastMicros <= roundAt;
      if (fits && (first === undefined || at < first.at)) first = { turn, at, retry: true };
    }
    return first;
  }

  async #call({ turn, retry }: Next): Promise<void> {
    const { clock, pacer, ask, onAnswer } = this.#settings;
    const askedAt = clock.now();
    pacer.called(askedAt, retry);
    turn.busy = true;
    turn.retryAt = Number.POSITIVE_INFINITY;
    if (!retry) turn.dueAt = askedAt + this.#roundMicros;
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
    // The budget is that of the key. What else asks to wait is about this symbol, and holds up no
    // other.
    if (limited || typeof result === 'object') pacer.block(now, now + wait * 1_000);
    if (limited) turn.dueAt = now;
    else if (typeof result === 'object') {
      turn.failures = 0;
      this.#postpone(turn, now);
    } else if (FINAL.includes(result)) this.#postpone(turn, now + backoff.longestMs * 1_000);
    else {
      turn.failures += 1;
      const again = now + Math.max(wait, backoffMs(backoff, turn.failures)) * 1_000;
      // Whether it is the symbol or the key, another symbol tells sooner.
      if (result !== 'unauthorized') turn.retryAt = again;
      this.#postpone(turn, again);
    }
    if (result === 'unsupported') {
      turn.hopeless = true;
      turn.want = 'off';
    }
    const answered = typeof result === 'object' || FINAL.includes(result);
    if (turn.want === 'once' && answered && askedAt >= turn.since) turn.want = 'off';
  }

  /** To the first of its places in the round that is not before `until`. */
  #postpone(turn: Turn, until: number): void {
    const rounds = Math.ceil((until - turn.dueAt) / this.#roundMicros);
    if (rounds > 0) turn.dueAt += rounds * this.#roundMicros;
  }

  get #roundMicros(): number {
    return this.#settings.pacer.evenMicros * this.#turns.length;
  }
}

/** A call that could be the next one. */
interface Next {
  readonly turn: Turn;
  /** µs. */
  readonly at: number;
  readonly retry: boolean;
}

function isBefore(one: Next, other: Next | undefined): boolean {
  if (other === undefined || one.at !== other.at) return other === undefined || one.at < other.at;
  return one.turn.dueAt < other.turn.dueAt;
}
