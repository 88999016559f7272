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
  ({ server }) => {
    const { same_machine, common_clock, clock_correction_us: correction } = server;
    const { min, max } = server.clock_offset_us;
    if (!same_machine || common_clock || (min === null && max === null)) return undefined;
    const taken =
      correction === null
        ? 'latencies are left out'
        : `latencies are corrected by it, to ${duration(server.latency_error_us ?? 0)}`;
    return suspect(
      'CLOCK_DISAGREES',
      `the server is on this machine and its clock still differs from ours: it is ${offsetText(min, max)}`,
      `${taken}: start the server again, and do not set the clock of the machine while it runs`,
    );
  },
  ({ cell: { latency_us: latency }, server }) => {
    if (server.clock_correction_us === null || latency.count === 0) return undefined;
    const doubt = doubtOf(server, latency.p50 ?? 0);
    if (doubt === undefined) return undefined;
    return suspect(
      'CLOCK_UNVERIFIED',
      server.common_clock
        ? `nothing proves the clock of the server to agree with ours ${doubt.micros === null ? 'at all' : `to better than ${duration(doubt.micros)}`}: by so much the latencies may be too ${doubt.towards}`
        : `the difference of the clocks is known to ±${duration(doubt.micros ?? 0)} only, and the latencies are no better`,
      'a quicker feed shows it better, and so does a server that tells its clock when it is joined; a restart of the server reads its clock again',
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

interface Doubt {
  /** Null: without a bound. */
  readonly micros: number | null;
  readonly towards: 'small' | 'large';
}

/**
 * Of clocks that seem to be one, that latencies may be too small, by more than they are, or too
 * large, by the better part of what they are; of others, that their difference is not known as
 * well.
 */
function doubtOf(server: TargetServer, p50: number): Doubt | undefined {
  const { min, max } = server.clock_offset_us;
  const small: Doubt = {
    micros: server.common_clock ? max : server.latency_error_us,
    towards: 'small',
  };
  if (small.micros === null || small.micros > Math.max(CLOCK_FLOOR_MICROS, p50)) return small;
  if (!server.common_clock || min === null) return undefined;
  return -min > Math.max(CLOCK_FLOOR_MICROS, p50 / 2)
    ? { micros: -min, towards: 'large' }
    : undefined;
}

/** `0.20 ms to 0.45 ms ahead of ours`. */
function offsetText(min: number | null, max: number | null): string {
  if (min !== null && max !== null && max < 0)
    return `${duration(-max)} to ${duration(-min)} behind ours`;
  if (min === null) return `at most ${duration(max ?? 0)} ahead of ours`;
  if (max === null) return `at least ${duration(min)} ahead of ours`;
  return `${duration(min)} to ${duration(max)} ahead of ours`;
}
