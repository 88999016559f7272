import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type CellPlan, DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import { captureMachine } from '../../../../bench/probe/environment.js';
import type { RunHead } from '../../../../bench/result/cells-file.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { planCells, planRound } from '../../../../bench/run/matrix.js';
import {
  cellsToGo,
  checkSamePlace,
  endOfComplete,
  isMeasured,
  measuredCells,
  planOf,
} from '../../../../bench/run/resume.js';
import { labVersion } from '../../../../src/version.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { headOf } from '../../../support/result/cells-text.js';
import { makeLatency } from '../../../support/result/latency-factory.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

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

describe('the place of a run', () => {
  async function begun(config: RunConfig): Promise<RunHead> {
    const head = headOf(makeMatrix());
    const environment = { ...head.environment, ...(await captureMachine()) };
    const tool = { ...head.tool, version: labVersion() };
    return { ...head, tool, environment, plan: await planOf(config, {}) };
  }

  it('is the same where nothing differs', async () => {
    await expect(checkSamePlace(await begun(BASE), BASE)).resolves.toBeUndefined();
  });

  it.each([
    ['the lab', (head: RunHead) => ({ ...head, tool: { ...head.tool, version: '0.0.1' } })],
    ['the number of cores', changed({ cores: 99 })],
    ['Node', changed({ node: 'v1.2.3' })],
    ['the kernel', changed({ kernel: 'Linux 1.0' })],
    ['the CPU', changed({ cpu: 'abacus' })],
    ['the commit of the lab', changed({ git: '0000000' })],
    ['the kernel setting net.odd', changed({ sysctls: { 'net.odd': '1' } })],
  ])('is another when %s differs', async (what, change) => {
    await expect(checkSamePlace(change(await begun(BASE)), BASE)).rejects.toMatchObject({
      code: 'LAB_ERR_RESUME',
      message: expect.stringContaining(`${what} was `),
    });
  });

  it('is another on a machine of another name, which no file tells', async () => {
    const head = await begun(BASE);
    expect(JSON.stringify(head.plan)).not.toContain(os.hostname());
    const hostname = vi.spyOn(os, 'hostname').mockReturnValue('elsewhere');
    await expect(checkSamePlace(head, BASE)).rejects.toThrow('a machine of another name');
    hostname.mockRestore();
  });

  it('is another when the recording is not what it was', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lab-recording-'));
    const file = join(dir, 'trades.csv');
    const config = { ...BASE, source: `replay:${file}` };
    await writeFile(file, 'time,key,price\n1,A,1\n');
    const head = await begun(config);
    await expect(checkSamePlace(head, config)).resolves.toBeUndefined();
    await writeFile(file, 'time,key,price\n1,A,2\n');
    await expect(checkSamePlace(head, config)).rejects.toThrow('the recording');
    await rm(dir, { recursive: true });
  });
});

function changed(what: Partial<RunHead['environment']>): (head: RunHead) => RunHead {
  return (head) => ({ ...head, environment: { ...head.environment, ...what } });
}
