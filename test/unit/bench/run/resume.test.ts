import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CellPlan, DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import type { CellResult, LinkFound } from '../../../../bench/result/result.js';
import { specsOf, tracesOf } from '../../../../bench/run/links.js';
import { planCells, planRound } from '../../../../bench/run/matrix.js';
import {
  cellsToGo,
  checkSameTraces,
  endOfComplete,
  isMeasured,
  measuredCells,
} from '../../../../bench/run/resume.js';
import { codeOf } from '../../../support/core/code-of.js';
import { makeCell, makeRoundTrip } from '../../../support/result/cell-factory.js';
import { makeLatency } from '../../../support/result/latency-factory.js';

const BASE: RunConfig = { ...DEFAULT_CONFIG, codecs: ['msgpack'], maxRepeat: 8 };
const LATENCY = makeLatency(100_000, 900);

const resultOf = ({ id, transport, run }: CellPlan, p99 = 1_000): CellResult => ({
  ...makeCell({ transport, run, seconds: 1 }),
  id,
  latency_us: { ...LATENCY, p99 },
});
const keptOf = (plans: readonly CellPlan[]): Map<string, CellResult> =>
  new Map(plans.map((plan) => [plan.id, resultOf(plan)]));

describe('a cell is measured', () => {
  const cell = makeCell({ transport: 'tcp', seconds: 1 });
  const config = { ...BASE, ceiling: true };

  it('when it came to its end, whatever its verdict', () => {
    const invalid: CellResult = { ...cell, verdict: { status: 'INVALID', reasons: [] } };
    expect([cell, invalid].map((one) => isMeasured(one, BASE))).toEqual([true, true]);
    expect(isMeasured({ ...cell, incomplete: true }, BASE)).toBe(false);
  });

  it('with --ceiling when that is known, or known to be none', () => {
    const owed = { available: false, reason: 'interrupted', messages_per_s: null, ratio: null };
    expect(isMeasured({ ...cell, ceiling: owed }, config)).toBe(false);
    expect(isMeasured({ ...cell, ceiling: owed }, BASE)).toBe(true);
    expect(isMeasured({ ...cell, ceiling: { ...owed, reason: 'no loop' } }, config)).toBe(true);
    expect(measuredCells([{ ...cell, ceiling: owed }], config).size).toBe(0);
  });
});

describe('the cells to go', () => {
  it('are those of the plan that are not measured, in its order', () => {
    const config = { ...BASE, clients: [1, 2], repeat: 3 };
    const plan = planCells(config);
    const all = keptOf(plan);
    const idsToGo = (kept: ReadonlyMap<string, CellResult>) =>
      cellsToGo(config, kept).map(({ id }) => id);
    fc.assert(
      fc.property(fc.subarray([...all.keys()]), (measured) => {
        const kept = new Map([...all].filter(([id]) => measured.includes(id)));
        expect(idsToGo(kept)).toEqual([...all.keys()].filter((id) => !kept.has(id)));
      }),
    );
  });

  it('of --repeat auto are the round that is on, once the certain ones are measured', () => {
    const config: RunConfig = { ...BASE, repeat: 'auto', ciTarget: 0.001 };
    const certain = planCells(config);
    expect(cellsToGo(config, keptOf(certain.slice(0, 3)))).toEqual(certain.slice(3));
    const noisy = certain.map((plan, i) => [plan.id, resultOf(plan, 1_000 + 300 * i)] as const);
    const next = planRound(config, 6);
    expect(cellsToGo(config, new Map(noisy))).toEqual(next);
    const begun = new Map([...noisy, [next[0]!.id, resultOf(next[0]!, 900)]]);
    expect(cellsToGo(config, begun)).toEqual(next.slice(1));
  });

  it('are none once --repeat auto has reached its aim, and then it says so', () => {
    const config: RunConfig = { ...BASE, repeat: 'auto' };
    const kept = keptOf(planCells(config));
    expect(cellsToGo(config, kept)).toEqual([]);
    expect(endOfComplete(config, kept, 9)).toMatchObject({
      duration_s: 9,
      repeat: { mode: 'auto', outcome: 'reached' },
    });
  });
});

describe('a run behind links', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-resume-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.up');
  const config: RunConfig = { ...BASE, links: ['none', 'delay=5ms', `up.trace=${file}`] };
  const found = (): LinkFound[] =>
    specsOf(config).map((spec) => ({
      ...{
        name: spec.name,
        specification: spec.text,
        source: null,
        assumed: null,
        asked: null,
        checks: [],
      },
      traces: tracesOf(spec),
      ping: makeRoundTrip(),
    }));

  it('goes on with the traces that it began with, and with no others at their paths', () => {
    writeFileSync(file, '1\n5\n');
    const links = found();
    expect(links.map(({ traces }) => traces)).toEqual([
      null,
      { up: createHash('sha256').update('1\n5\n').digest('hex'), down: null },
    ]);
    checkSameTraces({ links }, config);
    writeFileSync(file, '1\n6\n');
    expect(() => checkSameTraces({ links }, config)).toThrow(
      `the trace of the link up.trace=${file} is not what it was`,
    );
    expect(codeOf(() => checkSameTraces({ links }, config))).toBe('LAB_ERR_RESUME');
    rmSync(file);
    expect(codeOf(() => checkSameTraces({ links }, config))).toBe('LAB_ERR_LINK_TRACE');
  });

  it('of an earlier lab, which did not note the trace, does not', () => {
    writeFileSync(file, '1\n5\n');
    const links = found().map((link) => ({ ...link, traces: null }));
    expect(codeOf(() => checkSameTraces({ links }, config))).toBe('LAB_ERR_RESUME');
  });
});
