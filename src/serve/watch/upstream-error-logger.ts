import type { SourceStats } from '../../sources/source.js';
import type { ServerLog } from '../log.js';
import type { SourceStatus } from '../stats.js';

/**
 * Of each kind of error, one warning in so long, µs: a service that is down answers every call
 * alike.
 */
const WARN_PERIOD_US = 60_000_000;
/** A kind that did not occur for so long, µs, while upstream gives what it should, is over. */
const QUIET_US = 10_000_000;

/** Errors that are about one of the keys asked for. */
const OF_ONE_KEY = new Set(['unknown_symbol', 'unsupported', 'error_message', 'forbidden']);

/** What is known of one kind of error. Counts are totals. */
interface Kind {
  seen: number;
  told: number;
  seenAt: number;
  toldAt: number;
  /** A warning stands that nothing has called off. */
  failing: boolean;
}

/**
 * Logs what goes wrong between a source and its service: each kind of error as a warning when it
 * first occurs, then with its count once a minute at most, and its end. Kinds and counts only: the
 * text of an error may hold what is nobody's business.
 */
export class UpstreamErrorLogger {
  readonly #log: ServerLog;
  readonly #kinds = new Map<string, Kind>();

  constructor(log: ServerLog) {
    this.#log = log;
  }

  /**
   * `now`: clock reading, µs since the Unix epoch. `last`: nothing will be looked at after this, so
   * nothing is left for later.
   */
  look(source: SourceStatus | undefined, now: number, last = false): void {
    const { upstreamErrors } = source?.upstream ?? {};
    if (source?.upstream === undefined || upstreamErrors === undefined) return;
    for (const [name, total] of Object.entries(upstreamErrors)) {
      const kind = this.#kind(name);
      if (total > kind.seen) {
        kind.seen = total;
        kind.seenAt = now;
      }
      this.#warn(source.name, name, kind, now, last);
      this.#callOff(source.name, name, kind, now, source.upstream);
    }
  }

  #kind(name: string): Kind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = { seen: 0, told: 0, seenAt: 0, toldAt: Number.NEGATIVE_INFINITY, failing: false };
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  #warn(source: string, name: string, kind: Kind, now: number, last: boolean): void {
    const errors = kind.seen - kind.told;
    if (errors === 0 || (now - kind.toldAt < WARN_PERIOD_US && !last)) return;
    kind.told = kind.seen;
    kind.toldAt = now;
    kind.failing = true;
    this.#log.warn(
      { source, kind: name, errors, total: kind.seen },
      'the source has trouble with its service',
    );
  }

  #callOff(source: string, name: string, kind: Kind, now: number, stats: SourceStats): void {
    if (!kind.failing || now - kind.seenAt < QUIET_US || !isWell(name, kind, stats)) return;
    kind.failing = false;
    this.#log.info({ source, kind: name, total: kind.seen }, 'the source is over its trouble');
  }
}

/**
 * Silence alone is not a recovery: nobody may have asked. See `SourceStats.upstreamErrors` for the
 * kinds.
 */
function isWell(name: string, { seenAt }: Kind, stats: SourceStats): boolean {
  if (name.startsWith('stream_')) return stats.streaming === true;
  if (OF_ONE_KEY.has(name)) return (stats.missing ?? []).length === 0;
  return (stats.lastGoodAt ?? stats.lastItemAt ?? 0) > seenAt;
}
