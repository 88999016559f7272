/** The plan of an A/B as its folder keeps it: what stands against what, and what each is called. */
import type { Pair } from '../../bench/ab/analyse.js';
import { type AbPlan, idWithoutRun, RUNS_PER_BLOCK } from '../../bench/ab/plan.js';
import { type AbPlanFile, PLAN_SCHEMA } from '../../bench/ab/plan-file.js';
import type { CellIdentity } from '../../bench/compare/comparison.js';
import type { CellPlan, RunConfig } from '../../bench/config.js';
import { NO_LINK } from '../../bench/link/link-spec.js';
import type { ComparedName } from '../../bench/metric-catalogue.js';
import { formatSeconds } from '../../reports/format.js';
import { identityName, loadName } from '../../reports/model/cells.js';
import { reproduction } from '../args/run-config.js';

export interface PlanTexts {
  readonly command: string;
  readonly startedAt: Date;
  readonly margin: number;
  readonly metrics: readonly ComparedName[];
  /** By arm, as given. */
  readonly flags: readonly string[];
  /** By arm; null = this lab. */
  readonly programs: readonly (string | null)[];
}

export function planFile(plan: AbPlan, texts: PlanTexts): AbPlanFile {
  const { arms, blocks, seed } = plan;
  return {
    schema: PLAN_SCHEMA,
    started_at: texts.startedAt.toISOString(),
    command: texts.command,
    seed,
    blocks,
    margin: texts.margin,
    metrics: [...texts.metrics],
    arms: arms.map(({ label, config }, i) => ({
      label,
      flags: texts.flags[i]!,
      command: armCommand(config, blocks),
      program: texts.programs[i]!,
      folder: label.toLowerCase(),
    })),
    pairs: pairsOf(plan),
  };
}

/** What measures all cells of an arm, without the other. */
export function armCommand(config: RunConfig, blocks: number): string {
  return reproduction({ ...config, repeat: blocks * RUNS_PER_BLOCK });
}

/** What stands against what, in the order of the cells. */
export function pairsOf({ positions }: Pick<AbPlan, 'positions'>): Pair[] {
  const identities = positions.map((cells) => cells.map(identityOf));
  return positions.map(([a, b], i) => {
    const [ofA, ofB] = identities[i]! as [CellIdentity, CellIdentity];
    return {
      a: idWithoutRun(a!),
      b: idWithoutRun(b!),
      nameA: nameOf(ofA),
      nameB: nameOf(ofB),
    };
  });
}

function nameOf(cell: CellIdentity): string {
  return `${identityName(cell)} · ${loadName(cell)} × ${formatSeconds(cell.duration_s)}`;
}

function identityOf(cell: CellPlan): CellIdentity {
  const { transport, codec, clients } = cell;
  const ours = cell.kind === 'local' ? cell : null;
  return {
    ...{ transport, codec, clients },
    rate_per_s: ours?.ratePerSecond ?? null,
    size_bytes: ours?.sizeBytes ?? null,
    duration_s: cell.durationMs / 1_000,
    policy: ours?.policy ?? null,
    flush: ours?.flush ?? null,
    repair: ours?.repair ?? null,
    congestion: ours?.congestion ?? null,
    link: ours === null || ours.link === NO_LINK ? null : ours.link,
    // Of a plan: no run has read it yet.
    link_trace_sha256: null,
  };
}
