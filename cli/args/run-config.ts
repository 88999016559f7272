import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { injectionText } from '../../bench/workload/injection.js';
import { durationText } from '../../src/options/value-text.js';
import { badValue, noEffect } from '../../src/options/values.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { isApplicable, refuseInapplicable, refuseServerFlags } from './applicable.js';
import { mergedParts } from './option-flags.js';
import { longName, type RunFlag } from './run-flag.js';
import { FLAGS, MAX_PORT } from './run-flags.js';
import { AUTO, RECORDED } from './run-values.js';
import { withShortRuns, wouldBeShort } from './short-runs.js';
import { settingsOfServer } from './target-flags.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What only `--repeat auto` heeds. */
const AUTO_FLAGS = [
  ['--ci', 'ciTarget'],
  ['--ci-metric', 'ciMetric'],
  ['--max-repeat', 'maxRepeat'],
] as const;

function flagText(name: string, config: RunConfig): string {
  return FLAGS.find((flag) => longName(flag) === name)!.show(config) ?? '';
}

/** False for a flag, by its long name, that this configuration makes no use of and would refuse. */
export function hasEffect(name: string, config: RunConfig): boolean {
  if (!isApplicable(name, config)) return false;
  return config.repeat === AUTO || AUTO_FLAGS.every(([one]) => one !== name);
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
 * The configuration that presets, flags of the command line, and the defaults make together; later
 * parts override earlier ones. Of a run whose length nobody says, several short ones are made.
 * @throws LAB_ERR_BAD_VALUE when they contradict each other, LAB_ERR_NO_EFFECT
 */
export function commandConfig(
  presets: readonly Partial<RunConfig>[],
  flags: readonly Partial<RunConfig>[],
): RunConfig {
  const config = runConfig([...presets, ...flags]);
  refuseInapplicable(mergedParts(flags), config);
  return withShortRuns(config, mergedParts([...presets, ...flags]));
}

/**
 * The configuration that the given parts and the defaults make together.
 * @throws LAB_ERR_BAD_VALUE when parts contradict each other, LAB_ERR_NO_EFFECT
 */
export function runConfig(parts: readonly Partial<RunConfig>[]): RunConfig {
  const given: Writable<Partial<RunConfig>> = mergedParts<RunConfig>(parts);
  // A fixed number of runs overrides a file that says `auto`, and with it all that goes with that.
  const fixedBy = parts.findLastIndex(({ repeat }) => repeat !== undefined);
  for (const [, key] of AUTO_FLAGS) {
    const lastBy = parts.findLastIndex((part) => part[key] !== undefined);
    if (given.repeat !== AUTO && lastBy < fixedBy && parts[lastBy]?.repeat === AUTO)
      delete given[key];
  }
  const { server = DEFAULT_CONFIG.server } = given;
  if (server.kind === 'target') refuseServerFlags(given);
  const config = mergedParts<RunConfig>([
    defaultsFor(given.source ?? DEFAULT_CONFIG.source),
    given,
    settingsOfServer(server),
  ]) as RunConfig;
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
  if (config.ratesPerSecond !== null && config.speed !== null) {
    throw noEffect(
      '--speed',
      String(config.speed),
      'has no effect on a fixed rate',
      'add --rate recorded, or leave --speed out',
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
  if (config.repeat !== AUTO) {
    const idle = AUTO_FLAGS.find(([, key]) => given[key] !== undefined);
    if (idle !== undefined) {
      throw noEffect(
        idle[0],
        flagText(idle[0], config),
        'has no effect on a fixed number of runs',
        'add --repeat auto, or leave it out',
      );
    }
  }
  return config;
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
  return mergedParts<RunConfig>([config, settingsOfServer(config.server)]) as RunConfig;
}

/**
 * The command that reproduces a configuration: what differs from the defaults, always the seed, and
 * the number of runs where the lab would choose another.
 */
export function reproduction(config: RunConfig): string {
  const words = ['lab', 'run'];
  const defaults = defaultsFor(config.source);
  const always = ['--seed', ...(wouldBeShort(config) ? ['--repeat'] : [])];
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
