/** What `lab serve` is told, and what holds where it is told nothing. Pure. */
import type { RunConfig } from '../../bench/config.js';
import { codecNames } from '../../src/codecs/registry.js';
import type { FlushMode } from '../../src/core/flush.js';
import { DEFAULT_POLICY } from '../../src/core/overload/policy.js';
import { defaultsOf } from '../../src/options/option.js';
import { DEFAULTS, type OnEnd } from '../../src/serve/options.js';
import { sourceTable } from '../../src/sources/registry.js';
import { transportTable } from '../../src/transports/registry.js';

/** Settings that mean the same to `lab run`: flag and parser are taken from there. */
type Shared = Pick<
  RunConfig,
  | 'transports'
  | 'source'
  | 'seed'
  | 'speed'
  | 'host'
  | 'port'
  | 'sourceOptions'
  | 'transportOptions'
>;

export interface ServeConfig extends Shared {
  readonly codec: string;
  readonly flush: FlushMode;
  readonly policy: string;
  /** Null = what is retained. */
  readonly maxBacklog: string | null;
  readonly sizeBytes: number;
  /** Messages/s; null = at the pace of the source. */
  readonly rate: number | null;
  readonly onEnd: OnEnd;
  readonly staleMs: number;
  readonly wsPort: number;
  readonly httpPort: number;
  readonly http: boolean;
  readonly maxClients: number;
  readonly drainMs: number;
  readonly logLevel: string;
}

export const SERVE_DEFAULTS: ServeConfig = {
  transports: ['tcp'],
  codec: codecNames()[0]!,
  source: 'synthetic',
  seed: DEFAULTS.source.seed,
  sizeBytes: DEFAULTS.source.sizeBytes,
  rate: null,
  speed: null,
  onEnd: 'hold',
  staleMs: DEFAULTS.staleMs,
  host: DEFAULTS.host,
  port: 7400,
  wsPort: 7401,
  httpPort: 7402,
  http: true,
  maxClients: DEFAULTS.maxClients,
  policy: DEFAULT_POLICY,
  maxBacklog: null,
  flush: 'auto',
  sourceOptions: defaultsOf(sourceTable(), 'serve'),
  transportOptions: defaultsOf(transportTable(), 'serve'),
  drainMs: DEFAULTS.drainMs,
  logLevel: 'info',
};
