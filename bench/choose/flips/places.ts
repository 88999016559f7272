/** Where links stand: which differ in loss, or in delay, and in nothing else. Pure. */
import type { LabResult, LinkFound } from '../../result/result.js';
import { NO_LINK } from '../evidence/stacks.js';

/** What a link does, the same in both directions. */
export interface Place {
  /** Both ways, without queues, µs. */
  readonly rttMicros: number;
  /** Of the packets, each way. */
  readonly loss: number;
  /** How packets are lost, and all else that is asked of it. */
  readonly others: string;
}

/** By the names of links; those with different directions, or without a share of loss, are left out. */
export function placesOf(results: readonly LabResult[]): Map<string, Place> {
  const places = new Map<string, Place>([[NO_LINK, { rttMicros: 0, loss: 0, others: '' }]]);
  for (const { name, asked } of results.flatMap(({ links }) => links)) {
    const place = placeOf(asked);
    if (place !== null) places.set(name, place);
  }
  return places;
}

function placeOf(asked: LinkFound['asked']): Place | null {
  if (asked === null) return null;
  const { up, down } = asked;
  if (down.loss_ratio === null || up.loss_ratio !== down.loss_ratio || up.burst !== down.burst)
    return null;
  const burst = down.burst === null ? '' : `burst ${down.burst} `;
  return {
    rttMicros: up.delay_us + down.delay_us,
    loss: down.loss_ratio,
    others: `${burst}${asked.else}`,
  };
}

/**
 * Links that differ from this one in loss only, by their loss; this one is among them. One without
 * loss has no bursts, and stands for all.
 */
export function alongLoss(places: ReadonlyMap<string, Place>, link: string): Map<number, string> {
  return along(
    places,
    link,
    ({ loss }) => loss,
    (a, b) =>
      a.rttMicros === b.rttMicros &&
      (a.others === b.others || withoutBurst(a) === withoutBurst(b)) &&
      (a.others === b.others || a.loss === 0 || b.loss === 0),
  );
}

/** The same in delay only, by their round trip. */
export function alongRtt(places: ReadonlyMap<string, Place>, link: string): Map<number, string> {
  return along(
    places,
    link,
    ({ rttMicros }) => rttMicros,
    (a, b) => a.loss === b.loss && a.others === b.others,
  );
}

function along(
  places: ReadonlyMap<string, Place>,
  link: string,
  of: (place: Place) => number,
  isAlike: (a: Place, b: Place) => boolean,
): Map<number, string> {
  const own = places.get(link);
  if (own === undefined) return new Map();
  const found = [...places].filter(([, place]) => isAlike(own, place));
  const sorted = found.sort(([, a], [, b]) => of(a) - of(b));
  // Of two at one value the link itself is meant.
  return new Map([
    ...sorted.map(([name, place]) => [of(place), name] as const),
    [of(own), link] as const,
  ]);
}

function withoutBurst({ others }: Place): string {
  return others.replace(/^burst \S+ /, '');
}
