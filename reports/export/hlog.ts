/**
 * The latencies of every cell as a histogram log, format 1.3, which HdrHistogram's own tools read
 * (HistogramLogProcessor, HistogramLogAnalyzer and the readers in C, Go, Python and JavaScript).
 *
 * - One interval per cell, its tag the cell's id.
 * - Values are µs. `Interval_Max` is in ms, as the format has it by convention: for the tools,
 *   `-outputValueUnitRatio 1000`.
 * - Times are not when a cell really ran, which a result does not say: the cells are laid end to
 *   end from the start of the run, each as long as the time its throughput is taken over. Count ÷
 *   length is the goodput of the cell.
 *
 * The text is written here and not by hdr-histogram-js: its StartTime line depends on the time zone
 * and is followed by an empty line, which Java's reader takes for a broken interval.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';

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
    const { hdr, max } = cell.latency_us;
    if (hdr !== null && max !== null) {
      const fields = [start, length, max / 1_000].map((value) => value.toFixed(3));
      lines.push(`Tag=${hlogTag(cell.id)},${fields.join(',')},${hdr}`);
    }
    start += length;
  }
  return `${lines.join('\n')}\n`;
}

/** What a log cannot show beside its figures, and nobody should read them without. */
export function remarks({ verdict, incomplete, latency_us: latency }: CellResult): string[] {
  const found: string[] = [];
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
  return rate !== null && rate > 0 ? delivered / rate : duration_s;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
