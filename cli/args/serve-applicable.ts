/**
 * Flags of `lab serve` that the transports and the source chosen do not take: better an error than
 * a setting that does nothing. Pure.
 */
import { LabError } from '../../src/errors.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { flagName, optionFlags, optionValue } from './option-flags.js';
import { SERVE_DEFAULTS, type ServeConfig } from './serve-config.js';

/** A flag that only these values of `--transport` or `--source` take. */
interface Purpose {
  readonly flag: string;
  readonly read: (config: Partial<ServeConfig>) => unknown;
  readonly by: '--transport' | '--source';
  readonly owners: readonly string[];
}

function purpose(
  flag: string,
  key: keyof ServeConfig,
  by: Purpose['by'],
  owners: readonly string[],
): Purpose {
  return { flag, read: (config) => config[key], by, owners };
}

const PURPOSES: readonly Purpose[] = [
  purpose('--port', 'port', '--transport', ['tcp', 'udp']),
  purpose('--ws-port', 'wsPort', '--transport', ['ws']),
  ...optionFlags('serve').map(
    (flag): Purpose => ({
      flag: flagName(flag),
      read: (config) => optionValue(flag, config),
      by: flag.by,
      owners: flag.owners,
    }),
  ),
];

/**
 * A setting that says what holds anyway does no harm. What a file says is left alone when the
 * command line chooses other transports or another source: it was written for those of the file.
 * @throws LAB_ERR_NO_EFFECT
 */
export function refuseInapplicable(
  flags: Partial<ServeConfig>,
  file: Partial<ServeConfig>,
  config: ServeConfig,
): void {
  refuse(flags, config);
  if (flags.transports === undefined && flags.source === undefined) refuse(file, config);
}

function refuse(given: Partial<ServeConfig>, { transports, source }: ServeConfig): void {
  const chosen = { '--transport': transports, '--source': [parseSourceSpec(source).name] };
  for (const { flag, read, by, owners } of PURPOSES) {
    const value = read(given);
    if (value === undefined || value === read(SERVE_DEFAULTS)) continue;
    if (owners.some((one) => chosen[by].includes(one))) continue;
    throw new LabError(
      'LAB_ERR_NO_EFFECT',
      `${flag} has no effect without ${by} ${owners.join(' or ')}`,
      {
        hint: `${by} is ${chosen[by].join(',')} here: leave ${flag} out, or choose ${owners.join(' or ')}`,
      },
    );
  }
}
