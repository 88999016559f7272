/** Runs a whole matrix: preflight, baselines, cell after cell, one result. */
import { createAnchor } from '../../src/core/clock.js';
import { type ErrorCode, LabError } from '../../src/errors.js';
import { loadTransport } from '../../src/transports/registry.js';
import { labVersion } from '../../src/version.js';
import type { CellContext } from '../cell/cell-context.js';
import { failedCell } from '../cell/failed.js';
import { runCell } from '../cell/local.js';
import { runTargetCell } from '../cell/target.js';
import type { CellRecord } from '../cell-record.js';
import type { CellPlan, RunConfig } from '../config.js';
import type { RunEvent, RunHooks } from '../events.js';
import { type CellFacts, cellResult } from '../figures/cell-result.js';
import { measureBaselines, skippedBaselines } from '../probe/baselines.js';
import { examine } from '../probe/doctor/doctor.js';
import { captureMachine } from '../probe/environment.js';
import type { RunHead } from '../result/cells-file.js';
import type { Baselines, CellResult, LabResult } from '../result/result.js';
import { RunFold } from '../result/run-fold.js';
import { measureNoiseFloor } from '../selftest/noise-floor.js';
import { cellCeiling } from './cell-ceiling.js';
import { effectiveConfig } from './effective-config.js';
import { estimateSeconds } from './estimate.js';
import { baselinesBehind, findLinks, type VerifiedLink, withLink } from './links.js';
import { planCells, planRound } from './matrix.js';
import { preflight } from './preflight.js';
import { receiverHere } from './receiver-here.js';
import { cellsToGo, type Earlier, measuredCells, planOf } from './resume.js';
import { Rounds } from './rounds.js';
import { subscriberProcesses } from './subscriber-processes.js';

export interface RunContext {
  /** The command that reproduces the run, seed included. */
  readonly command: string;
  /** Options as the user gave them. */
  readonly supplied: readonly string[];
  /**
   * Conditions that will be held against the cells, as given: for whoever finds only a part of the
   * run.
   */
  readonly thresholds?: readonly string[];
  /** Each setting by the long name of its flag, so that the run can be resumed. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** When the first cell meets one of these, none would fare better. */
const FATAL_CODES: readonly ErrorCode[] = [
  'LAB_ERR_PORT_IN_USE',
  'LAB_ERR_LISTEN',
  'LAB_ERR_UDP_SENDER',
];

/** For a run in a hurry. */
const SHORT_SAMPLE_MS = 100;

/**
 * Measures every cell of the matrix in turn. A cell that fails costs itself, not the others. Never
 * leaves a process behind. Whoever wants to keep what there is when this throws, has it from the
 * events.
 * @param earlier of a run that is resumed: its cells are not measured again, as far as they were to
 * the end
 * @throws LAB_ERR_NATIVE, what `preflight` throws; LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN,
 * LAB_ERR_UDP_SENDER from the first cell; what `hooks.kill` was aborted with
 */
export async function runMatrix(
  asked: RunConfig,
  context: RunContext,
  hooks: RunHooks,
  earlier?: Earlier,
): Promise<LabResult> {
  const receiver = await receiverHere(asked);
  const config = { ...asked, receiver };
  const planned = planCells(config);
  const kept = measuredCells(earlier?.fold.cells ?? [], config);
  const cells = earlier === undefined ? planned : cellsToGo(config, kept);
  const probe = await preflight(config, hooks.stop);
  const startedAt = new Date();
  const began = performance.now();
  // Before the load, which would otherwise be in the load average.
  const machine = await captureMachine();
  const stop = AbortSignal.any([hooks.stop, hooks.kill]);
  hooks.onEvent({ type: 'start', cells, estimateSeconds: estimateSeconds(config, cells) });
  const noiseFloor = config.baselines ? await measureNoiseFloor(stop) : null;
  // It mostly waits, and so do the baselines.
  const doctor = examine(machine, stop, config.baselines ? {} : { sampleMs: SHORT_SAMPLE_MS });
  // A replay without padding has no size of its own: its mean stands for it.
  const sizeOf = (sizeBytes: number): number => (sizeBytes > 0 ? sizeBytes : probe.meanValueBytes);
  const baselines = new Map<number, Baselines>();
  const baselineHooks = { ...hooks, stop };
  for (const size of new Set(config.sizesBytes.map(sizeOf))) {
    if (!baselineHooks.stop.aborted || baselines.size === 0) {
      baselines.set(
        size,
        config.baselines
          ? await measureBaselines(
              config.host,
              size,
              baselineHooks,
              config.server.kind === 'target',
            )
          : skippedBaselines(config.host, size),
      );
    }
  }
  const [first, ...others] = [...baselines.values()];
  const links = stop.aborted
    ? []
    : await findLinks(config, sizeOf(config.sizesBytes[0] ?? 0), baselineHooks);
  const session = {
    startedAt: startedAt.toISOString(),
    environment: { ...machine, doctor: await doctor },
    noise_floor_us: noiseFloor,
    baselines: first as Baselines,
    baselines_other_sizes: others,
    links: links.map(({ found }) => found),
  };
  let fold: RunFold;
  if (earlier === undefined) {
    const { settings: given, command, supplied, thresholds = [] } = context;
    const head: RunHead = {
      tool: { name: 'streampulse-lab', version: labVersion() },
      command,
      seed: config.seed,
      config: { supplied: [...supplied], effective: effectiveConfig(config, probe.reading) },
      ...session,
      cells_per_round: planRound(config, 1).length,
      thresholds: [...thresholds],
      ...(given === undefined ? {} : { plan: await planOf(config, given) }),
    };
    fold = new RunFold(head);
    hooks.onEvent({ type: 'ready', head });
  } else {
    fold = earlier.fold.copy();
    fold.resume(session, earlier.end);
    hooks.onEvent({ type: 'resume', session });
  }
  const linkOf = (plan: CellPlan): VerifiedLink | undefined =>
    plan.kind === 'local' ? links.find(({ found: { name } }) => name === plan.link) : undefined;
  const anchor = createAnchor();
  /** Of the cells handed out so far, measured now or before. */
  const results: CellResult[] = [];
  let measured = 0;
  const total = config.repeat === 'auto' ? null : planned.length;
  const rounds = new Rounds(config);
  const onRound = (event: RunEvent): void => {
    // What the rounds of earlier sessions came to was said then.
    if (measured > 0) hooks.onEvent(event);
  };
  for (const plan of rounds.cells(results, onRound)) {
    const known = kept.get(plan.id);
    if (known !== undefined) {
      results.push(known);
      continue;
    }
    hooks.kill.throwIfAborted();
    if (hooks.stop.aborted) break;
    const index = results.length;
    hooks.onEvent({ type: 'cell-start', index, total, cell: plan });
    const sizeBytes = sizeOf(plan.kind === 'local' ? plan.sizeBytes : 0);
    const processes = subscriberProcesses(config);
    const circumstances = { anchor, config, hooks, processes, receiver, pingSizeBytes: sizeBytes };
    const link = linkOf(plan);
    const record = await recordOf(plan, link, circumstances);
    const { failure } = record;
    if (measured === 0 && failure !== null && FATAL_CODES.includes(failure.code))
      throw LabError.fromJSON(failure);
    const { reliable, multicast = false } = await loadTransport(plan.transport);
    const figures = figuresOf(record, circumstances, {
      config,
      reliable,
      multicast,
      bufferFactor: process.platform === 'linux' ? 2 : 1,
      sizeBytes,
      baselines:
        link === undefined ? (baselines.get(sizeBytes) as Baselines) : baselinesBehind(link.found),
      linkTraces: link?.found.traces ?? null,
    });
    const result = config.ceiling
      ? { ...figures, ceiling: await cellCeiling(record, figures, config, hooks) }
      : figures;
    results.push(result);
    fold.add(result);
    measured += 1;
    hooks.onEvent({ type: 'cell-end', index, total, result });
  }
  hooks.kill.throwIfAborted();
  const repeat = rounds.summary;
  return fold.result({
    duration_s: fold.secondsBefore + (performance.now() - began) / 1_000,
    repeat,
    ...(repeat.outcome === 'interrupted' ? { ended: INTERRUPTED } : {}),
  });
}

const INTERRUPTED = { code: 'INTERRUPTED', message: 'the run was stopped before its end' } as const;

/** Of a cell before its link is there. */
type Circumstances = Omit<CellContext, 'link'>;

/** A record that no figures can be made of is a bug, and no reason to lose the other cells. */
function figuresOf(record: CellRecord, context: Circumstances, facts: CellFacts): CellResult {
  try {
    return cellResult(record, facts);
  } catch (error) {
    return cellResult(failedCell(record.plan, context, LabError.from(error)), facts);
  }
}

/**
 * Whatever is wrong with a cell is wrong with that cell. @throws what `hooks.kill` was aborted with
 */
async function recordOf(
  plan: CellPlan,
  verified: VerifiedLink | undefined,
  context: Circumstances,
): Promise<CellRecord> {
  try {
    if (plan.kind === 'target') return await runTargetCell(plan, { ...context, link: null });
    const { seed } = context.config;
    return await withLink(plan, verified?.spec, seed, (link) =>
      runCell(plan, { ...context, link }),
    );
  } catch (error) {
    context.hooks.kill.throwIfAborted();
    return failedCell(plan, context, LabError.from(error));
  }
}

export { preflight } from './preflight.js';
