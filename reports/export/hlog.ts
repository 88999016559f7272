/**
 * The latencies of every cell as a histogram log, format 1.3, which HdrHistogram's own tools read:
 * one interval per cell, its tag the cell's id, values in µs, laid end to end from the start of the
 * run. A cell by arrival has two more over the same stretch: `ID/receipt` and `ID/instrument`.
 * Written by hand, as hdr-histogram-js's StartTime line breaks Java's reader
 * (docs/design/reasons.md).
 */
import type { CellResult, Distribution, LabResult } from '../../bench/result/result.js';

/** Ends in a newline. A cell that delivered nothing is a comment: there is no interval to show. */
export function renderHlog(result: LabResult): string {
  const started = Date.parse(result.startedAt);
  const seconds = (started / 1_000).toFixed(3);
  const lines = [
    `#[Latency of each cell, tagged with its id, by ${oneLine(`${result.tool.name} ${result.tool.version}`)}]`,
    `#[${oneLine(result.command)}]`,
    '#[Values are microseconds; Interval_Max is milliseconds; cells are laid end to end]',
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${seconds} (seconds since epoch), ${new Date(started).toISOString()}]`,
    `#[BaseTime: ${seconds} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  let start = 0;
  for (const cell of result.cells) {
    const length = lengthOf(cell);
    lines.push(...remarks(cell).map((text) => `#[${hlogTag(cell.id)}: ${oneLine(text)}]`));
    for (const { name, distribution } of exportedOf(cell)) {
      const { hdr, max } = distribution;
      if (hdr === null || max === null) continue;
      const fields = [start, length, max / 1_000].map((value) => value.toFixed(3));
      lines.push(`Tag=${hlogTag(name)},${fields.join(',')},${hdr}`);
    }
    start += length;
  }
  return `${lines.join('\n')}\n`;
}

/** The distributions of a cell, each with its name: the latency has that of the cell. */
export function exportedOf(
  cell: CellResult,
): { readonly name: string; readonly distribution: Distribution }[] {
  const { id, latency_us, receipt_us, instrument_us } = cell;
  const latency = { name: id, distribution: latency_us };
  if (instrument_us === null) return [latency];
  return [
    latency,
    { name: `${id}/receipt`, distribution: receipt_us },
    { name: `${id}/instrument`, distribution: instrument_us },
  ];
}

/** What a log cannot show beside its figures, and nobody should read them without. */
export function remarks({
  verdict,
  incomplete,
  latency_at,
  latency_us: latency,
}: CellResult): string[] {
  const found: string[] = [];
  if (latency.hdr !== null)
    found.push(
      latency_at === 'arrival'
        ? 'latency until the kernel of the client had it'
        : 'latency until the code of the client had it, waiting behind its other clients included',
    );
  if (verdict.status !== 'VALID') {
    found.push(`${verdict.status} ${verdict.reasons.map(({ code }) => code).join(' ')}`);
  }
  if (incomplete) found.push('cut short');
  if (latency.hdr === null) found.push('nothing was delivered');
  if (latency.negative > 0) found.push(`${latency.negative} values below zero are left out`);
  if (latency.overflow > 0) found.push(`${latency.overflow} values above the range are left out`);
  return found;
}

/** A cell's id as a tag: no comma, space or line break, and different ids stay different. */
export function hlogTag(id: string): string {
  return id.replaceAll(/[%,\s]/gu, encodeURIComponent);
}

/**
 * Seconds that the throughput of the cell is taken over: the window, or until its last delivery.
 */
function lengthOf({ delivered, goodput, duration_s }: CellResult): number {
  const { messages_per_s: rate } = goodput;
  return rate !== null && rate > 0 && delivered !== null ? delivered / rate : duration_s;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
