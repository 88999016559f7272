/**
 * What a reader must know of figures whose server was running already: plain sentences, for a
 * report and a terminal.
 */

import type { CellResult, LabResult } from '../../bench/result/result.js';
import { changedTargets, isApart, type TargetServer } from '../../bench/result/server.js';
import { formatMicros } from '../format.js';
import { listWords, plural } from '../model/cells.js';

type TargetCell = CellResult & { readonly server: TargetServer };

function targetCells(cells: readonly CellResult[]): TargetCell[] {
  return cells.flatMap((cell) =>
    cell.server.kind === 'target' ? [{ ...cell, server: cell.server }] : [],
  );
}

/** The clocks of no cell agree: there are times above the fastest delivery, and no latencies. */
export function isRelative({ cells }: Pick<LabResult, 'cells'>): boolean {
  return cells.length > 0 && cells.every(isApart);
}

/** Empty for servers of the lab's own. The first names the servers. */
export function targetSentences(result: Pick<LabResult, 'cells' | 'sessions'>): string[] {
  const foreign = targetCells(result.cells);
  if (foreign.length === 0) return [];
  const urls = [...new Set(foreign.map(({ server }) => server.url))];
  return [
    `Measured as it was running: ${listWords(urls)}.`,
    'Times count from publishing, by the stamps in the messages: the schedule of this server is not known, and neither is how late it kept it.',
    ...changedSentences(changedTargets(result)),
    ...clockSentences(foreign),
    'What only the server knows is left out: its CPU and memory, its settings, what it sent, and whether contents are right (none was verified).',
  ];
}

function changedSentences(urls: readonly string[]): string[] {
  if (urls.length === 0) return [];
  return [
    `Not one server throughout: ${listWords(urls)} announced another epoch later on, as a server that was started again does. Cells of different servers are not ranked.`,
  ];
}

/** What is in doubt is said as the verdict of the cell says it. */
function commonClockSentences(cells: readonly TargetCell[]): string[] {
  const isDoubtful = ({ verdict }: TargetCell): boolean =>
    verdict.reasons.some(({ code }) => code === 'CLOCK_UNVERIFIED');
  const doubtful = cells.filter(isDoubtful);
  const most = mostAbove(cells.filter((cell) => !isDoubtful(cell)));
  const below = mostBelow(cells.filter((cell) => !isDoubtful(cell)));
  const inDoubt = mostApart(doubtful);
  const sentences: string[] = [];
  if (most !== null) {
    sentences.push(
      `Server and lab are on one machine, and their clocks agree as far as can be told: the true latencies are at most ${formatMicros(Math.max(0, most))} above those shown, and at most ${formatMicros(Math.max(0, below))} below.`,
    );
  }
  if (doubtful.length > 0) {
    const start =
      doubtful.length === cells.length
        ? 'Nothing'
        : `In ${doubtful.length} of ${plural(cells.length, 'cell')} nothing`;
    sentences.push(
      inDoubt === null
        ? `${start} proves the clock of the server to agree with ours at all, though both are on one machine: the latencies may be wrong (CLOCK_UNVERIFIED).`
        : `${start} proves the clock of the server to agree with ours to better than ${formatMicros(inDoubt)}, though both are on one machine: by so much the latencies may be wrong (CLOCK_UNVERIFIED).`,
    );
  }
  return sentences;
}

/**
 * By how much true latencies may exceed those shown, µs, in the worst of these cells; null where
 * nothing tells.
 */
function mostAbove(cells: readonly TargetCell[]): number | null {
  const known = cells.map(({ server }) => server.clock_offset_us.max).filter((max) => max !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The same below: what is below the fastest delivery is proven by nothing. */
function mostBelow(cells: readonly TargetCell[]): number {
  return Math.max(0, ...cells.map(({ server }) => -(server.clock_offset_us.min ?? 0)));
}

function mostApart(cells: readonly TargetCell[]): number | null {
  const most = mostAbove(cells);
  return most === null ? null : Math.max(most, mostBelow(cells));
}

/** Of clocks that differ by what is known. */
function correctedSentences(cells: readonly TargetCell[]): string[] {
  if (cells.length === 0) return [];
  const errors = cells.map(({ server }) => server.latency_error_us ?? 0);
  const corrections = cells.map(({ server }) => server.clock_correction_us ?? 0);
  const [least, most] = [Math.min(...corrections), Math.max(...corrections)];
  return [
    `The clock of the server is another than ours: ${aheadText(least, most)}, as its own readings on joining tell, and the latencies are corrected by that. Each is right to ±${formatMicros(Math.max(...errors))}, half of the quickest round trip; one that is less than that stands with it.`,
  ];
}

function aheadText(least: number, most: number): string {
  const one = (micros: number): string =>
    `${formatMicros(Math.abs(micros))} ${micros < 0 ? 'behind' : 'ahead'}`;
  return least === most ? one(least) : `${one(least)} to ${one(most)}`;
}

function clockSentences(cells: readonly TargetCell[]): string[] {
  const common = cells.filter(({ server }) => server.common_clock);
  const apart = cells.filter((cell) => isApart(cell) && cell.server.clock_offset_us.max !== null);
  const corrected = cells.filter((cell) => !cell.server.common_clock && !isApart(cell));
  const sentences = [...commonClockSentences(common), ...correctedSentences(corrected)];
  if (apart.length > 0) {
    const spans = apart.map(
      ({ server }) => server.clock_offset_us.max! - (server.clock_offset_us.min ?? 0),
    );
    sentences.push(
      `The clock of the server is not ours (their difference is known to ${formatMicros(Math.min(...spans))} at best), so there are no one-way latencies: what stands here is the time above the fastest delivery of the cell (PDV, RFC 5481).`,
    );
  } else if (
    isRelative({ cells: [...cells] }) &&
    cells.some(({ delivered }) => (delivered ?? 0) > 0)
  ) {
    sentences.push(
      'Nothing tells how the clock of the server differs from ours, so there are no one-way latencies: what stands here is the time above the fastest delivery of the cell (PDV, RFC 5481).',
    );
  }
  return sentences;
}
