/**
 * Going on with a run that ended before its end: what is missing, and whether this is its place.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import os from 'node:os';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import { LabError } from '../../src/errors.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { labVersion } from '../../src/version.js';
import type { CellPlan, RunConfig } from '../config.js';
import { captureMachine } from '../probe/environment.js';
import type { RunEnd, RunHead } from '../result/cells-file.js';
import type { CellResult } from '../result/result.js';
import type { RunFold } from '../result/run-fold.js';
import { specsOf, tracesOf } from './links.js';
import { fewestRuns, planCells, planRound } from './matrix.js';
import { Rounds } from './rounds.js';

/** A run until now. */
export interface Earlier {
  readonly fold: RunFold;
  readonly end: RunEnd;
}

type Plan = NonNullable<RunHead['plan']>;

/**
 * What a run records so that it can be resumed. @throws LAB_ERR_SOURCE_UNREADABLE
 * @param settings each setting by the long name of its flag
 */
export async function planOf(config: RunConfig, settings: Plan['settings']): Promise<Plan> {
  return {
    settings,
    host_sha256: createHash('sha256').update(os.hostname()).digest('hex'),
    source_sha256: config.server.kind === 'local' ? await sourceDigest(config.source) : null,
  };
}

async function sourceDigest(source: string): Promise<string | null> {
  const { name, argument } = parseSourceSpec(source);
  if (name !== 'replay') return null;
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(argument), hash);
  } catch (error) {
    const { message } = LabError.from(error);
    throw new LabError('LAB_ERR_SOURCE_UNREADABLE', `source '${source}': ${message}`, {
      option: 'source',
      value: source,
      cause: error,
    });
  }
  return hash.digest('hex');
}

/**
 * Whether a cell has all that was to be measured of it. One that was stopped or failed on the way,
 * or whose ceiling is still owed, has not; a verdict of INVALID is a finding, and stays.
 */
export function isMeasured({ incomplete, ceiling }: CellResult, config: RunConfig): boolean {
  return !incomplete && !(config.ceiling && ceiling.reason === 'interrupted');
}

/** The cells that need not be measured again, by id. */
export function measuredCells(
  cells: readonly CellResult[],
  config: RunConfig,
): Map<string, CellResult> {
  return new Map(cells.filter((cell) => isMeasured(cell, config)).map((cell) => [cell.id, cell]));
}

/**
 * The cells that are certain to be measured still, in their order; none = the run is complete.
 * `auto` may add rounds to them.
 */
export function cellsToGo(config: RunConfig, kept: ReadonlyMap<string, CellResult>): CellPlan[] {
  const results: CellResult[] = [];
  const rounds = new Rounds(config);
  for (const { id, run } of rounds.cells(results, () => {})) {
    const cell = kept.get(id);
    if (cell === undefined) {
      const round = run > fewestRuns(config) ? planRound(config, run) : [];
      return [...planCells(config), ...round].filter((plan) => !kept.has(plan.id));
    }
    results.push(cell);
  }
  return [];
}

/** How a run ended of which every cell is measured. @param elapsed seconds that it took */
export function endOfComplete(
  config: RunConfig,
  kept: ReadonlyMap<string, CellResult>,
  elapsed: number,
): RunEnd {
  const results: CellResult[] = [];
  const rounds = new Rounds(config);
  for (const { id } of rounds.cells(results, () => {})) {
    const cell = kept.get(id);
    if (cell === undefined) break;
    results.push(cell);
  }
  return { duration_s: elapsed, repeat: rounds.summary };
}

/**
 * One table must not mix two machines, two labs, two feeds or two traces of a link.
 * @throws LAB_ERR_RESUME that names the first thing that differs, LAB_ERR_SOURCE_UNREADABLE,
 * LAB_ERR_LINK_TRACE
 */
export async function checkSamePlace(head: RunHead, config: RunConfig): Promise<void> {
  const { environment: then } = head;
  const machine = await captureMachine();
  const differing = [
    ['the lab', head.tool.version, labVersion()],
    ['the commit of the lab', then.git, machine.git],
    ['Node', then.node, machine.node],
    ['the kernel', then.kernel, machine.kernel],
    ['the architecture', then.arch, machine.arch],
    ['the CPU', then.cpu, machine.cpu],
    ['the number of cores', then.cores, machine.cores],
    ['the CPU frequency governor', then.governor, machine.governor],
    ...Object.keys({ ...then.sysctls, ...machine.sysctls }).map((name) => [
      `the kernel setting ${name}`,
      then.sysctls[name] ?? null,
      machine.sysctls[name] ?? null,
    ]),
  ].find(([, before, now]) => before !== now);
  if (differing !== undefined) {
    const [what, before, now] = differing;
    throw refusal(`${what} was ${before ?? 'not known'}, and is ${now ?? 'not known'} here`);
  }
  const plan = await planOf(config, {});
  if (head.plan?.host_sha256 !== plan.host_sha256)
    throw refusal('it was begun on a machine of another name');
  if (head.plan.source_sha256 !== plan.source_sha256)
    throw refusal('the recording that it replays is not what it was');
  checkSameTraces(head, config);
}

/** @throws LAB_ERR_RESUME, LAB_ERR_LINK_TRACE */
export function checkSameTraces({ links }: Pick<RunHead, 'links'>, config: RunConfig): void {
  const now = new Map(specsOf(config).map((spec) => [spec.name, tracesOf(spec)]));
  const differing = links.find(
    ({ name, traces }) => !isDeepStrictEqual(traces, now.get(name) ?? null),
  );
  if (differing !== undefined)
    throw refusal(`the trace of the link ${differing.name} is not what it was`);
}

function refusal(why: string): LabError {
  return new LabError('LAB_ERR_RESUME', `this run cannot be resumed: ${why}`, {
    hint: 'cells of one run are compared: resume it where it was begun, or run its command again',
  });
}
