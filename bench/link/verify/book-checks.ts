/**
 * What a cell saw of its own link, beside what was asked of it: its book, packet by packet, and the
 * fastest that came through. Pure.
 */
import { binomialRange } from '../../../src/stats/count-range.js';
import type { Interval } from '../../../src/stats/hodges-lehmann.js';
import { expectedLosses, lossRange } from '../closed-forms.js';
import type { ClientBook, FateCounts, LinkBook } from '../link-book.js';
import type { DirectionSpec, LinkSpec } from '../link-spec.js';
import { CONFIDENCE, type LinkCheck } from './check.js';
import type { Direction } from './plan.js';

type Check = Omit<LinkCheck, 'ok' | 'isTiming'>;

/** The least that was measured, µs; null = nothing. */
export interface Fastest {
  /** From the publishing of a message until it was there. */
  readonly latency: number | null;
  /** Of a ping under the load. */
  readonly roundTrip: number | null;
}

/** Two clocks are read to 50 µs. */
const EARLY_US = 50;
/** A histogram keeps its values to three digits, and ping rounds what it prints to three. */
const EARLY_SHARE = { latency: 0.002, ping: 0.005 } as const;

/**
 * Between two readings of the book. What was not asked for and not seen is left out, and so is what
 * too little passed for.
 */
export function bookChecks(
  spec: LinkSpec,
  before: LinkBook,
  after: LinkBook,
  fastest: Fastest,
): Check[] {
  const least = ({ delayUs, jitterUs }: DirectionSpec): number => delayUs - jitterUs;
  return [
    ...directionChecks(spec, 'up', before, after),
    ...directionChecks(spec, 'down', before, after),
    ...fastestCheck('down', 'least latency', least(spec.down), fastest.latency),
    ...fastestCheck('both', 'least ping', least(spec.up) + least(spec.down), fastest.roundTrip),
  ];
}

/** What is outside of its bounds. */
export function failedChecks<T extends Pick<Check, 'achieved' | 'low' | 'high'>>(
  checks: readonly T[],
): T[] {
  return checks.filter(
    ({ achieved, low, high }) =>
      achieved !== null && (achieved < (low ?? achieved) || achieved > (high ?? achieved)),
  );
}

function directionChecks(
  link: LinkSpec,
  direction: Direction,
  before: LinkBook,
  after: LinkBook,
): Check[] {
  const { loss, duplicate, corrupt, reorder } = link[direction];
  const grown = (name: keyof FateCounts): number =>
    total(after, direction, name) - total(before, direction, name);
  // Before it is lost or not, a packet is one that the queue has room for and no outage hits.
  const judged = grown('packets') - grown('overflow') - grown('outage');
  if (judged <= 0) return [];
  const share = (
    what: string,
    requested: number,
    of: number,
    found: number,
    slack = 0,
  ): Check[] => {
    if (of <= 0 || (requested === 0 && found === 0)) return [];
    const { low, high } = binomialRange(of, requested, CONFIDENCE);
    const range = { low: low - slack, high: high + slack };
    return [shareCheck(direction, what, requested, of, found, range)];
  };
  const passed = judged - grown('lost');
  const lost =
    loss.kind === 'random'
      ? shareCheck(
          direction,
          'loss',
          loss.ratio,
          judged,
          grown('lost'),
          lossRange(loss, judged, CONFIDENCE),
        )
      : listedLosses(link[direction], direction, before, after, judged);
  return [
    ...(lost.requested === 0 && lost.achieved === 0 ? [] : [lost]),
    // A reading may come between a packet and its copy.
    ...share('duplicated', duplicate, grown('delivered'), grown('duplicated'), 1),
    ...share('corrupted', corrupt, passed, grown('corrupted')),
    ...share('reordered', reorder, passed, grown('reordered')),
  ];
}

/** Which are lost follows from their numbers, client by client; a queue or an outage may be first. */
function listedLosses(
  { loss }: DirectionSpec,
  direction: Direction,
  before: LinkBook,
  after: LinkBook,
  judged: number,
): Check {
  const upTo = (client: ClientBook | undefined): number =>
    expectedLosses(loss, client?.[direction].packets ?? 0);
  const expected = after.clients.reduce(
    (sum, client, k) => sum + upTo(client) - upTo(before.clients[k]),
    0,
  );
  const grown = (name: keyof FateCounts): number =>
    total(after, direction, name) - total(before, direction, name);
  const others = grown('overflow') + grown('outage');
  const range = { low: Math.max(0, expected - others), high: expected };
  return shareCheck(direction, 'loss', expected / judged, judged, grown('lost'), range);
}

function shareCheck(
  direction: Direction,
  what: string,
  requested: number,
  of: number,
  found: number,
  range: Interval,
): Check {
  const [achieved, low, high] = [found / of, range.low / of, range.high / of];
  return { direction, what, unit: 'share', requested, achieved, low, high };
}

/** Nothing arrives before its delay: who is faster has not been behind this link. */
function fastestCheck(
  direction: 'down' | 'both',
  what: 'least latency' | 'least ping',
  requested: number,
  achieved: number | null,
): Check[] {
  if (requested === 0 || achieved === null) return [];
  const share = what === 'least ping' ? EARLY_SHARE.ping : EARLY_SHARE.latency;
  const low = requested - EARLY_US - share * requested;
  return [{ direction, what, unit: 'us', requested, achieved, low, high: null }];
}

function total({ clients }: LinkBook, direction: Direction, name: keyof FateCounts): number {
  return clients.reduce((sum, client) => sum + client[direction][name], 0);
}
