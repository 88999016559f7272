/** The source of a server: opened, fed at its pace, and what is told of it. */
import type { Broadcast } from '../core/broadcast.js';
import type { Clock } from '../core/clock.js';
import { LabError } from '../errors.js';
import type { StartTicker } from '../pacer/ticker.js';
import { readingText } from '../sources/reading.js';
import { openSource } from '../sources/registry.js';
import type { Source } from '../sources/source.js';
import { Feeder } from './feeder.js';
import type { ServerLog } from './log.js';
import { DEFAULTS, type ServerOptions } from './options.js';
import type { SourceStatus } from './stats.js';

interface FeedTo {
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly startTicker: StartTicker;
  readonly log: ServerLog;
}

/**
 * Opens the source that the options name, with its pace settled; undefined without one. The feeder
 * is handed out as soon as there is one (`onFeeder`), so that it is closed whatever fails.
 * @throws LAB_ERR_SOURCE_*, LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_SOURCE
 */
export async function openFeeder(
  options: ServerOptions,
  to: FeedTo,
  onFeeder: (feeder: Feeder) => void,
): Promise<void> {
  const { source, rate, speed, onEnd } = options;
  if (source === undefined) return;
  const spec = typeof source === 'string';
  const opened = spec ? await openSpec(source, options, to.log) : source;
  // What comes when it happens has its own pace, and cannot be asked to happen again.
  const live = !('deterministic' in opened && opened.deterministic === true);
  const feeder = new Feeder({ ...to, source: opened, pace: { rate, speed, live } });
  onFeeder(feeder);
  if (live && onEnd === 'loop') {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `onEnd loop: the source '${opened.name}' cannot begin again`,
      {
        option: 'onEnd',
        value: onEnd,
        hint: 'use hold or exit; a recording (replay:FILE) can be looped',
      },
    );
  }
  if (spec && !live) await feeder.prepare();
}

async function openSpec(spec: string, options: ServerOptions, log: ServerLog): Promise<Source> {
  const source = await openSource(spec, {
    onNotice: (notice) => log.warn({}, notice),
    ...DEFAULTS.source,
    ...options.sourceOptions,
    loop: options.onEnd === 'loop',
  });
  if (source.reading !== undefined) log.info({}, `recording: ${readingText(source.reading)}`);
  return source;
}

/** Why a server with this source should not be sent clients; undefined when it should. */
export function sourceTrouble(feeder: Feeder, staleMs: number): string | undefined {
  if (feeder.state === 'failed') return `source failed: ${feeder.failure?.code}`;
  if (feeder.state === 'ended') return 'source ended';
  const silentMs = feeder.silence / 1_000;
  return staleMs > 0 && silentMs >= staleMs
    ? `source silent for ${Math.floor(silentMs / 1_000)} s`
    : undefined;
}

export function sourceStatus(feeder: Feeder): SourceStatus {
  return {
    ...feeder.counters,
    name: feeder.name,
    state: feeder.state,
    ageSeconds: feeder.age === undefined ? undefined : feeder.age / 1e6,
    upstream: feeder.upstream,
  };
}

/** Feeds until the source ends, fails or is stopped, and logs which. Whether it was not stopped. */
export async function feedToEnd(feeder: Feeder, log: ServerLog): Promise<boolean> {
  await feeder.run();
  if (feeder.state === 'stopped') return false;
  const { failure, name: source } = feeder;
  const { items } = feeder.counters;
  if (failure === undefined) log.info({ source, items }, 'source ended');
  else {
    const { code, message } = failure;
    log.error({ source, items, code, error: message }, 'source failed');
  }
  return true;
}
