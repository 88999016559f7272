/** Links as tests ask for them, and what became of each packet. */
import { type Decision, FATE, type LinkDirection } from '../../../bench/link/fate.js';
import type { LinkSpec } from '../../../bench/link/link-spec.js';
import { type ClientLink, createLinkModel } from '../../../bench/link/model/model.js';
import { parseLink } from '../../../bench/link/spec/parse.js';

export interface Packet {
  readonly at: number;
  readonly bytes: number;
}

/** `traceMs`: what every file holds. */
export function specOf(text: string, traceMs: readonly number[] = [1]): LinkSpec {
  const trace = { atUs: traceMs.map((ms) => ms * 1_000), sha256: traceMs.join() };
  return parseLink('link', text, () => trace);
}

/** The link of client 0. */
export function linkOf(text: string, seed = 1, traceMs?: readonly number[]): ClientLink {
  return createLinkModel(specOf(text, traceMs), seed, 1).clients[0]!;
}

export function emptyDecision(): Decision {
  return {
    fate: FATE.lost,
    deliverAt: Number.NaN,
    duplicateAt: Number.NaN,
    corruptBit: Number.NaN,
    isReordered: true,
  };
}

export function offerAll(direction: LinkDirection, packets: readonly Packet[]): Decision[] {
  const decision = emptyDecision();
  return packets.map(({ at, bytes }) => {
    direction.offer(bytes, at, decision);
    return { ...decision };
  });
}

/** As many equal packets, so many µs apart. */
export function steady(count: number, gapUs: number, bytes = 1_500): Packet[] {
  return Array.from({ length: count }, (_, i) => ({ at: i * gapUs, bytes }));
}

/** For each packet of a flow whether it was lost. */
export function lossesOf(text: string, count: number, seed = 1): boolean[] {
  const { down } = linkOf(text, seed);
  const decision = emptyDecision();
  return Array.from({ length: count }, (_, at) => {
    down.offer(1_500, at, decision);
    return decision.fate === FATE.lost;
  });
}

/** Of the packets that were lost: how many, in how many bursts, and how many behind another. */
export function burstsOf(losses: readonly boolean[]): {
  readonly lost: number;
  readonly bursts: number;
  readonly behindLost: number;
} {
  const lost = losses.filter((isLost) => isLost).length;
  const behindLost = losses.filter((isLost, i) => isLost && losses[i - 1] === true).length;
  return { lost, bursts: lost - behindLost, behindLost };
}
