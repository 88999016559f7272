/**
 * What the library says of its options, in the words of a command line: `onEnd: 'hold'` is
 * `--on-end hold` there. The one place that knows which flag an option has. Pure.
 */
import { beginsWith, LabError } from '../../src/errors.js';
import { flagName, optionFlags } from './option-flags.js';

/** Options that no table has, and whose flag is not their name in kebab case. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  sizeBytes: '--size',
  sizesBytes: '--size',
  ratesPerSecond: '--rate',
  durationsMs: '--duration',
  subscriberProcesses: '--processes',
  staleMs: '--stale-after',
  drainMs: '--drain',
  transports: '--transport',
  codecs: '--codec',
  flushes: '--flush',
  links: '--link',
  repairs: '--repair',
  congestions: '--congestion',
  stacks: '--stack',
  policies: '--policy',
  'ports.tcp': '--port',
  'ports.udp': '--port',
  'ports.ws': '--ws-port',
};

const SAME_NAMES = [
  'break',
  'clients',
  'codec',
  'flush',
  'host',
  'httpPort',
  'maxBacklog',
  'maxClients',
  'maxRepeat',
  'onEnd',
  'policy',
  'port',
  'rate',
  'receiver',
  'repeat',
  'seed',
  'shards',
  'source',
  'speed',
  'virtualClients',
] as const;

const FLAGS: ReadonlyMap<string, string> = new Map([
  ...[...optionFlags('run'), ...optionFlags('serve')].map((flag): [string, string] => [
    flag.row.name,
    flagName(flag),
  ]),
  ...SAME_NAMES.map((name): [string, string] => [name, kebab(name)]),
  ...Object.entries(OTHER_NAMES),
]);

/** `` `rate` `` and `` `onEnd: 'hold'` ``; no other name is taken for an option. */
const OPTION = /`([\w.-]+)(?:: '([^'`]*)')?`/g;

/** A text of the library with flags for its options. */
export function flagWords(text: string): string {
  return text.replace(OPTION, (span: string, name: string, value: string | undefined) => {
    const flag = FLAGS.get(name);
    if (flag === undefined) return span;
    return value === undefined ? flag : `${flag} ${value}`;
  });
}

/** The same error for a reader of the command line. */
export function inFlags(error: LabError): LabError {
  const { code, message, hint, ...members } = error.toJSON();
  const { option } = members;
  const flag = option === undefined ? undefined : FLAGS.get(option);
  const begins = option !== undefined && beginsWith(message, option);
  const said = begins && flag !== undefined ? flag + message.slice(option.length) : message;
  const worded = new LabError(code, flagWords(said), {
    ...members,
    ...(hint === undefined ? {} : { hint: flagWords(hint) }),
    cause: error.cause,
  });
  return Object.assign(worded, { stack: error.stack });
}

function kebab(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
