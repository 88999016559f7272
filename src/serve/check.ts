import { z } from 'zod';
import {
  checkOptions,
  flushMode,
  having,
  host,
  leaf,
  membersOf,
  oneOf,
  port,
  retention,
  signalLike,
  text,
  timerMs,
  whole,
} from '../core/options.js';
import { backlogLimits } from '../core/overload/limits.js';
import { servedPolicy } from '../core/overload/policy.js';
import { LabError, shown } from '../errors.js';
import { sourceOptionsSchema } from '../sources/registry.js';
import { TRANSPORT } from '../transports/options.js';
import { transportNames, transportOptionsSchema } from '../transports/registry.js';
import { ON_END, type ServerOptions } from './options.js';

const MOST_DRAIN_MS = 3_600_000;
const drainMs = whole(0, MOST_DRAIN_MS);
const positive = leaf(
  (value) => typeof value === 'number' && value > 0 && value <= 1e9,
  'use a number above 0, up to 1000000000',
);
const source = leaf(
  (value) =>
    (typeof value === 'string' && value !== '') ||
    (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
  'give a spec, or what can be iterated with for await',
);

const SERVER: z.ZodType = membersOf({
  transports: z.array(TRANSPORT, { error: 'give a list of transports' }),
  host,
  ports: z.record(z.string(), port.optional(), {
    error: 'give ports by the names of transports: {tcp: 7400}',
  }),
  codec: text('line-json'),
  maxClients: whole(1, 10_000_000),
  policy: text('drop-oldest'),
  maxBacklog: text('messages=1000/age=1s'),
  flush: flushMode,
  retention,
  transportOptions: transportOptionsSchema(),
  source,
  sourceOptions: sourceOptionsSchema(),
  rate: positive,
  speed: positive,
  onEnd: oneOf(ON_END),
  // 0: never.
  staleMs: timerMs(0),
  httpPort: port,
  drainMs,
  signal: signalLike,
  log: having('a log', 'debug', 'info', 'warn', 'error'),
} satisfies Record<keyof Required<ServerOptions>, z.ZodType>);

const CLOSE: z.ZodType = membersOf({ drainMs });
const SLOWEST: z.ZodType = membersOf({ most: whole(1, 1_000) });

/** @throws LAB_ERR_BAD_VALUE for what is out of range, LAB_ERR_UNKNOWN_POLICY, LAB_ERR_NO_EFFECT */
export function checkServerOptions(options: ServerOptions): void {
  checkOptions(SERVER, options);
  if (options.policy !== undefined) servedPolicy(options.policy);
  if (options.maxBacklog !== undefined) backlogLimits(options.maxBacklog);
  const { rate, speed, onEnd = 'hold', source, transports = ['tcp'], ports = {} } = options;
  const names = [
    ...transportNames(),
    ...transports.map((one) => (typeof one === 'string' ? one : one.name)),
  ];
  const stray = Object.keys(ports).find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw badOption(
      `ports.${stray}`,
      ports[stray],
      `ports go by the names of transports: ${names.join(', ')}`,
    );
  }
  if (rate !== undefined && speed !== undefined) {
    throw noEffect('speed', speed, 'on a fixed rate', 'give one of `rate` and `speed`');
  }
  if (onEnd === 'loop' && source !== undefined && typeof source !== 'string') {
    throw badOption(
      'onEnd',
      onEnd,
      'a source object cannot begin again: loop inside it, or give a spec',
    );
  }
  if (source !== undefined) return;
  const given = Object.entries({ rate, speed, onEnd: options.onEnd });
  const [name, value] = given.find(([, one]) => one !== undefined) ?? [];
  if (name !== undefined)
    throw noEffect(name, value, 'without a source', 'give a `source`, or leave it out');
}

/** What `close` of a server is given. @throws LAB_ERR_BAD_VALUE */
export function checkCloseOptions(options: { readonly drainMs?: number | undefined }): void {
  checkOptions(CLOSE, options);
}

/** What `slowest` of a server is given. @throws LAB_ERR_BAD_VALUE */
export function checkMostClients(most: number): void {
  checkOptions(SLOWEST, { most });
}

function noEffect(option: string, value: unknown, where: string, hint: string): LabError {
  const message = `${option} ${shown(value)} has no effect ${where}`;
  return new LabError('LAB_ERR_NO_EFFECT', message, { option, value: shown(value), hint });
}

function badOption(name: string, value: unknown, hint: string): LabError {
  return new LabError('LAB_ERR_BAD_VALUE', `${name} ${shown(value)} is not valid`, {
    option: name,
    value: shown(value),
    hint,
  });
}
