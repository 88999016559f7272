/** A sweep over losses in a report: where each stack wins, and the figures beside each other. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { formatBytes, formatInterval, formatMicros, formatPercent, MISSING } from '../../format.js';
import { lossSweepsOf } from '../../loss-sweep/sweep.js';
import { type RankedPoint, type RankedSweep, rankSweeps } from '../../loss-sweep/winners.js';
import { lossName, nameIn, rttName, sweepSentences } from '../../loss-sweep/words.js';
import {
  type CellRuns,
  type Estimate,
  estimate,
  medianOf,
  pooledLoss,
  runsVerdict,
} from '../../model/cell-runs.js';
import { listWords } from '../../model/cells.js';
import { congestionSentence } from '../../text/link-notes.js';
import { bullets, type Column, escapeMarkdown, section, table } from '../text.js';

export function lossSweepSections(result: LabResult): string[] {
  return rankSweeps(lossSweepsOf(result)).map((ranked) => {
    const { sweep, points } = ranked;
    const figure = (
      title: string,
      text: (one: CellRuns) => string,
      last: readonly Column<RankedPoint>[] = [],
    ): string => `**${title}**\n\n${table([...PLACE, ...columns(ranked, text), ...last], points)}`;
    const time = (of: (cell: CellResult) => number | null) => (one: CellRuns) =>
      estimateText(estimate(one, of, result.seed));
    return section(
      'Staleness against loss',
      `Every cell: ${escapeMarkdown(sweep.load)}. Lost is the share of packets that each direction of a client’s link drops. Staleness: how old the newest value is that a client holds of a key, looked at again and again. Only VALID runs are ranked; a figure of others has its mark. ${escapeMarkdown(congestionSentence(result))}`.trim(),
      bullets(sweepSentences(ranked).map(escapeMarkdown)),
      figure(
        'Staleness p99',
        time((cell) => cell.staleness_us?.p99 ?? null),
        [winnerColumn(ranked)],
      ),
      figure(
        'Staleness p50',
        time((cell) => cell.staleness_us?.p50 ?? null),
      ),
      figure('Until the last client has a message, p50 / p90', (one) => {
        const [p50, p90] = (['p50', 'p90'] as const).map((key) =>
          medianOf(one, (cell) => cell.completion_us?.[key] ?? null),
        );
        return `${formatMicros(p50!)} / ${formatMicros(p90!)}`;
      }),
      figure('Messages that never arrived', (one) => formatPercent(pooledLoss(one))),
      figure('IP bytes per delivered message, both directions, as the link counted', (one) =>
        formatBytes(medianOf(one, (cell) => cell.wire.ip_bytes_per_delivery)),
      ),
    );
  });
}

const PLACE: readonly Column<RankedPoint>[] = [
  { title: 'RTT', kind: 'label', cell: ({ point }) => rttName(point) },
  { title: 'Lost', kind: 'label', cell: ({ point }) => lossName(point) },
];

function columns({ sweep }: RankedSweep, text: (one: CellRuns) => string): Column<RankedPoint>[] {
  return sweep.stacks.map(({ pair, name }) => ({
    title: name,
    kind: 'number' as const,
    cell: ({ point, answer }: RankedPoint) => {
      const one = point.rows.find((row) => row.pair === pair);
      if (one === undefined) return MISSING;
      const mark = one.status === 'VALID' ? '' : `${escapeMarkdown(runsVerdict(one))} `;
      const figure = mark + text(one);
      return answer.kind === 'won' && answer.pair === pair ? `**${figure}**` : figure;
    },
  }));
}

function winnerColumn({ sweep }: RankedSweep): Column<RankedPoint> {
  return {
    title: 'Lowest',
    kind: 'text',
    cell: ({ answer }) => {
      if (answer.kind === 'none') return MISSING;
      if (answer.kind === 'won') return `**${escapeMarkdown(nameIn(sweep, answer.pair))}**`;
      const names = escapeMarkdown(listWords(answer.pairs.map((pair) => nameIn(sweep, pair))));
      return answer.kind === 'equal' ? `equivalent: ${names}` : `not told: ${names}`;
    },
  };
}

function estimateText(known: Estimate | null): string {
  return known === null ? MISSING : formatInterval(known.median, known.interval, formatMicros);
}
