/**
 * Flags of `lab run` that only some transports, sources or servers take: given where none of the
 * run does, they are refused. Pure.
 */
import type { RunConfig } from '../../bench/config.js';
import { LabError } from '../../src/errors.js';
import { noEffect } from '../../src/options/values.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { flagName, type OptionFlag, optionFlags, optionText, optionValue } from './option-flags.js';

/** Flags that say what the server of a run is like, by their long names. */
const OF_THE_SERVER = [
  ['--transport', 'transports'],
  ['--rate', 'ratesPerSecond'],
  ['--size', 'sizesBytes'],
  ['--source', 'source'],
  ['--speed', 'speed'],
  ['--flush', 'flushes'],
  ['--policy', 'policy'],
  ['--inject', 'inject'],
  ['--host', 'host'],
  ['--port', 'port'],
  ['--shards', 'shards'],
  ['--ceiling', 'ceiling'],
] as const satisfies readonly (readonly [string, keyof RunConfig])[];

const TABLES: ReadonlyMap<string, OptionFlag> = new Map(
  optionFlags('run').map((flag) => [flagName(flag), flag]),
);

/** All of them, those of option tables too, and what a part of a configuration sets. */
export const SERVER_FLAGS: readonly {
  readonly name: string;
  readonly read: (given: Partial<RunConfig>) => unknown;
}[] = [
  ...OF_THE_SERVER.map(([name, key]) => ({
    name,
    read: (given: Partial<RunConfig>) => given[key],
  })),
  ...[...TABLES]
    .filter(([, { row }]) => row.side === 'listen' || row.side === 'open')
    .map(([name, flag]) => ({
      name,
      read: (given: Partial<RunConfig>) => optionValue(flag, given),
    })),
];

/** True for a flag, by its long name, that something in this run takes. */
export function isApplicable(name: string, config: RunConfig): boolean {
  if (config.server.kind === 'target' && SERVER_FLAGS.some((flag) => flag.name === name))
    return false;
  const flag = TABLES.get(name);
  return flag === undefined || isTaken(flag, config);
}

/**
 * What a file sets may be for its other scenarios, and for what a flag now overrides; what stands
 * on the command line is meant.
 * @param given what the flags of the command line set
 * @throws LAB_ERR_NO_EFFECT for the first of them that nothing in this run takes
 */
export function refuseInapplicable(given: Partial<RunConfig>, config: RunConfig): void {
  for (const [name, flag] of TABLES) {
    if (optionValue(flag, given) === undefined || isTaken(flag, config)) continue;
    const { by, owners } = flag;
    const what =
      config.server.kind === 'local' ? `${by} ${chosen(flag, config).join(',')}` : '--target';
    throw noEffect(
      name,
      optionText(flag, config) ?? '',
      `has no effect on ${what}`,
      `leave it out; it is for ${by === '--source' ? 'the source' : 'the transport'} ${owners.join(' or ')}`,
    );
  }
}

/** @throws LAB_ERR_NO_EFFECT for the first setting that only a server of our own would take */
export function refuseServerFlags(given: Partial<RunConfig>): void {
  const name = SERVER_FLAGS.find(({ read }) => isSet(read(given)))?.name;
  if (name === undefined) return;
  const why =
    name === '--transport'
      ? 'the URLs say which'
      : 'it is for the server of the run, and that is running already';
  throw new LabError('LAB_ERR_NO_EFFECT', `${name} and --target contradict each other: ${why}`, {
    hint: `leave ${name} out (in a configuration file too), or --target`,
  });
}

/** A switch that is off says nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null;
}

function isTaken(flag: OptionFlag, config: RunConfig): boolean {
  return chosen(flag, config).some((one) => flag.owners.includes(one));
}

function chosen({ by }: OptionFlag, { transports, source }: RunConfig): readonly string[] {
  return by === '--transport' ? transports : [parseSourceSpec(source).name];
}
