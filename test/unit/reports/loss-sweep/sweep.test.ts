import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../../bench/result/result.js';
import { lossSweepSentences } from '../../../../reports/loss-sweep/of-result.js';
import { lossSweepsOf } from '../../../../reports/loss-sweep/sweep.js';
import { rankSweeps } from '../../../../reports/loss-sweep/winners.js';
import { renderReport } from '../../../../reports/markdown/report.js';
import {
  linkOf,
  makeSweep,
  type WhatStack,
  type Where,
} from '../../../support/result/loss-sweep.js';

const TCP: WhatStack = { transport: 'tcp' };
const UDP: WhatStack = { transport: 'udp' };
const NAK: WhatStack = { transport: 'udp', repair: 'nak' };
const LOSSES = [0, 0.1, 1, 5];
const AT_10: readonly Where[] = LOSSES.map((loss) => ({ rtt: 10, loss, burst: null }));
const RUNS = 8;

/** What keeps a label of a table on one line is no matter here. */
const plain = (markdown: string): string => markdown.replaceAll('\u00a0', ' ');

/** Runs of one cell scatter a little, and never so much that two cells mix. */
const around = (ms: number, run: number): number => ms * (1 + 0.002 * run);

const said = (result: LabResult): string => lossSweepSentences(result).join('\n');

describe('a sweep over losses', () => {
  it('names the one that is better at every link, and how far the next is', () => {
    const result = makeSweep(AT_10, [TCP, NAK], RUNS, ({ transport }, _, run) =>
      around(transport === 'udp' ? 100 : 200, run),
    );
    expect(said(result)).toContain(
      'Lowest staleness p99: udp nak at all 4 links (that of the next is 2.00× as high).',
    );
    expect(said(result)).not.toContain('is lowest up to');
  });

  it('names nobody where all are equivalent, and says so', () => {
    const result = makeSweep(AT_10, [TCP, UDP], RUNS, (_, __, run) => around(100, run));
    expect(said(result)).toContain('Lowest staleness p99: tcp and udp alike at all 4 links.');
    expect(said(result)).not.toContain('Certainly higher');
  });

  it('says between which losses that were measured another one becomes the lowest', () => {
    const result = makeSweep(AT_10, [TCP, NAK], RUNS, ({ transport }, { loss }, run) =>
      around((transport === 'tcp') === loss < 1 ? 100 : 150, run),
    );
    expect(said(result)).toContain(
      'At RTT 10 ms tcp is lowest up to a loss of 0.1 %, and udp nak from 1 %.',
    );
    expect(said(result)).toContain(
      'Lowest staleness p99: tcp at RTT 10 ms with a loss of 0 % and 0.1 % (that of the next is 1.50× as high); udp nak at RTT 10 ms with a loss of 1 % and 5 % (that of the next is 1.50× as high).',
    );
    expect(said(result)).toContain(
      'Certainly higher than the lowest: tcp at 2, udp nak at 2 of 4 links.',
    );
  });

  it('ranks nothing by too few runs, and says how many it takes', () => {
    const result = makeSweep(AT_10, [TCP, NAK], 3, ({ transport }, _, run) =>
      around(transport === 'udp' ? 100 : 200, run),
    );
    const [ranked] = rankSweeps(lossSweepsOf(result));
    expect(ranked!.runsToDetect).toBeGreaterThan(3);
    expect(said(result)).toContain(
      'Who has the lowest staleness p99 cannot be told at any of 4 links.',
    );
    expect(said(result)).toContain(
      `run each cell ${ranked!.runsToDetect} times to tell a clear difference`,
    );
  });

  it('never ranks an INVALID cell, however low its figures', () => {
    const result = makeSweep(AT_10, [TCP, UDP, NAK], RUNS, ({ transport, repair }, _, run) =>
      repair === undefined && transport === 'udp'
        ? null
        : around(transport === 'tcp' ? 200 : 100, run),
    );
    expect(said(result)).toContain('Lowest staleness p99: udp nak at all 4 links');
    const { markdown, files } = renderReport(result);
    expect(plain(markdown)).toContain('✘ INVALID 8/8 1.00 ms');
    expect(files.get('staleness-loss-p99.svg')).toContain('hollow: ⚠ SUSPECT or ✘ INVALID');
  });

  it('corrects over the pairs of each link by itself', () => {
    const places = [10, 50].flatMap((rtt) => LOSSES.map((loss) => ({ rtt, loss, burst: null })));
    const result = makeSweep(places, [TCP, UDP, NAK], 2, () => 100);
    // 3 pairs of stacks at each of 8 links.
    expect(rankSweeps(lossSweepsOf(result))[0]!.tests).toBe(3);
  });

  it('is none where there is one loss, or where the losses differ by direction or are not random', () => {
    const two = AT_10.slice(0, 2);
    const result = makeSweep(two, [TCP, UDP], 1, () => 100);
    expect(lossSweepsOf(result)).toHaveLength(1);
    expect(lossSweepsOf(makeSweep(two.slice(0, 1), [TCP, UDP], 1, () => 100))).toEqual([]);
    const links = result.links.map((link) => {
      const { up, down } = link.asked!;
      return { ...link, asked: { up: { ...up, loss_ratio: 0.5 }, down, else: '' } };
    });
    expect(lossSweepsOf({ ...result, links })).toEqual([]);
    const earlier = result.links.map((link) => ({ ...link, asked: null }));
    expect(lossSweepsOf({ ...result, links: earlier })).toEqual([]);
  });

  it('of links that differ in something else are sweeps of their own', () => {
    const places = AT_10.slice(0, 2);
    const result = makeSweep(places, [TCP], 1, () => 100);
    const narrow = places.map((where) => linkOf(where, 'rate=1mbit'));
    const cells = result.cells.map((cell) => {
      const i = result.links.findIndex(({ name }) => name === cell.link);
      return { ...cell, link: narrow[i]!.name };
    });
    const both = {
      ...result,
      links: [...result.links, ...narrow],
      cells: [...result.cells, ...cells],
    };
    expect(lossSweepsOf(both).map(({ load }) => load)).toEqual([
      '20 clients × 200 msg/s × 128 B',
      '20 clients × 200 msg/s × 128 B behind rate=1mbit',
    ]);
    expect([...renderReport(both).files.keys()]).toContain('staleness-loss-p50-2.svg');
  });
});
