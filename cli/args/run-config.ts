import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { injectionText } from '../../bench/workload/injection.js';
import { durationText } from '../../src/options/value-text.js';
import { badValue } from '../../src/options/values.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { effective, isEffective, noEffect } from './effect.js';
import { needsLongWarmup, withLongWarmup } from './length/long-warmup.js';
import { withShortRuns, wouldBeShort } from './length/short-runs.js';
import { mergedParts } from './option-flags.js';
import { RUN_EFFECTS } from './run-effects.js';
import { longName, type RunFlag } from './run-flag.js';
import { FLAGS, MAX_PORT } from './run-flags.js';
import { RECORDED, refuseAlike, settingsOfStacks } from './run-values.js';
import { settingsOfServer } from './target-flags.js';

/** False for a flag, by its long name, that this configuration makes no use of and would refuse. */
export function hasEffect(name: string, config: RunConfig): boolean {
  return isEffective(RUN_EFFECTS, name, config);
}

/**
 * The flags of the configuration in the order of the help, each with the value that holds without
 * it.
 */
export function runFlags(): (RunFlag & { readonly fallback: string | null })[] {
  return FLAGS.map((flag) => ({ ...flag, fallback: flag.show(DEFAULT_CONFIG) }));
}

/**
 * Recorded values stay as they are unless a size is asked for: nobody replays real data to have it
 * padded.
 */
function defaultsFor(source: string): RunConfig {
  return parseSourceSpec(source).name === 'replay'
    ? { ...DEFAULT_CONFIG, sizesBytes: [0] }
    : DEFAULT_CONFIG;
}

/**
 * The configuration of a command: as `runConfig`; of a run whose length nobody says, several short
 * ones are made, and where nobody says how long it warms up, many deliveries make that longer.
 * @throws as `runConfig`
 */
export function commandConfig(
  flags: readonly Partial<RunConfig>[],
  presets: readonly Partial<RunConfig>[] = [],
): RunConfig {
  const config = runConfig(flags, presets);
  const given = mergedParts<RunConfig>([...presets, ...flags]);
  const short = withShortRuns(config, given);
  return short === config && given.warmupMs === undefined ? withLongWarmup(config) : short;
}

/**
 * The configuration that flags of the command line, presets and the defaults make together, in this
 * order of rank; later parts override earlier ones.
 * @throws LAB_ERR_BAD_VALUE when they contradict each other, LAB_ERR_NO_EFFECT
 */
export function runConfig(
  flags: readonly Partial<RunConfig>[],
  presets: readonly Partial<RunConfig>[] = [],
): RunConfig {
  // Two flags say it, and only one of them can be heard.
  if (flags.filter(({ receiver }) => receiver !== undefined).length > 1) {
    const otherwise = 'leave --virtual-clients out';
    throw noEffect('--receiver', { beside: '--virtual-clients', otherwise });
  }
  const config = effective(RUN_EFFECTS, presets, flags, complete);
  const { server } = config;
  if (
    config.ratesPerSecond === null &&
    server.kind === 'local' &&
    parseSourceSpec(config.source).name !== 'replay'
  ) {
    throw badValue(
      '-r/--rate',
      RECORDED,
      `needs a recording, and the source is '${config.source}'`,
      'add --source replay:FILE',
    );
  }
  if (config.inject !== null && config.inject.delayMs >= config.tmaxMs) {
    throw badValue(
      '--inject',
      injectionText(config.inject),
      `is not below --tmax, ${durationText(config.tmaxMs)}: the end of the feed would count as lost`,
      'inject a shorter delay, or raise --tmax',
    );
  }
  refuseAlike(config);
  const fewest = Math.min(...config.clients);
  if (config.shards > fewest) {
    throw badValue(
      '--shards',
      String(config.shards),
      `is more than --clients ${fewest}: a server process would have nobody to serve`,
      'lower --shards, or raise --clients',
    );
  }
  if (config.port > 0 && config.port + config.shards - 1 > MAX_PORT) {
    throw badValue(
      '--shards',
      String(config.shards),
      `leaves no port for the last of them: each has its own, from --port ${config.port} on`,
      'lower --port, or leave it at 0: any free ones',
    );
  }
  return config;
}

function complete(given: Partial<RunConfig>): RunConfig {
  const { source = DEFAULT_CONFIG.source, server = DEFAULT_CONFIG.server, stacks = null } = given;
  const parts = [defaultsFor(source), given, settingsOfStacks(stacks), settingsOfServer(server)];
  return mergedParts<RunConfig>(parts) as RunConfig;
}

/** Every setting, of effect or not, by the long name of its flag: what `configOf` reads back. */
export function settingsOf(config: RunConfig): Record<string, string> {
  const texts = FLAGS.map((flag) => [longName(flag), flag.show(config)] as const);
  return Object.fromEntries(texts.filter(([, text]) => text !== null)) as Record<string, string>;
}

/**
 * The configuration that has these settings, and those without a text for the others.
 * @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_*
 */
export function configOf(settings: Readonly<Record<string, string>>): RunConfig {
  const parts = FLAGS.flatMap((flag) => {
    const name = longName(flag);
    const text = settings[name];
    return text === undefined ? [] : [flag.parse(text, name)];
  });
  const config = mergedParts<RunConfig>([DEFAULT_CONFIG, ...parts]) as RunConfig;
  const { server, stacks } = config;
  const derived = [settingsOfStacks(stacks), settingsOfServer(server)];
  return mergedParts<RunConfig>([config, ...derived]) as RunConfig;
}

/**
 * The command that reproduces a configuration: what differs from the defaults, always the seed, and
 * the number of runs where the lab would choose another.
 */
export function reproduction(config: RunConfig): string {
  const words = ['lab', 'run'];
  const defaults = defaultsFor(config.source);
  const always = [
    '--seed',
    ...(wouldBeShort(config) ? ['--repeat'] : []),
    ...(needsLongWarmup(config) ? ['--warmup'] : []),
  ];
  for (const flag of FLAGS) {
    const value = flag.show(config);
    const name = longName(flag);
    if (value === null || !hasEffect(name, config)) continue;
    if (value !== flag.show(defaults) || always.includes(name))
      words.push(name, ...(value === '' ? [] : [shellWord(value)]));
  }
  return words.join(' ');
}

/** One word of a POSIX shell, quoted only where that is needed. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
