/**
 * What may stand in a configuration file: the flags of `lab run` by their long names, and the
 * structure around them.
 */
import { z } from 'zod';
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { parseThreshold, type Threshold } from '../../bench/verdict/threshold.js';
import { mergedParts } from '../args/option-flags.js';
import { runFlags } from '../args/run-config.js';
import type { ConfigDocument, Path } from './document.js';
import {
  KINDS,
  located,
  MAP,
  readSetting,
  refuseKey,
  says,
  settingsOf,
  shapeOf,
  type Value,
  type Values,
} from './flag-settings.js';

/** What a file, or a scenario in it, sets. */
export interface Settings {
  readonly part: Partial<RunConfig>;
  /** Undefined when it says nothing about thresholds. */
  readonly thresholds: readonly Threshold[] | undefined;
}

const SETTINGS = settingsOf(runFlags());

const THRESHOLD = 'threshold';
const SCENARIOS = 'scenarios';
const DESCRIPTION = 'description';
/** Of `lab serve`, in the same file. */
const SERVE = 'serve';

const settings: Record<string, z.ZodType<Value | undefined>> = {
  ...shapeOf(SETTINGS),
  [THRESHOLD]: KINDS.list.optional(),
};
const scenario = z.strictObject(
  { ...settings, [DESCRIPTION]: z.string({ error: says('must be a text') }).optional() },
  MAP,
);
const file = z.strictObject(
  {
    ...settings,
    [SCENARIOS]: z.record(z.string().regex(/^[A-Za-z0-9][\w-]*$/), scenario, MAP).optional(),
    [SERVE]: z.unknown().optional(),
  },
  MAP,
);

/** A whole file, checked down to the last value of the last scenario. */
export interface ConfigFile {
  readonly top: Settings;
  readonly scenarios: ReadonlyMap<string, Settings>;
}

/** @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_*: with file, line, column and path */
export function readConfig(document: ConfigDocument): ConfigFile {
  const checked = file.safeParse(document.data);
  if (!checked.success) return refuse(document, checked.error.issues[0]!);
  const { [SCENARIOS]: scenarios = {}, [SERVE]: serve, ...top } = checked.data;
  if (serve !== undefined && Object.keys(checked.data).length === 1) {
    const hint = 'start the server with lab serve --config, or add settings of lab run';
    return document.fail([], 'is for lab serve: there is nothing for lab run in it', hint);
  }
  return {
    top: readSettings(document, [], top as Values),
    scenarios: new Map(
      Object.entries(scenarios).map(([name, { [DESCRIPTION]: _, ...values }]) => [
        name,
        readSettings(document, [SCENARIOS, name], values as Values),
      ]),
    ),
  };
}

function readSettings(document: ConfigDocument, at: Path, values: Values): Settings {
  const parts: Partial<RunConfig>[] = [];
  let thresholds: Threshold[] | undefined;
  for (const [name, value] of Object.entries(values)) {
    const path = [...at, name];
    if (name === THRESHOLD) {
      thresholds = (value as readonly string[]).map((text, i) =>
        located(document, [...path, i], () => parseThreshold('--threshold', text)),
      );
    } else {
      parts.push(readSetting(document, path, SETTINGS.get(name)!, value, DEFAULT_CONFIG));
    }
  }
  return { part: mergedParts(parts), thresholds };
}

function refuse(document: ConfigDocument, issue: z.core.$ZodIssue): never {
  if (issue.code === 'unrecognized_keys') {
    const own = issue.path.length === 0 ? SCENARIOS : DESCRIPTION;
    return refuseKey(document, issue, [...SETTINGS.keys(), THRESHOLD, own], 'lab run');
  }
  if (issue.code === 'invalid_key') {
    const hint = 'use letters, digits, - and _';
    return document.failAtKey(issue.path, 'is not a name for a scenario', hint);
  }
  return document.fail(issue.path, issue.message);
}
