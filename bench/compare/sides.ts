/** The sides of a comparison: which results stand on each, and what they are called. Pure. */
import { LabError } from '../../src/errors.js';
import type { LabResult } from '../result/result.js';
import { type CellRuns, cellsByKey } from './cells.js';
import type { ComparedRun, ComparedSide, CompareWarning } from './comparison.js';
import { isSameRun, type Labelled, warningsOf } from './warnings.js';

/** A result, and what the user calls it: the path. */
export interface Input {
  readonly name: string;
  readonly result: LabResult;
}

/** The results of one side, each of which is a session. */
export interface SideInput {
  readonly label: string;
  readonly sessions: readonly (Labelled & Input)[];
  /** Those of all its sessions. */
  readonly cells: ReadonlyMap<string, CellRuns>;
}

/** @throws LAB_ERR_BAD_VALUE for a session that is there twice: it would count as two */
export function sideOf(inputs: readonly Input[], index: number): SideInput {
  const label = labelOf(index);
  const sessions = inputs.map((input, i) => ({
    ...input,
    label: inputs.length === 1 ? label : `${label}${i + 1}`,
    cells: cellsByKey([input.result]),
  }));
  for (const [i, one] of sessions.entries()) {
    const twin = sessions.slice(0, i).find((other) => isSameRun(one, other));
    if (twin === undefined) continue;
    throw new LabError('LAB_ERR_BAD_VALUE', `'${one.name}' and '${twin.name}' are the same run`, {
      hint: 'a session is the sample, and counts once: give each result of a side once',
    });
  }
  return { label, sessions, cells: cellsByKey(inputs.map(({ result }) => result)) };
}

/** A … Z, then A27, A28, … */
function labelOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `A${index + 1}`;
}

/** What it is in a comparison. */
export function describedSide({ label, sessions }: SideInput): ComparedSide {
  return { label, sessions: sessions.map(describedRun) };
}

function describedRun({ label, name, result }: Labelled & Input): ComparedRun {
  return {
    label,
    name,
    started_at: result.startedAt,
    version: result.tool.version,
    git: result.environment.git,
    command: result.command,
  };
}

/** Every session but the first is held against that; of each kind of warning the first is told. */
export function warningsBetween(reference: SideInput, candidate: SideInput): CompareWarning[] {
  const [first, ...others] = [...reference.sessions, ...candidate.sessions];
  const all = others.flatMap((other) => warningsOf(first!, other));
  const byCode = new Map<string, CompareWarning[]>();
  for (const one of all) byCode.set(one.code, [...(byCode.get(one.code) ?? []), one]);
  return [...byCode.values()].map(([told, ...more]) => ({
    ...told!,
    message:
      more.length === 0
        ? told!.message
        : `${told!.message}; and so in ${more.length} more of the sessions`,
  }));
}
