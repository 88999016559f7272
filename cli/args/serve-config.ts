/**
 * The flags that make a `ServeConfig`: one table for the command line and for the `serve:` section
 * of a file. Pure.
 */
import { DEFAULT_CONFIG, LIMITS } from '../../bench/config.js';
import { codecNames } from '../../src/codecs/registry.js';
import { parseFlushMode } from '../../src/core/flush.js';
import type { CommandOption } from '../../src/options/option.js';
import { bytesText, countText, durationText } from '../../src/options/value-text.js';
import {
  parseBytes,
  parseCount,
  parseDuration,
  parseInteger,
  parseName,
  parseRate,
} from '../../src/options/values.js';
import { ON_END, type OnEnd } from '../../src/serve/options.js';
import { sourceUsages } from '../../src/sources/registry.js';
import { effective } from './effect.js';
import { mergedParts, optionText, parsedOption, sectionFlags } from './option-flags.js';
import { runFlags } from './run-config.js';
import { longName, type RunFlag } from './run-flag.js';
import { POLICY_ABOUT, parseMaxBacklog, parsePolicy } from './run-values.js';
import { SERVE_DEFAULTS, type ServeConfig } from './serve-defaults.js';
import { SERVE_EFFECTS } from './serve-effects.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

interface ServeFlag {
  readonly flags: string;
  readonly about: string;
  readonly parse: (text: string, flag: string) => Partial<ServeConfig>;
  /** The value that holds without it, as text; null when there is none to show. */
  readonly fallback: string | null;
}

/** @param about in place of what `lab run` says about it */
function shared(name: string, about?: string): ServeFlag {
  const flag: RunFlag = runFlags().find((one) => longName(one) === name)!;
  return {
    flags: flag.flags,
    about: about ?? flag.about,
    parse: flag.parse,
    fallback: flag.show({ ...DEFAULT_CONFIG, ...SERVE_DEFAULTS }),
  };
}

function portFlag(flags: string, about: string, key: 'wsPort' | 'httpPort'): ServeFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseInteger(flag, text, { min: 0, max: 65_535 }) }),
    fallback: String(SERVE_DEFAULTS[key]),
  };
}

function timeFlag(
  flags: string,
  about: string,
  key: 'staleMs' | 'drainMs',
  max: number,
): ServeFlag {
  return {
    flags,
    about,
    parse: (text, flag) => ({ [key]: parseDuration(flag, text, { min: 0, max }) }),
    fallback: durationText(SERVE_DEFAULTS[key]),
  };
}

/** Rows of the option tables that the help has in this section. */
function tableFlags(section: CommandOption['section']): ServeFlag[] {
  return sectionFlags('serve', section).map((flag) => ({
    flags: flag.row.flag,
    about: flag.row.help,
    parse: (text, label) => parsedOption(flag, text, label),
    fallback: optionText(flag, SERVE_DEFAULTS),
  }));
}

/** The flags of `lab serve` in the order of the help; `--no-http` has no value. */
export function serveFlags(): ServeFlag[] {
  return [
    shared('--transport'),
    {
      flags: '-k, --codec <name>',
      about: `codec of clients that ask for none: ${codecNames().join(', ')}`,
      parse: (text, flag) => ({
        codec: parseName(flag, text, codecNames(), 'LAB_ERR_UNKNOWN_CODEC'),
      }),
      fallback: SERVE_DEFAULTS.codec,
    },
    shared('--source', `what is published: ${sourceUsages()}`),
    {
      flags: '-r, --rate <n>',
      about:
        'messages/s (k = 1,000) instead of the recorded pace (default where there is none: 10)',
      parse: (text, flag) => ({
        rate: parseRate(flag, text, { min: LIMITS.slowestPerSecond, max: LIMITS.ratePerSecond }),
      }),
      fallback: null,
    },
    shared('--speed', 'times the recorded pace of a replay'),
    ...tableFlags('pace'),
    {
      flags: '--on-end <what>',
      about: 'when the source ends: hold (stay up, keep the snapshot), loop, or exit',
      parse: (text, flag) => ({
        onEnd: parseName(flag, text, ON_END, 'LAB_ERR_BAD_VALUE') as OnEnd,
      }),
      fallback: SERVE_DEFAULTS.onEnd,
    },
    timeFlag(
      '--stale-after <time>',
      'not ready when the source owes a message for this long; 0 = never',
      'staleMs',
      86_400_000,
    ),
    ...tableFlags('content'),
    shared('--seed'),
    {
      flags: '-s, --size <bytes>',
      about: 'pad payloads to this many bytes (k = 1,024); 0 = as the source gives them',
      parse: (text, flag) => ({
        sizeBytes: parseBytes(flag, text, { min: 0, max: LIMITS.sizeBytes }),
      }),
      fallback: bytesText(SERVE_DEFAULTS.sizeBytes),
    },
    shared('--host', 'local address of everything that listens; 0.0.0.0 = reachable by others'),
    shared('--port', 'port of tcp and udp; 0 = any free one'),
    portFlag('--ws-port <n>', 'port of ws; 0 = any free one', 'wsPort'),
    portFlag(
      '--http-port <n>',
      'port of /healthz, /readyz and /metrics; 0 = any free one',
      'httpPort',
    ),
    { flags: '--no-http', about: 'none of these', parse: () => ({ http: false }), fallback: null },
    {
      flags: '--max-clients <n>',
      about: 'subscribers at one time (k = 1,000); one more is told LAB_ERR_MAX_CLIENTS',
      parse: (text, flag) => ({ maxClients: parseCount(flag, text, { min: 1, max: 1_000_000 }) }),
      fallback: countText(SERVE_DEFAULTS.maxClients),
    },
    {
      flags: '--policy <rule>',
      about: POLICY_ABOUT,
      parse: (text, flag) => ({ policy: parsePolicy(flag, text) }),
      fallback: SERVE_DEFAULTS.policy,
    },
    {
      flags: '--max-backlog <limits>',
      about:
        'no client may have more waiting, whatever it asks for: messages=1000/bytes=64k/age=1s, or some of them',
      parse: (text, flag) => ({ maxBacklog: parseMaxBacklog(flag, text) }),
      fallback: null,
    },
    ...tableFlags('clients'),
    {
      flags: '--flush <mode>',
      about: 'when to send: auto, 0 (at once), or a period like 2ms',
      parse: (text, flag) => ({ flush: parseFlushMode(text, flag) }),
      fallback: String(SERVE_DEFAULTS.flush),
    },
    ...tableFlags(undefined),
    timeFlag(
      '--drain <time>',
      'when stopping: how long clients may read what they are owed',
      'drainMs',
      600_000,
    ),
    {
      flags: '--log-level <level>',
      about: `what to log on stderr: ${LOG_LEVELS.join(', ')}`,
      parse: (text, flag) => ({ logLevel: parseName(flag, text, LOG_LEVELS, 'LAB_ERR_BAD_VALUE') }),
      fallback: SERVE_DEFAULTS.logLevel,
    },
  ];
}

/**
 * The configuration that the given flags, what a file says and the defaults make together, in this
 * order of rank.
 * @throws LAB_ERR_NO_EFFECT
 */
export function serveConfig(
  flags: readonly Partial<ServeConfig>[],
  file: Partial<ServeConfig> = {},
): ServeConfig {
  return effective(
    SERVE_EFFECTS,
    [file],
    flags,
    (given) => mergedParts<ServeConfig>([SERVE_DEFAULTS, given]) as ServeConfig,
  );
}
