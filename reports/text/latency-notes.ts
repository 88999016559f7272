/**
 * What the latencies of a result count to, and how much of it is of the lab's own clients: plain
 * sentences, for a report and a terminal.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { formatPercent } from '../format.js';
import { listWords, pairName } from '../model/cells.js';

/** Of what was delivered; a share as small is in no percentile. */
const SHOWN = 0.001;

/** What follows "latencies count". */
export const LATENCY_ENDS: Readonly<Record<CellResult['latency_at'], string>> = {
  arrival:
    'to the arrival in the kernel of the client (instrument: the wait for the lab’s own client after that)',
  receipt:
    'to the receipt by the lab’s own client: they include the wait for it, which is not known',
};

/** What the latencies of all cells count to; null where they differ. */
export function latencyEnd(cells: readonly CellResult[]): CellResult['latency_at'] | null {
  const [first, ...others] = new Set(cells.map(({ latency_at }) => latency_at));
  return first === undefined || others.length > 0 ? null : first;
}

/** Empty where nothing was delivered. */
export function latencySentences({ cells }: Pick<LabResult, 'cells'>): string[] {
  const heard = cells.filter(({ delivered }) => (delivered ?? 0) > 0);
  if (heard.length === 0) return [];
  const end = latencyEnd(heard);
  if (end !== null) return [`Latencies count ${LATENCY_ENDS[end]}.`, ...exceptions(heard)];
  const parts = (['arrival', 'receipt'] as const).map((one) => {
    const names = new Set(heard.filter(({ latency_at }) => latency_at === one).map(pairName));
    return `of ${listWords([...names])} count ${LATENCY_ENDS[one]}`;
  });
  return [`Latencies ${parts.join('; those ')}. The two are not compared.`, ...exceptions(heard)];
}

/** Where the kernel's stamp is missing, would be too early, or is that of something later. */
function exceptions(cells: readonly CellResult[]): string[] {
  return [
    ...shareSentence(
      cells,
      ({ unstamped }) => unstamped,
      'have no kernel timestamp (after a hole in a TCP stream, or a step of the clock): they count to the receipt.',
    ),
    ...shareSentence(
      cells,
      ({ undated }) => undated,
      'waited in a TCP socket while the client process was away: their arrival is not known, and no latency includes them.',
    ),
  ];
}

function shareSentence(
  cells: readonly CellResult[],
  count: (cell: CellResult) => number | null,
  what: string,
): string[] {
  const share = (cell: CellResult): number => (count(cell) ?? 0) / Math.max(1, cell.delivered ?? 0);
  const some = cells.filter((cell) => share(cell) >= SHOWN);
  if (some.length === 0) return [];
  const most = Math.max(...some.map(share));
  const names = [...new Set(some.map(pairName))];
  return [`Up to ${formatPercent(most)} of the deliveries of ${listWords(names)} ${what}`];
}
