/** What may be wrong with a cell only because its server is not ours. Pure. */

import type { ServerRecord, TargetFacts } from '../cell-record.js';
import type { CellResult, VerdictReason } from '../result/result.js';
import type { TargetServer } from '../result/server.js';
import { duration, invalid, suspect } from './reason.js';

/** A doubt about the clocks below this is none about the latencies of a network. */
const CLOCK_FLOOR_MICROS = 1_000;

interface TargetEvidence {
  readonly cell: Omit<CellResult, 'verdict'>;
  /** As the cell has it. */
  readonly server: TargetServer;
  readonly facts: TargetFacts;
}

const RULES: readonly ((evidence: TargetEvidence) => VerdictReason | undefined)[] = [
  ({ facts: { behind } }) =>
    !behind
      ? undefined
      : invalid(
          'TARGET_BEHIND',
          'messages of the window were still coming when the deadline passed: how many more there were is not known',
          'the server or its subscribers are overloaded: lower --clients, or raise --tmax',
        ),
  ({ facts: { silentMicros } }) =>
    silentMicros === 0
      ? undefined
      : suspect(
          'TARGET_SILENT',
          `nothing was published in the last ${duration(silentMicros)} of the window, nor until the deadline: the feed ended, or the server stands still`,
          'look at the server: what it owed in that time nobody can tell, and no latency shows it',
        ),
  ({ server: { same_machine, common_clock, clock_offset_us: offset } }) => {
    if (!same_machine || common_clock) return undefined;
    const { min, max } = offset;
    if (min === null && max === null) return undefined;
    return suspect(
      'CLOCK_DISAGREES',
      `the server is on this machine and its clock still differs from ours: it is ${offsetText(min, max)}`,
      'latencies are left out: start the server again, and do not set the clock of the machine while it runs',
    );
  },
  ({ cell: { latency_us: latency }, server: { common_clock, clock_offset_us: offset } }) => {
    if (!common_clock || latency.count === 0) return undefined;
    const doubt = offset.max;
    if (doubt !== null && doubt <= Math.max(CLOCK_FLOOR_MICROS, latency.p50 ?? 0)) return undefined;
    return suspect(
      'CLOCK_UNVERIFIED',
      `nothing proves the clock of the server to agree with ours ${doubt === null ? 'at all' : `to better than ${duration(doubt)}`}: by so much the latencies may be too small`,
      'a quicker feed shows it better; a restart of the server reads its clock again',
    );
  },
];

/** Of a cell whose server is not ours; of another there is nothing to say. */
export function targetReasons(
  cell: Omit<CellResult, 'verdict'>,
  record: ServerRecord,
): readonly VerdictReason[] {
  const { server } = cell;
  if (server.kind === 'local' || record.kind === 'local') return [];
  return RULES.flatMap((rule) => rule({ cell, server, facts: record }) ?? []);
}

/** `0.20 ms to 0.45 ms ahead of ours`. */
function offsetText(min: number | null, max: number | null): string {
  if (min === null) return `at most ${duration(max ?? 0)} ahead of ours`;
  if (max === null) return `at least ${duration(min)} ahead of ours`;
  return `${duration(min)} to ${duration(max)} ahead of ours`;
}
