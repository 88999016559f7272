import { Rate } from '../../src/client/rate.js';
import type { Message, MessageValue } from '../../src/core/message.js';

/**
 * Keys shown at most; more are counted. A feed that makes up a key for every message must not fill
 * the memory.
 */
const MAX_KEYS = 10_000;

/** What is shown of a key. */
export interface KeyRow {
  readonly key: string;
  /** The number in the newest value, if it has one. */
  readonly number: number | null;
  /** Against the first number seen. */
  readonly change: number | null;
  /** The same as a share of the first number; null when that was 0. */
  readonly changeShare: number | null;
  readonly value: MessageValue;
  readonly updatesPerSecond: number;
  /** Since the newest value was published, µs. */
  readonly ageMicros: number;
}

interface KeyState {
  first: number | null;
  newest: Message;
  readonly rate: Rate;
}

export type SortBy = 'key' | 'rate';

/** No clock that is looked after is off by more. */
const FUTURE_MICROS = 1_000_000;

/** The newest value of every key, and how it changed since it was first seen. */
export class FeedBoard {
  readonly #keys = new Map<string, KeyState>();
  #untracked = 0;

  /** Messages of keys that are not shown because there are too many. */
  get untracked(): number {
    return this.#untracked;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** `now`: µs; `step`: by how much the wall clock is ahead of it. */
  apply(message: Message, now: number, step = 0): void {
    let state = this.#keys.get(message.key);
    if (state === undefined) {
      if (this.#keys.size >= MAX_KEYS) {
        this.#untracked += 1;
        return;
      }
      state = { first: null, newest: message, rate: new Rate(now) };
      this.#keys.set(message.key, state);
    }
    state.first ??= numberOf(message.value);
    // Over UDP an older message may come after a newer one. What is from the future was stamped
    // before the clock was set back.
    const { seq, time } = state.newest;
    const overtaken = message.seq > seq && time > now + step + FUTURE_MICROS;
    if (overtaken || message.time >= time) state.newest = message;
    state.rate.add(now);
  }

  /** The first `limit` rows in order. */
  rows(now: number, sort: SortBy, limit: number, step = 0): KeyRow[] {
    const keyed = [...this.#keys].map(([key, state]) => ({
      key,
      state,
      rate: state.rate.perSecond(now),
    }));
    keyed.sort((a, b) => (sort === 'rate' ? b.rate - a.rate : 0) || (a.key < b.key ? -1 : 1));
    return keyed.slice(0, limit).map(({ key, state: { first, newest }, rate }) => {
      const number = numberOf(newest.value);
      const change = number === null || first === null ? null : number - first;
      return {
        key,
        number,
        change,
        changeShare:
          change === null || first === null || first === 0 ? null : change / Math.abs(first),
        value: newest.value,
        updatesPerSecond: rate,
        ageMicros: now + step - newest.time,
      };
    });
  }
}

/** The value itself, its `price`, its `value`, or the first number in it. */
function numberOf(value: MessageValue): number | null {
  if (typeof value === 'number') return value;
  if (
    typeof value !== 'object' ||
    value === null ||
    value instanceof Uint8Array ||
    Array.isArray(value)
  )
    return null;
  const members = value as Readonly<Record<string, unknown>>;
  const named = ['price', 'value'].map((name) =>
    Object.hasOwn(members, name) ? members[name] : undefined,
  );
  return [...named, ...Object.values(members)].find((member) => typeof member === 'number') ?? null;
}
