import type { KnownPath } from './plan.js';
import { SendingRate } from './sending-rate.js';

/** The part of a REPORT that tells of losses. Counts are modulo 2^32. */
export interface LossReport {
  /** Highest number received, and datagrams missing so far. */
  readonly highest: number;
  readonly lost: number;
  /** Rows of missing numbers so far; absent = the client does not tell. */
  readonly bursts?: number | undefined;
}

/** What was seen so long ago counts half, µs. */
const HALF_LIFE_US = 30e6;
/**
 * Before anything is known: as if of so many datagrams two had been lost, in a row. With the
 * standard error of one burst that plans for 3.
 */
const PRIOR_DATAGRAMS = 200;
const PRIOR_LOSS = 0.01;
const PRIOR_BURST = 2;
const LEAST_LOSS = 1e-6;
/** A prior that is forgotten leaves no division by zero. */
const LEAST_BURSTS = 0.1;
const MOST_LOSS = 0.5;

/**
 * Loss and mean burst of one subscriber's path, from its REPORTs: sums that are forgotten
 * exponentially, and that begin with what is likely.
 */
export class PathEstimate implements KnownPath {
  /** Of the latest groups, as their sender tells. */
  parityLength = 1;
  /** As its sender tells. */
  readonly rate = new SendingRate();
  #datagrams = PRIOR_DATAGRAMS;
  #lost = PRIOR_DATAGRAMS * PRIOR_LOSS;
  #bursts = (PRIOR_DATAGRAMS * PRIOR_LOSS) / PRIOR_BURST;
  #last: LossReport = { highest: 0, lost: 0, bursts: 0 };
  #at: number | undefined;

  get loss(): number {
    return Math.min(MOST_LOSS, Math.max(LEAST_LOSS, this.#lost / this.#datagrams));
  }

  /**
   * One standard error above the mean: to take bursts for longer than they are costs time, for
   * shorter the repair.
   */
  get burst(): number {
    const bursts = Math.max(this.#bursts, LEAST_BURSTS);
    const mean = Math.max(1, this.#lost / bursts);
    return Math.max(1 / (1 - this.loss), mean + (mean - 1) / Math.sqrt(bursts));
  }

  get perSecond(): number | undefined {
    return this.rate.perSecond;
  }

  /** At `now`, µs. */
  reported(report: LossReport, now: number): void {
    const elapsed = this.#at === undefined ? 0 : Math.max(0, now - this.#at);
    const kept = 2 ** (-elapsed / HALF_LIFE_US);
    const last = this.#last;
    const { bursts = 0 } = report;
    // A late datagram is lost no more, so the count of lost ones may fall; a forged report may
    // claim anything.
    const datagrams = Math.max(0, (report.highest - last.highest) | 0);
    const lost = Math.min(datagrams, Math.max(0, (report.lost - last.lost) | 0));
    const rows = Math.min(lost, Math.max(0, (bursts - (last.bursts ?? 0)) | 0));
    this.#datagrams = this.#datagrams * kept + datagrams;
    this.#lost = this.#lost * kept + lost;
    // Who does not tell its bursts is taken to have the likely ones.
    this.#bursts = this.#bursts * kept + (report.bursts === undefined ? lost / PRIOR_BURST : rows);
    this.#last = { highest: report.highest, lost: report.lost, bursts };
    this.#at = now;
  }
}
