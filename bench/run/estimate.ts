/** How long a run will take. Pure. */

import { transportTable } from '../../src/transports/registry.js';
import type { CellPlan, RunConfig } from '../config.js';
import { type LinkSpec, NO_LINK } from '../link/link-spec.js';
import { parseLink } from '../link/spec/parse.js';
import { probePlan } from '../link/verify/plan.js';
import { planRound } from './matrix.js';

/** Rough seconds a cell takes besides its warm-up and window: processes and drain. */
const OVERHEAD_PER_CELL_S = 1;
const CONNECTS_PER_S = 1_500;
const BASELINES_S = 2;
/** An emulator with its two namespaces, and the processes that enter them. */
const LINK_OVERHEAD_S = 0.4;
/** The two probes that look at a link before the first cell: their start and end. */
const PROBES_S = 0.8;
/** A ping through it while it is idle, the delay apart. */
const LINK_PING_S = 0.6;
/** Before a feed begins and after it ends, a client waits for the distance about so often. */
const JOIN_ROUND_TRIPS = 3;
/** What a trace holds hardly changes how long its link is looked at. */
const ANY_TRACE = { atUs: [1_000], sha256: '' };
/** Window of the ceiling of a cell, its warm-up apart. */
export const CEILING_MS = 1_200;
/** Its warm-up, its processes and their end, in seconds besides. */
const CEILING_OVERHEAD_S = 0.8;

/**
 * Seconds the whole run will take, roughly: printed by --dry-run and as the first ETA. Without
 * cells, what comes before the first of them.
 */
export function estimateSeconds(config: RunConfig, cells: readonly CellPlan[]): number {
  let sum = config.baselines ? BASELINES_S * config.sizesBytes.length : 0;
  const links = linksOf(config);
  for (const link of links.values()) sum += verificationSeconds(link, config.baselines);
  for (const cell of cells) {
    const link = cell.kind === 'local' ? links.get(cell.link) : undefined;
    sum +=
      OVERHEAD_PER_CELL_S +
      cell.clients / CONNECTS_PER_S +
      (link === undefined ? 0 : LINK_OVERHEAD_S + JOIN_ROUND_TRIPS * roundTripSeconds(link)) +
      (waitsForLost(cell, link) ? config.tmaxMs / 1_000 : 0) +
      (config.warmupMs + cell.durationMs) / 1_000;
    if (config.ceiling)
      sum += CEILING_OVERHEAD_S + cell.clients / CONNECTS_PER_S + CEILING_MS / 1_000;
  }
  return sum;
}

/**
 * With `auto`: runs and seconds at which it ends at the latest; null when the number of runs is
 * fixed.
 */
export function latestEnd(
  config: RunConfig,
): { readonly runs: number; readonly seconds: number } | null {
  if (config.repeat !== 'auto') return null;
  const baselines = estimateSeconds(config, []);
  const round = estimateSeconds(config, planRound(config, 1)) - baselines;
  return { runs: config.maxRepeat, seconds: baselines + round * config.maxRepeat };
}

/** Nobody knows of a datagram that it will not come any more: it is waited for until Tmax. */
function waitsForLost(cell: CellPlan, link: LinkSpec | undefined): boolean {
  if (link === undefined || cell.kind !== 'local') return false;
  // What can be repaired is what can be lost.
  const losesDatagrams = transportTable(cell.transport).some(({ name }) => name === 'repair');
  const { loss } = link.down;
  return losesDatagrams && cell.repair !== 'nak' && (loss.kind !== 'random' || loss.ratio > 0);
}

function linksOf({ links }: RunConfig): Map<string, LinkSpec> {
  const named = links.filter((name) => name !== NO_LINK);
  return new Map(named.map((name) => [name, parseLink('`links`', name, () => ANY_TRACE)]));
}

/** Both directions are looked at at once, by what is planned to be sent. */
function verificationSeconds(link: LinkSpec, baselines: boolean): number {
  const micros = (['up', 'down'] as const).map((direction) => {
    const { spaced, fill, drainUs } = probePlan(link, direction);
    return [spaced, ...(fill === undefined ? [] : [fill])].reduce(
      (sum, { count, everyUs }) => sum + count * everyUs,
      drainUs,
    );
  });
  const ping = baselines ? LINK_PING_S + roundTripSeconds(link) : 0;
  return LINK_OVERHEAD_S + PROBES_S + Math.max(...micros) / 1e6 + ping;
}

function roundTripSeconds({ up, down }: LinkSpec): number {
  return (up.delayUs + down.delayUs) / 1e6;
}
