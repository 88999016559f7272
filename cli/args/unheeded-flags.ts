/**
 * Flags of `lab run` that only some transports or sources heed: given where none of the run does,
 * they are refused. Pure.
 */
import type { RunConfig } from '../../bench/config.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import { badValue } from './values.js';

interface PartlyHeeded {
  readonly key: keyof RunConfig;
  /** The flag that says who heeds it, what it says in this run, and what it would have to say. */
  readonly by: '--transport' | '--source';
  readonly heeders: readonly string[];
}

const DATAGRAMS = ['udp', 'udp-multicast'];
const GROUPS = ['udp-multicast'];

/** By their long names. */
const PARTLY_HEEDED: ReadonlyMap<string, PartlyHeeded> = new Map<string, PartlyHeeded>([
  ['--datagram', { key: 'datagramBytes', by: '--transport', heeders: DATAGRAMS }],
  ['--rcvbuf', { key: 'receiveBufferBytes', by: '--transport', heeders: DATAGRAMS }],
  ['--sndbuf', { key: 'sendBufferBytes', by: '--transport', heeders: DATAGRAMS }],
  // A group is sent to with one dgram send a datagram, whoever listens.
  ['--udp-sender', { key: 'udpSender', by: '--transport', heeders: ['udp'] }],
  ['--group', { key: 'group', by: '--transport', heeders: GROUPS }],
  ['--multicast-ttl', { key: 'multicastTtl', by: '--transport', heeders: GROUPS }],
  ['--multicast-interface', { key: 'multicastInterface', by: '--transport', heeders: GROUPS }],
  ['--symbols', { key: 'symbols', by: '--source', heeders: ['synthetic'] }],
]);

/**
 * True for a flag, by its long name, that something in this run makes use of, as far as it is for
 * transport or source to say.
 */
export function isHeededBySome(name: string, config: RunConfig): boolean {
  const flag = PARTLY_HEEDED.get(name);
  return flag === undefined || said(flag, config).some((one) => flag.heeders.includes(one));
}

/**
 * What a file sets may be for its other scenarios, and for what a flag now overrides; what stands
 * on the command line is meant.
 * @param given what the flags of the command line set
 * @throws LAB_ERR_BAD_VALUE for the first of them that nothing in this run heeds
 */
export function refuseUnheeded(
  given: Partial<RunConfig>,
  config: RunConfig,
  textOf: (name: string) => string,
): void {
  for (const [name, flag] of PARTLY_HEEDED) {
    if (given[flag.key] === undefined || isHeededBySome(name, config)) continue;
    const { by, heeders } = flag;
    const what = config.target === null ? `${by} ${said(flag, config).join(',')}` : '--target';
    throw badValue(
      name,
      textOf(name),
      `has no effect on ${what}`,
      `leave it out; it is for ${by === '--source' ? 'the source' : 'the transport'} ${heeders.join(' or ')}`,
    );
  }
}

function said({ by }: PartlyHeeded, { transports, source }: RunConfig): readonly string[] {
  return by === '--transport' ? transports : [parseSourceSpec(source).name];
}
