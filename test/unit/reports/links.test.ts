/** What tables and reports say of emulated links. */
import { describe, expect, it } from 'vitest';
import type { CellResult, LabResult, LinkFound } from '../../../bench/result/result.js';
import { facts } from '../../../cli/ui/run/facts.js';
import type { Style } from '../../../cli/ui/style.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { carriedSentences } from '../../../reports/text/carried.js';
import { linkSentences } from '../../../reports/text/link-notes.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;
const UP = {
  ...{ packets: 400, bytes: 20_800, delivered: 396, delivered_bytes: 20_592, lost: 4, overflow: 0 },
  ...{ outage: 0, duplicated: 0, reordered: 0, corrupted: 0 },
};
const DELAY: LinkFound['checks'][number] = {
  direction: 'down',
  what: 'delay p50',
  unit: 'us',
  requested: 42_500,
  achieved: 42_540,
  low: 42_200,
  high: 42_800,
};
const DOWN = { ...UP, packets: 10_000, delivered: 9_700, lost: 200, overflow: 100 };

/** A cell behind a link; over TCP with segments, else with datagrams. */
function behind(link: string, plan: Parameters<typeof makeCell>[0] = {}): CellResult {
  const cell = makeCell(plan);
  const isTcp = cell.transport === 'tcp';
  return {
    ...cell,
    link,
    link_counts: {
      specification: 'delay=42ms500us/rate=9mbit',
      delay_us: { up: 42_500, down: 42_500 },
      ...{ up: UP, down: DOWN, uplink_overflow: 0, unread: 0, no_room: 0 },
      dropped_datagrams: isTcp ? null : 250,
      dropped_messages: isTcp ? null : 270,
      dropped_segments: isTcp ? 290 : null,
      lateness_us: { p50: 20, p99: 310, max: 1_900 },
      checks: [],
    },
    kernel: { ...cell.kernel, tcp_retransmitted_segments: 288 },
    ledger: { ...cell.ledger, network_lost: isTcp ? 0 : 270 },
  };
}

function resultOf(cells: readonly CellResult[]): LabResult {
  const { ping } = makeResult([]).baselines;
  const rtt = { min: 85_100, avg: 85_400, p50: 85_300, max: 86_000, mdev: 200 };
  return makeResult(cells, {
    links: [
      {
        name: '4g',
        specification: 'delay=42ms500us/rate=9mbit',
        source: 'sitespeed.io throttle 255090d, 4g',
        assumed: null,
        traces: null,
        asked: {
          up: { delay_us: 42_500, loss_ratio: 0, burst: null },
          down: { delay_us: 42_500, loss_ratio: 0, burst: null },
          else: 'rate=9mbit',
        },
        checks: [DELAY, { ...DELAY, what: 'loss', unit: 'share', requested: 0, achieved: null }],
        ping: { ...ping, available: true, reason: null, hint: null, rtt_us: rtt },
      },
    ],
  });
}

const BOTH = resultOf([behind('4g'), behind('4g', { transport: 'udp' })]);

describe('a link', () => {
  it('is named with its parts, its distance and its source', () => {
    expect(linkSentences(BOTH)).toEqual([
      '4g = delay=42ms500us/rate=9mbit: RTT p50 85.3 ms, max 86.0 ms when idle; 1 figure of it verified before the first cell; values from sitespeed.io throttle 255090d, 4g',
    ]);
    expect(facts(BOTH, 200, plain, null)).toContain('link    4g = delay=42ms500us/rate=9mbit');
    const [link] = BOTH.links;
    const silent = { ...link!.ping, available: false, reason: 'left out', rtt_us: null };
    const guessed = { ...link!, source: null, assumed: 'all values', ping: silent };
    expect(linkSentences({ ...BOTH, links: [guessed] })).toEqual([
      '4g = delay=42ms500us/rate=9mbit: no ping through it (left out); 1 figure of it verified before the first cell; assumed without a source: all values',
    ]);
  });

  it('has its own section: what it dropped stands beside what the ledger and TCP say', () => {
    const { markdown } = renderReport(BOTH);
    const section = markdown.slice(markdown.indexOf('## Behind links')).split('\n## ')[0]!;
    const [tcp, udp] = section.split('\n').filter((line) => line.includes('line-json'));
    const cellsOf = (row: string | undefined): string[] =>
      row!
        .split('|')
        .slice(2, -1)
        .map((text) => text.replaceAll(/\s/g, ' ').trim());
    expect(cellsOf(tcp)).toEqual(['290', '288', '–', '0']);
    expect(cellsOf(udp)).toEqual(['–', '–', '270', '270']);
    expect(section).toContain(
      'The same in every cell: packets down 10,000; lost 2.00 %; queue full 1.00 %; in an outage 0 %; packets up 400; not delivered 1.00 %; late p99 310 µs.',
    );
    expect(renderReport(makeResult([makeCell()])).markdown).not.toContain('Behind links');
  });

  it('is another question, and not a higher load', () => {
    const fast = behind('4g', { rate: 2_000 });
    const sweep = resultOf([makeCell(), behind('4g'), fast, makeCell({ transport: 'udp' })]);
    expect(carriedSentences(sweep)).toEqual([
      'tcp/line-json behind 4g held 100 clients × 2,000 msg/s × 128 B (200,000 deliveries/s), the most that was offered: raise --clients or --rate to see where it breaks.',
    ]);
  });
});
