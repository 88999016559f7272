/** When a setting of `lab serve` has no effect. Pure. */
import { parseSourceSpec } from '../../src/sources/registry.js';
import { type EffectRule, type Idle, type Owners, rowRule, unowned } from './effect.js';
import { optionFlags } from './option-flags.js';
import type { ServeConfig } from './serve-defaults.js';

type Rule = EffectRule<ServeConfig>;

function owned(flag: string, key: keyof ServeConfig & string, owners: Owners): Rule {
  return { flag, place: [key], idle: (config) => unowned(owners, config) };
}

function unheard(flag: string, key: keyof ServeConfig & string): Rule {
  return { flag, place: [key], idle: ({ http }) => (http ? null : NO_HTTP) };
}

const REPLAY = { by: '--source', owners: ['replay'] } as const;
const ENDLESS: Idle = {
  beside: '--source synthetic, which has no end',
  otherwise: 'choose --source replay or stdin',
};

const NO_HTTP: Idle = { beside: '--no-http', otherwise: '--no-http' };

const sourceOf = ({ source }: ServeConfig): string => parseSourceSpec(source).name;

export const SERVE_EFFECTS: readonly Rule[] = [
  owned('--port', 'port', { by: '--transport', owners: ['tcp', 'udp'] }),
  owned('--ws-port', 'wsPort', { by: '--transport', owners: ['ws'] }),
  // A group has members that nobody counts.
  owned('--max-clients', 'maxClients', { by: '--transport', owners: ['tcp', 'udp', 'ws'] }),
  ...optionFlags('serve').map((flag) => rowRule<ServeConfig>(flag)),
  {
    // Two ways to say one thing: that of the command line overrides that of a file.
    flag: '--rate',
    place: ['rate'],
    idle: (_, { rate, speed }) =>
      rate === undefined && speed !== undefined
        ? { beside: '--speed', otherwise: '--speed' }
        : null,
  },
  {
    flag: '--speed',
    place: ['speed'],
    idle: (config) =>
      config.rate === null ? unowned(REPLAY, config) : { beside: '--rate', otherwise: '--rate' },
  },
  {
    flag: '--on-end',
    place: ['onEnd'],
    idle: (config, { source, onEnd }) => {
      if (sourceOf(config) === 'synthetic') return ENDLESS;
      // Of a file whose source a flag overrides.
      const overridden = source !== undefined && onEnd === undefined && config.onEnd === 'loop';
      return overridden ? unowned(REPLAY, config) : null;
    },
  },
  {
    flag: '--size',
    place: ['sizeBytes'],
    idle: ({ source }) =>
      source === 'stdin:bytes'
        ? { beside: '--source stdin:bytes', otherwise: 'choose --source stdin:lines' }
        : null,
  },
  {
    flag: '--seed',
    place: ['seed'],
    idle: (config) =>
      sourceOf(config) === 'synthetic' || config.sizeBytes > 0
        ? null
        : {
            beside: `--source ${sourceOf(config)}`,
            otherwise: 'choose --source synthetic, or pad with --size',
          },
  },
  {
    // Who names a port wants what listens there, whatever a file says.
    flag: '--no-http',
    place: ['http'],
    idle: (_, { http, httpPort }) =>
      http === undefined && httpPort !== undefined
        ? { beside: '--http-port', otherwise: '--http-port' }
        : null,
  },
  unheard('--http-port', 'httpPort'),
  // Readiness is asked for over HTTP.
  unheard('--stale-after', 'staleMs'),
];
