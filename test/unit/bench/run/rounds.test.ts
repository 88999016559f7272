import { describe, expect, it } from 'vitest';
import { type CellPlan, DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import type { RunEvent } from '../../../../bench/events.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { Rounds } from '../../../../bench/run/rounds.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeLatency } from '../../../support/result/latency-factory.js';

const BASE: RunConfig = { ...DEFAULT_CONFIG, codecs: ['msgpack'], maxRepeat: 8 };
const LATENCY = makeLatency(100_000, 900);

/** Runs all that is handed out; `p99` is what each cell measures, `null` to stop before it. */
function play(config: RunConfig, p99: (plan: CellPlan) => number | null) {
  const rounds = new Rounds(config);
  const results: CellResult[] = [];
  const events: RunEvent[] = [];
  const played: CellPlan[] = [];
  for (const plan of rounds.cells(results, (event) => events.push(event))) {
    const value = p99(plan);
    if (value === null) break;
    played.push(plan);
    results.push({
      ...makeCell({ transport: plan.transport, run: plan.run, seconds: 1 }),
      id: plan.id,
      latency_us: { ...LATENCY, p99: value },
    });
  }
  return { summary: rounds.summary, played, events };
}

describe('a fixed number of runs', () => {
  it('hands out the plan and nothing else', () => {
    const config = { ...BASE, repeat: 3 };
    const { summary, played, events } = play(config, () => 1_000);
    expect(played).toEqual(planCells(config));
    expect(summary).toEqual({
      mode: 'fixed',
      runs: 3,
      metric: null,
      target: null,
      outcome: 'fixed',
    });
    expect(events).toEqual([]);
  });

  it('that is interrupted counts the runs that every cell had', () => {
    const config = { ...BASE, repeat: 3 };
    const last = planCells(config).at(-1)!;
    const { summary } = play(config, (plan) => (plan.id === last.id ? null : 1_000));
    expect(summary).toMatchObject({ runs: 2, outcome: 'interrupted' });
  });
});

describe('as many runs as it takes', () => {
  const auto: RunConfig = { ...BASE, repeat: 'auto' };

  it('ends with the first round after which every cell is known well enough', () => {
    // The first UDP run is far off: out of the interval of the median once there are enough others.
    const wild = (plan: CellPlan): number =>
      plan.transport === 'udp' && plan.run === 1 ? 3_000 : 1_000;
    expect(play(auto, () => 1_000).summary).toEqual({
      mode: 'auto',
      runs: 5,
      metric: 'p99',
      target: 0.05,
      outcome: 'reached',
    });
    const { summary, played, events } = play(auto, wild);
    expect(summary.outcome).toBe('reached');
    expect(summary.runs).toBeGreaterThan(5);
    expect(played).toHaveLength(2 * summary.runs);
    expect(
      events.map((event) => (event.type === 'round-end' ? event.decision : event.type)),
    ).toEqual([...Array(summary.runs - 1).fill('go on'), 'reached']);
  });

  it('ends at the limit when it never is', () => {
    const { summary, played } = play(auto, ({ run }) => 1_000 * run);
    expect(summary).toMatchObject({ runs: 8, outcome: 'limit' });
    expect(played).toHaveLength(16);
  });

  it('that is interrupted says so', () => {
    const { summary } = play(auto, ({ run }) => (run === 3 ? null : 1_000));
    expect(summary).toMatchObject({ mode: 'auto', runs: 2, outcome: 'interrupted' });
  });
});
