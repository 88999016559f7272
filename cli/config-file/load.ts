/**
 * Which settings a run begins with: those of a file, those of one of its scenarios, or of a shipped
 * one.
 */
import { fileURLToPath } from 'node:url';
import type { RunConfig } from '../../bench/config.js';
import type { Threshold } from '../../bench/verdict/threshold.js';
import { LabError } from '../../src/errors.js';
import { badValue, parseName, quoted } from '../../src/options/values.js';
import { readBounded } from '../files/read-bounded.js';
import { type ConfigDocument, parseConfig } from './document.js';
import { type ConfigFile, readConfig } from './settings.js';

/** A thousand lines and more. What the parser makes of a file grows with it. */
const MAX_BYTES = 64 * 1024;

/** What comes between the defaults and the flags. */
export interface Preset {
  /** Later ones override earlier ones. */
  readonly parts: readonly Partial<RunConfig>[];
  readonly thresholds: readonly Threshold[];
}

/**
 * @param path of `--config`; undefined = the shipped scenarios
 * @param scenario of `--scenario`
 * @throws LAB_ERR_BAD_VALUE, LAB_ERR_USAGE, LAB_ERR_UNKNOWN_*
 */
export async function loadPreset(
  path: string | undefined,
  scenario: string | undefined,
): Promise<Preset> {
  if (path === undefined && scenario === undefined) return { parts: [], thresholds: [] };
  const file = readConfig(await readDocument(path ?? shippedScenarios()));
  return choose(file, path, scenario);
}

/** Reads the file that `--config` names. @throws LAB_ERR_BAD_VALUE */
export async function readDocument(path: string): Promise<ConfigDocument> {
  let text: string;
  try {
    text = await readBounded(path, MAX_BYTES);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError('LAB_ERR_BAD_VALUE', `--config ${quoted(path)} cannot be read: ${why}`, {
      hint: 'name a YAML or JSON file: lab run --print-config > lab.yaml makes one',
      cause: error,
    });
  }
  return parseConfig(path, text);
}

function choose(file: ConfigFile, path: string | undefined, scenario: string | undefined): Preset {
  const { top, scenarios } = file;
  const names = [...scenarios.keys()];
  if (scenario === undefined) {
    const empty = Object.keys(top.part).length === 0 && top.thresholds === undefined;
    if (empty && names.length > 0) {
      throw new LabError(
        'LAB_ERR_USAGE',
        `--config ${quoted(path ?? '')} holds scenarios and nothing else`,
        {
          hint: `choose one with --scenario: ${names.join(', ')}`,
        },
      );
    }
    return { parts: [top.part], thresholds: top.thresholds ?? [] };
  }
  if (scenario.includes(',')) {
    throw badValue('--scenario', scenario, 'names several', 'a run has one: run lab once for each');
  }
  if (names.length === 0) {
    const hint = 'leave --config out for the shipped scenarios: lab help run';
    throw badValue(
      '--scenario',
      scenario,
      `is not in ${quoted(path ?? '')}, which has no scenarios`,
      hint,
    );
  }
  const chosen = scenarios.get(parseName('--scenario', scenario, names, 'LAB_ERR_BAD_VALUE'))!;
  return {
    parts: [beneath(top.part, chosen.part), chosen.part],
    thresholds: chosen.thresholds ?? top.thresholds ?? [],
  };
}

/** What a file says without what its scenario says in another way: transports in place of stacks. */
function beneath(top: Partial<RunConfig>, scenario: Partial<RunConfig>): Partial<RunConfig> {
  if (scenario.transports === undefined || scenario.stacks !== undefined) return top;
  const { stacks: _, ...others } = top;
  return others;
}

/** In the package's root, one level above the source and two above the build. */
function shippedScenarios(): string {
  const root = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(`${root}examples/scenarios.yaml`, import.meta.url));
}
