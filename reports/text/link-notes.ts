/** The words for the links of a run: what was asked of them, and what is known of that. */
import type { LabResult, LinkFound } from '../../bench/result/result.js';
import { formatMicros } from '../format.js';

/** One sentence a link, without marks. */
export function linkSentences({ links }: LabResult): string[] {
  return links.map(sentence);
}

function sentence({ name, specification, source, assumed, ping }: LinkFound): string {
  const distance =
    ping.rtt_us === null
      ? `no ping through it (${ping.reason ?? 'no reason was recorded'})`
      : `RTT p50 ${formatMicros(ping.rtt_us.p50)}, max ${formatMicros(ping.rtt_us.max)} when idle`;
  const parts = name === specification ? '' : ` = ${specification}`;
  const origin = source === null ? '' : `; values from ${source}`;
  const guess = assumed === null ? '' : `; assumed, as no source says it: ${assumed}`;
  return `${name}${parts}: ${distance}${origin}${guess}`;
}
