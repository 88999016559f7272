/** The instrument measures itself: known faults are injected, and it must find each one. */
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import type { SelftestCheck } from './check.js';
import { FAULT_INJECTIONS, type ScenarioName } from './fault-injection.js';
import { measureNoiseFloor, type NoiseFloor } from './noise-floor.js';
import { SCENARIOS } from './scenarios.js';

export interface SelftestResult {
  readonly schema: 'lab-selftest/v1';
  readonly tool: { readonly name: string; readonly version: string };
  readonly seed: number;
  /** The deliberate fault of the instrument, in words; null for the instrument as it is. */
  readonly broken: string | null;
  readonly passed: boolean;
  readonly checks: readonly SelftestCheck[];
  /** Latency of a path without delay, on the real clock; null when it could not be measured. */
  readonly noise_floor_us: NoiseFloor;
}

export interface SelftestOptions {
  readonly seed: number;
  /** Break the instrument for the scenario of this name: it must then fail. */
  readonly break?: string;
}

/**
 * Measures the noise floor on the real clock, then runs every scenario in virtual time.
 * @throws LAB_ERR_BAD_VALUE for a `break` that is none
 */
export async function runSelftest(options: SelftestOptions): Promise<SelftestResult> {
  const { seed } = options;
  const broken = options.break === undefined ? null : faultInjectionOf(options.break);
  // First, while there is little in memory to clean up.
  const noiseFloor = await measureNoiseFloor();
  const checks: SelftestCheck[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    checks.push(...(await scenario(seed, name === options.break ? (broken ?? {}) : {})));
  }
  return {
    schema: 'lab-selftest/v1',
    tool: { name: 'streampulse-lab', version: labVersion() },
    seed,
    broken: broken?.about ?? null,
    passed: checks.every(({ passed }) => passed),
    checks,
    noise_floor_us: noiseFloor,
  };
}

/** What can be broken: the names of the scenarios. */
export function breakNames(): string[] {
  return Object.keys(FAULT_INJECTIONS);
}

function faultInjectionOf(name: string): (typeof FAULT_INJECTIONS)[ScenarioName] {
  if (Object.hasOwn(FAULT_INJECTIONS, name)) return FAULT_INJECTIONS[name as ScenarioName];
  throw new LabError('LAB_ERR_BAD_VALUE', `break '${name}' is not known`, {
    option: 'break',
    value: name,
    hint: `choose one of: ${breakNames().join(', ')}`,
  });
}
