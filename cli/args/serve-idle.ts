/**
 * Flags of `lab serve` that the transports and the source chosen make no use of: better an error
 * than a setting that does nothing. Pure.
 */
import { LabError } from '../../src/errors.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { SERVE_DEFAULTS, type ServeConfig } from './serve-config.js';

/** What a flag is for: one of these values of `--transport` or `--source`. */
type Purpose = readonly [
  flag: string,
  key: keyof ServeConfig,
  choice: '--transport' | '--source',
  values: readonly string[],
];

const PURPOSES: readonly Purpose[] = [
  ['--port', 'port', '--transport', ['tcp', 'udp']],
  ['--ws-port', 'wsPort', '--transport', ['ws']],
  ['--datagram', 'datagramBytes', '--transport', ['udp', 'udp-multicast']],
  ['--udp-sender', 'udpSender', '--transport', ['udp']],
  ['--group', 'group', '--transport', ['udp-multicast']],
  ['--multicast-ttl', 'multicastTtl', '--transport', ['udp-multicast']],
  ['--multicast-interface', 'multicastInterface', '--transport', ['udp-multicast']],
  ['--stall-timeout', 'stallMs', '--transport', ['tcp', 'ws']],
  ['--symbols', 'symbols', '--source', ['synthetic']],
  ['--finnhub-url', 'finnhubUrl', '--source', ['finnhub']],
  ['--replay-from', 'replayFrom', '--source', ['replay']],
  ['--replay-to', 'replayTo', '--source', ['replay']],
  ['--time-column', 'timeColumn', '--source', ['replay']],
  ['--key-column', 'keyColumn', '--source', ['replay']],
  ['--time-unit', 'timeUnit', '--source', ['replay']],
];

/**
 * A setting that says what holds anyway does no harm. What a file says is left alone when the
 * command line chooses other transports or another source: it was written for those of the file.
 * @throws LAB_ERR_USAGE
 */
export function refuseIdle(
  flags: Partial<ServeConfig>,
  file: Partial<ServeConfig>,
  config: ServeConfig,
): void {
  refuse(flags, config);
  if (flags.transports === undefined && flags.source === undefined) refuse(file, config);
}

function refuse(given: Partial<ServeConfig>, { transports, source }: ServeConfig): void {
  const chosen = { '--transport': transports, '--source': [parseSourceSpec(source).name] };
  for (const [flag, key, choice, values] of PURPOSES) {
    const value = given[key];
    if (value === undefined || value === SERVE_DEFAULTS[key]) continue;
    if (values.some((one) => chosen[choice].includes(one))) continue;
    throw new LabError(
      'LAB_ERR_USAGE',
      `${flag} has no effect without ${choice} ${values.join(' or ')}`,
      {
        hint: `${choice} is ${chosen[choice].join(',')} here: leave ${flag} out, or choose ${values.join(' or ')}`,
      },
    );
  }
}
