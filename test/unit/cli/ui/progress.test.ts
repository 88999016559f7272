/** What a run shows of itself while it goes on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellPlan } from '../../../../bench/config.js';
import { DEFAULT_CONFIG } from '../../../../bench/config.js';
import type { VerdictReason } from '../../../../bench/result/result.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { LiveLine } from '../../../../cli/ui/live-line.js';
import { cellLine, etaText, Progress, roundLine } from '../../../../cli/ui/progress.js';
import { makeCell } from '../../../support/result/cell-factory.js';

const missed: VerdictReason = {
  code: 'RATE_MISSED',
  severity: 'INVALID',
  message: 'only 61.2 % of the planned rate was published',
  hint: 'lower --rate, or use a faster machine',
};

describe('the progress line', () => {
  const cells = planCells({ ...DEFAULT_CONFIG, durationsMs: [5_000] });

  function measuring(plan: CellPlan = cells[1]!): Progress {
    const progress = new Progress(1_000, () => 9);
    progress.apply({ type: 'start', cells, estimateSeconds: 36 }, 0);
    progress.apply({ type: 'cell-start', index: 1, total: 4, cell: plan }, 9_000);
    progress.apply({ type: 'phase', phase: 'measure', joined: 100, clients: 100 }, 10_000);
    progress.apply(
      { type: 'interval', elapsedSeconds: 3, deliveredPerSecond: 98_700, p99Micros: 3_200 },
      13_000,
    );
    return progress;
  }

  it('says which cell, how far, how fast and how long still', () => {
    expect(measuring().line(120, 13_000)).toBe(
      'cell 2/4 tcp msgpack · measure 3/5 s · 98,700 msg/s · p99 3.20 ms · ETA 23 s',
    );
  });

  it('is never wider than the terminal', () => {
    fc.assert(
      fc.property(fc.nat(140), fc.nat(100_000), (width, now) => {
        expect([...measuring().line(width, 9_000 + now)].length).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('drops figures before the time that is left', () => {
    expect(measuring().line(64, 13_000)).toBe(
      'cell 2/4 tcp msgpack · measure 3/5 s · 98,700 msg/s · ETA 23 s',
    );
  });

  it('learns from the cells done how long the rest takes', () => {
    const progress = new Progress(1_000, () => 10);
    progress.apply({ type: 'start', cells, estimateSeconds: 40 }, 0);
    progress.apply({ type: 'cell-start', index: 0, total: 4, cell: cells[0]! }, 0);
    progress.apply({ type: 'cell-end', index: 0, total: 4, result: makeCell() }, 20_000);
    progress.apply({ type: 'cell-start', index: 1, total: 4, cell: cells[1]! }, 20_000);
    expect(progress.line(80, 20_000)).toBe('cell 2/4 tcp msgpack · connect 0/100 · ETA 60 s');
  });

  it('with an open end says which run it is and what the run still takes', () => {
    const auto = planCells({ ...DEFAULT_CONFIG, repeat: 'auto' });
    const third = auto.filter(({ run }) => run === 3);
    const progress = new Progress(1_000, () => 9);
    progress.apply({ type: 'start', cells: auto, estimateSeconds: 180 }, 0);
    progress.apply({ type: 'round-end', run: 2, decision: 'go on' }, 0);
    progress.apply({ type: 'cell-start', index: 8, total: null, cell: third[0]! }, 0);
    progress.apply({ type: 'cell-end', index: 8, total: null, result: makeCell() }, 9_000);
    progress.apply({ type: 'cell-start', index: 9, total: null, cell: third[1]! }, 9_000);
    const { transport, codec } = third[1]!;
    expect(progress.line(100, 9_000)).toBe(
      `cell 10, run 3, auto ${transport} ${codec} · connect 0/100 · ETA of this run 27 s`,
    );
  });

  it.each([
    ['go on', 'run 5: not yet p99 within ±5 % in every cell, going on'],
    ['reached', 'run 5: p99 within ±5 % in every cell, enough'],
    ['limit', 'run 5: not p99 within ±5 % in every cell, but no more runs: a cell never has one'],
  ] as const)('says after a round: %s', (decision, text) => {
    expect(roundLine(DEFAULT_CONFIG, { type: 'round-end', run: 5, decision })).toBe(text);
  });

  it('promises nothing before there are as many runs as an interval needs', () => {
    const line = roundLine(DEFAULT_CONFIG, { type: 'round-end', run: 2, decision: 'go on' });
    expect(line).toBe('run 2 of at least 5');
  });

  it('names the limit that ended it', () => {
    const line = roundLine(DEFAULT_CONFIG, { type: 'round-end', run: 20, decision: 'limit' });
    expect(line).toContain('no more runs: --max-repeat 20');
  });

  it('counts the clients that have joined', () => {
    const progress = new Progress(0, () => 5);
    progress.apply({ type: 'start', cells, estimateSeconds: 20 }, 0);
    progress.apply({ type: 'cell-start', index: 0, total: 4, cell: cells[0]! }, 0);
    progress.apply({ type: 'phase', phase: 'connect', joined: 40, clients: 100 }, 100);
    expect(progress.line(80, 100)).toContain('connect 40/100');
  });

  it('makes one plain line of a finished cell', () => {
    const cell = makeCell({ clients: 100, rate: 1_000, reasons: [missed] });
    expect(cellLine(0, 4, cell)).toMatch(
      /^1\/4 ✘ INVALID tcp\/line-json, 100 × 1,000\/s: 100,000 delivered\/s, loss 0 %, p50 .*, p99 /,
    );
  });

  it.each([
    [0.2, '1 s'],
    [119, '119 s'],
    [121, '3 min'],
    [7_300, '2 h 2 min'],
  ])('writes %d s as %s', (seconds, text) => {
    expect(etaText(seconds)).toBe(text);
  });
});

describe('the live line', () => {
  it('leaves the terminal as it was', () => {
    let screen = '';
    const line = new LiveLine(
      { columns: 40, write: (text: string) => (screen += text) },
      () => 'busy',
    );
    line.print('a cell is done');
    line.close();
    line.close();
    expect(screen).toBe('a cell is done\n');
  });
});
