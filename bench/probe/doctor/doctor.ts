/**
 * What spoils a benchmark on this machine: a verdict for each suspect, and the command that fixes
 * it.
 */

import type { DoctorCheck } from '../../result/result.js';
import { captureMachine, type Machine } from '../environment.js';
import { evaluate } from './checks.js';
import { type DoctorProbe, takeReadings } from './readings.js';

/** Examines this machine; takes about a second. Never throws. */
export async function runDoctor(): Promise<DoctorCheck[]> {
  return await examine(await captureMachine(), new AbortController().signal);
}

/**
 * The same for a machine that is captured already. Aborting `signal` cuts it short: what was not
 * read by then is `unknown`.
 */
export async function examine(
  machine: Machine,
  signal: AbortSignal,
  overrides: Partial<DoctorProbe> = {},
): Promise<DoctorCheck[]> {
  return evaluate(await takeReadings(machine, signal, overrides));
}
