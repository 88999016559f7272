/** What may stand in a configuration file: the flags of `lab run` by their long names, and the structure around them. */
import { z } from 'zod';
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/plan.js';
import { parseThreshold, type Threshold } from '../../../bench/threshold.js';
import { LabError } from '../../errors.js';
import { longName, runFlags } from '../run-config.js';
import { nearest } from '../suggest.js';
import type { ConfigDocument, Path } from './document.js';

/** A setting of the run and the flag that it stands for. */
interface Setting {
  readonly kind: 'switch' | 'value' | 'list';
  readonly parse: (text: string, flag: string) => Partial<RunConfig>;
}

/** Values as the flags take them; a list may be a comma list too. */
type Value = string | boolean | readonly string[];
type Values = Readonly<Record<string, Value>>;

/** What a file, or a scenario in it, sets. */
export interface Settings {
  readonly part: Partial<RunConfig>;
  /** Undefined when it says nothing about thresholds. */
  readonly thresholds: readonly Threshold[] | undefined;
}

const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  runFlags().map((flag): [string, Setting] => {
    const kind = flag.flags.endsWith('<list>') ? 'list' : flag.flags.includes('<') ? 'value' : 'switch';
    return [longName(flag).slice('--'.length), { kind, parse: flag.parse }];
  }),
);

const THRESHOLD = 'threshold';
const SCENARIOS = 'scenarios';
const DESCRIPTION = 'description';

const KINDS = {
  switch: z.boolean({ error: says('must be true or false') }),
  value: z.string({ error: says('must be a number or a text') }),
  list: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(z.string({ error: says('must be a number, a text or a list of them') })).min(1, 'is empty'),
  ),
} as const satisfies Record<Setting['kind'], z.ZodType>;

const settings: Record<string, z.ZodType<Value | undefined>> = {
  ...Object.fromEntries([...SETTINGS].map(([name, { kind }]) => [name, KINDS[kind].optional()])),
  [THRESHOLD]: KINDS.list.optional(),
};
const MAP = { error: says('must be a map: key: value, one a line') };
const scenario = z.strictObject(
  { ...settings, [DESCRIPTION]: z.string({ error: says('must be a text') }).optional() },
  MAP,
);
const file = z.strictObject(
  { ...settings, [SCENARIOS]: z.record(z.string().regex(/^[A-Za-z0-9][\w-]*$/), scenario, MAP).optional() },
  MAP,
);

function says(
  problem: string,
): (issue: { readonly code?: string; readonly input?: unknown }) => string | undefined {
  return ({ code, input }) =>
    code === 'unrecognized_keys' ? undefined : input === null ? 'has no value' : problem;
}

/** A whole file, checked down to the last value of the last scenario. */
export interface ConfigFile {
  readonly top: Settings;
  readonly scenarios: ReadonlyMap<string, Settings>;
}

/** @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_*: with file, line, column and path */
export function readConfig(document: ConfigDocument): ConfigFile {
  const checked = file.safeParse(document.data);
  if (!checked.success) return refuse(document, checked.error.issues[0]!);
  const { [SCENARIOS]: scenarios = {}, ...top } = checked.data;
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
      parts.push(readSetting(document, path, SETTINGS.get(name)!, value));
    }
  }
  return { part: Object.assign({}, ...parts), thresholds };
}

function readSetting(
  document: ConfigDocument,
  path: Path,
  { parse }: Setting,
  value: Value,
): Partial<RunConfig> {
  const read = (at: Path, text: string): Partial<RunConfig> =>
    located(document, at, (label) => parse(text, label));
  if (typeof value === 'string') return read(path, value);
  if (typeof value === 'boolean') return value ? read(path, '') : withDefaults(read(path, ''));
  // Each by itself first: its own place says more than that of the list.
  if (value.length > 1) for (const [i, item] of value.entries()) read([...path, i], item);
  return read(path, value.join(','));
}

/** A switch that is off: as it is without the flag. */
function withDefaults(part: Partial<RunConfig>): Partial<RunConfig> {
  return Object.fromEntries(Object.keys(part).map((key) => [key, DEFAULT_CONFIG[key as keyof RunConfig]]));
}

/** Runs a flag's own parser, and has its error begin with the place. */
function located<T>(document: ConfigDocument, path: Path, parse: (label: string) => T): T {
  const label = document.label(path);
  try {
    return parse(label);
  } catch (error) {
    if (!(error instanceof LabError) || error.message.startsWith(label)) throw error;
    const options = error.hint === undefined ? {} : { hint: error.hint };
    throw new LabError(error.code, `${label}: ${error.message}`, options);
  }
}

function refuse(document: ConfigDocument, issue: z.core.$ZodIssue): never {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = [...SETTINGS.keys(), THRESHOLD, ...(issue.path.length === 0 ? [SCENARIOS] : [DESCRIPTION])];
    const guess = nearest(key.replace(/^-+/, ''), known);
    const hint = guess === undefined ? `keys: ${known.join(', ')}` : `did you mean ${guess}?`;
    return document.failAtKey([...issue.path, key], 'is no setting of lab run', hint);
  }
  if (issue.code === 'invalid_key') {
    const hint = 'use letters, digits, - and _';
    return document.failAtKey(issue.path, 'is no name for a scenario', hint);
  }
  return document.fail(issue.path, issue.message);
}
