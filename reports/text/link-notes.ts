/** The words for the links of a run: what was asked of them, and what is known of that. */
import type { LabResult, LinkFound } from '../../bench/result/result.js';
import { localServer } from '../../bench/result/server.js';
import {
  formatBitRate,
  formatCount,
  formatMicros,
  formatPercent,
  formatRange,
  MISSING,
} from '../format.js';
import { groupBy, listWords, plural } from '../model/cells.js';

type Check = LinkFound['checks'][number];

/** One sentence a link, without marks. */
export function linkSentences({ links }: LabResult): string[] {
  return links.map(sentence);
}

function sentence({ name, specification, source, assumed, ping, checks }: LinkFound): string {
  const distance =
    ping.rtt_us === null
      ? `no ping through it (${ping.reason ?? 'no reason was recorded'})`
      : `RTT p50 ${formatMicros(ping.rtt_us.p50)}, max ${formatMicros(ping.rtt_us.max)} when idle`;
  const parts = name === specification ? '' : ` = ${specification}`;
  const origin = source === null ? '' : `; values from ${source}`;
  const guess = assumed === null ? '' : `; assumed without a source: ${assumed}`;
  const found = checks.filter(({ achieved }) => achieved !== null);
  const verified = `${plural(found.length, 'figure')} of it verified before the first cell`;
  return `${name}${parts}: ${distance}; ${verified}${origin}${guess}`;
}

/** Between which a figure has to lie. */
export function allowedText(row: Check): string {
  const { low, high } = row;
  if (low === null && high === null) return MISSING;
  if (low === null) return `≤ ${valueText(row, high)}`;
  if (high === null) return `≥ ${valueText(row, low)}`;
  return low === high
    ? valueText(row, low)
    : formatRange({ low, high }, (value) => valueText(row, value));
}

/** A figure of a link in its unit. */
export function valueText({ unit }: Check, value: number | null): string {
  if (value === null) return MISSING;
  if (unit === 'us') return formatMicros(value);
  if (unit === 'share') return formatPercent(value);
  return unit === 'bit/s' ? formatBitRate(value) : formatCount(value);
}

/** Which congestion control TCP went by; empty where there is no TCP, or nobody told. */
export function congestionSentence({ cells }: LabResult): string {
  const known = cells.filter(({ sockets }) => sockets.congestion_control !== null);
  const clauses = [...groupBy(known, ({ sockets }) => sockets.congestion_control!)].map(
    ([name, those]) => {
      const transports = [...new Set(those.map(({ transport }) => transport))];
      const isAsked = those.some(
        (cell) => (localServer(cell)?.congestion ?? 'default') !== 'default',
      );
      return `${name} of ${listWords(transports)}${isAsked ? '' : ' (the kernel’s default)'}`;
    },
  );
  return clauses.length === 0
    ? ''
    : `Congestion control, as the kernel told: ${clauses.join('; ')}.`;
}
