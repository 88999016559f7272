import { describe, expect, it } from 'vitest';
import { renderRun } from '../../../../cli/ui/run/table.js';
import { lossSweepSentences } from '../../../../reports/loss-sweep/of-result.js';
import { renderReport } from '../../../../reports/markdown/report.js';
import { makeSweep, type WhatStack, type Where } from '../../../support/result/loss-sweep.js';

const TCP: WhatStack = { transport: 'tcp' };
const UDP: WhatStack = { transport: 'udp' };
const NAK: WhatStack = { transport: 'udp', repair: 'nak' };
const LOSSES = [0, 0.1, 1, 5];

/** What keeps a label of a table on one line is no matter here. */
const plain = (markdown: string): string => markdown.replaceAll('\u00a0', ' ');

/** Runs of one cell scatter a little, and never so much that two cells mix. */
const around = (ms: number, run: number): number => ms * (1 + 0.002 * run);

describe('the chart of a sweep', () => {
  const places = [10, 150].flatMap((rtt) =>
    LOSSES.flatMap((loss): Where[] =>
      loss === 0
        ? [{ rtt, loss, burst: null }]
        : [
            { rtt, loss, burst: null },
            { rtt, loss, burst: 3 },
          ],
    ),
  );
  const stacks = [TCP, { ...TCP, policy: 'conflate' }, UDP, NAK];
  const result = makeSweep(places, stacks, 3, ({ transport, repair, policy }, where, run) => {
    const { rtt, loss, burst } = where;
    const held = transport === 'tcp' ? 4 * rtt * loss : repair === 'nak' ? rtt * loss : 20 * loss;
    return around(100 + rtt / 2 + held * (burst ?? 1) * (policy === 'conflate' ? 0.8 : 1), run);
  });
  const { files, markdown } = renderReport(result);
  const svg = files.get('staleness-loss-p99.svg')!;

  it('has a panel for each round trip and burst, with the links without loss in each of them', () => {
    expect([...svg.matchAll(/>RTT ([\d.]+ ms)</g)].map(([, rtt]) => rtt)).toEqual([
      '10 ms',
      '150 ms',
      '10 ms',
      '150 ms',
    ]);
    const lines = [...svg.matchAll(/<g><title>([^<]*)<\/title>(.*?)<\/g>/g)];
    expect(lines).toHaveLength(4 * stacks.length);
    for (const [, , body] of lines) expect([...body!.matchAll(/<circle/g)]).toHaveLength(4);
  });

  it('names every line in every panel, by what tells it from the others, and none over another', () => {
    for (const name of ['tcp', 'tcp conflate', 'udp', 'udp nak']) {
      const labels = [
        ...svg.matchAll(new RegExp(`y="([\\d.]+)" fill="[^"]*" font-size="12">${name}<`, 'g')),
      ];
      expect(labels).toHaveLength(4);
    }
    const ys = [
      ...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" fill="#[^"]*" font-size="12">(tcp|udp)/g),
    ];
    for (const x of new Set(ys.map(([, at]) => at))) {
      const column = ys.filter(([, at]) => at === x).map(([, , y]) => Number(y));
      column.sort((a, b) => a - b);
      for (const [i, y] of column.entries())
        if (i > 0) expect(y - column[i - 1]!).toBeGreaterThan(12);
    }
  });

  it('of one round trip has the bursts beside each other', () => {
    const one = makeSweep(
      places.filter(({ rtt }) => rtt === 10),
      stacks,
      1,
      () => 100,
    );
    const wide = renderReport(one).files.get('staleness-loss-p99.svg')!;
    const heads = [...wide.matchAll(/x="([\d.]+)" y="([\d.]+)"[^>]*>RTT 10 ms</g)];
    expect(heads).toHaveLength(2);
    expect(heads[0]![2]).toBe(heads[1]![2]);
    expect(Number(heads[1]![1])).toBeGreaterThan(Number(heads[0]![1]));
  });

  it('has the intervals of the medians where there are three runs', () => {
    expect(svg).toContain('95 % interval of the median of 3 runs');
    const single = makeSweep(places, stacks, 1, () => 100);
    expect(renderReport(single).files.get('staleness-loss-p99.svg')).not.toContain('interval');
  });

  it('comes with tables of all figures, and the sentences also on a terminal', () => {
    for (const title of ['Staleness p99', 'Staleness p50', 'Messages that never arrived'])
      expect(markdown).toContain(`**${title}**`);
    expect(markdown).toContain(
      `## How it was ranked\n\n**Against loss.** ${lossSweepSentences(result)[0]}`,
    );
    expect(plain(markdown)).toMatch(/^\| 150 ms +\| 5 % in bursts of 3 +\|/m);
    expect(markdown).toContain('Congestion control, as the kernel told: cubic of tcp');
    const terminal = renderRun(result, 100, (_format, text) => text).replaceAll(/\s+/g, ' ');
    for (const sentence of lossSweepSentences(result)) expect(terminal).toContain(sentence);
  });
});
