/** The document of an A/B from its plan and from what its arms measured. Pure. */
import { ALPHA, CONFIDENCE } from '../compare/decide.js';
import { POWER } from '../compare/paired.js';
import type { LabResult } from '../result/result.js';
import { type AnalyseOptions, analyse } from './analyse.js';
import { AB_SCHEMA, type AbArm, type AbDocument } from './document.js';
import { type ArmLabel, RUNS_PER_BLOCK } from './plan.js';
import type { AbPlanFile } from './plan-file.js';

/** Of each arm, in the order of the plan; undefined where it has not measured anything. */
export type ArmResults = readonly (LabResult | undefined)[];

/** @param version of the lab that makes it */
export function abDocument(
  plan: AbPlanFile,
  results: ArmResults,
  options: AnalyseOptions,
  version: string,
): AbDocument {
  const cellsOf = (label: ArmLabel): LabResult['cells'] =>
    results[plan.arms.findIndex((arm) => arm.label === label)]?.cells ?? [];
  const hasControl = plan.arms.some(({ label }) => label === 'control');
  const itself = plan.pairs.map(({ a, nameA }) => ({ a, b: a, nameA, nameB: nameA }));
  const whole = plan.blocks * RUNS_PER_BLOCK * plan.pairs.length;
  return {
    schema: AB_SCHEMA,
    tool: { name: 'streampulse-lab', version },
    started_at: plan.started_at,
    duration_s: Math.max(0, ...results.map((result) => result?.duration_s ?? 0)),
    command: plan.command,
    seed: plan.seed,
    incomplete: results.some(
      (result) => result === undefined || result.incomplete || result.cells.length < whole,
    ),
    ended: results.find((result) => result?.ended !== undefined)?.ended ?? null,
    blocks_planned: plan.blocks,
    alpha: ALPHA,
    confidence: CONFIDENCE,
    margin: options.margin,
    power: POWER,
    arms: plan.arms.map((arm, i) => describedArm(arm, results[i])),
    comparison: analyse(plan.pairs, cellsOf('A'), cellsOf('B'), options),
    control: hasControl ? analyse(itself, cellsOf('A'), cellsOf('control'), options) : null,
  };
}

function describedArm(
  { label, flags, command, program }: AbPlanFile['arms'][number],
  result: LabResult | undefined,
): AbArm {
  const cells = result?.cells ?? [];
  return {
    ...{ label, flags, command, program },
    version: result?.tool.version ?? null,
    git: result?.environment.git ?? null,
    cells: cells.length,
    invalid: cells.filter(({ verdict }) => verdict.status === 'INVALID').length,
  };
}
