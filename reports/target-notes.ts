/** What a reader must know of figures whose server was running already: plain sentences, for a report and a terminal. */
import type { CellResult, LabResult } from '../bench/result.js';
import { listWords } from './cells.js';
import { formatMicros } from './format.js';

/** The clocks of no cell agree: there are times above the fastest delivery, and no latencies. */
export function isRelative({ cells }: Pick<LabResult, 'cells'>): boolean {
  return cells.length > 0 && cells.every(({ target }) => target !== null && !target.common_clock);
}

/** Empty for servers of the lab's own. The first names the servers. */
export function targetSentences({ cells }: Pick<LabResult, 'cells'>): string[] {
  const foreign = cells.filter(({ target }) => target !== null);
  if (foreign.length === 0) return [];
  const urls = [...new Set(foreign.map(({ target }) => target!.url))];
  return [
    `Measured as it was running: ${listWords(urls)}.`,
    'Times count from publishing, by the stamps in the messages: the schedule of this server is not known, and neither is how late it kept it.',
    ...clockSentences(foreign),
    'What only the server knows is left out: its CPU and memory, its settings, what it sent, and whether contents are right (none was verified).',
  ];
}

function clockSentences(cells: readonly CellResult[]): string[] {
  const common = cells.filter(({ target }) => target!.common_clock && target!.clock_offset_us.max !== null);
  const apart = cells.filter(({ target }) => !target!.common_clock && target!.clock_offset_us.max !== null);
  const sentences: string[] = [];
  if (common.length > 0) {
    const most = Math.max(...common.map(({ target }) => target!.clock_offset_us.max!));
    sentences.push(
      `Server and lab are on one machine, and their clocks agree: the true latencies are at most ${formatMicros(Math.max(0, most))} above those shown.`,
    );
  }
  if (apart.length > 0) {
    const spans = apart.map(
      ({ target }) => target!.clock_offset_us.max! - (target!.clock_offset_us.min ?? 0),
    );
    sentences.push(
      `The clock of the server is not ours (their difference is known to ${formatMicros(Math.min(...spans))} at best), so there are no one-way latencies: what stands here is the time above the fastest delivery of the cell (PDV, RFC 5481).`,
    );
  } else if (isRelative({ cells: [...cells] }) && cells.some(({ delivered }) => delivered > 0)) {
    sentences.push(
      'Nothing tells how the clock of the server differs from ours, so there are no one-way latencies: what stands here is the time above the fastest delivery of the cell (PDV, RFC 5481).',
    );
  }
  return sentences;
}
