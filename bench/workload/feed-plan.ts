import { crc32 } from 'node:zlib';
import { LabError } from '../../src/errors.js';
import type { KeyOrder } from '../../src/sources/key-order.js';
import { openSource } from '../../src/sources/registry.js';
import type {
  RecordingPoint,
  ReplayColumns,
  Source,
  SourceItem,
} from '../../src/sources/source.js';
import { assertRepeatable } from './repeatable.js';
import { scheduleOf, wholeMicros } from './schedule.js';

/** Most messages of a run, warm-up included: each costs every process some 60 bytes. */
const MAX_PLANNED = 2_000_000;

/** What decides the feed of a cell, content and times. */
export interface FeedSpec extends ReplayColumns {
  readonly source: string;
  /** The part of a replay; null or absent = from its beginning, to its end. */
  readonly from?: RecordingPoint | null;
  readonly to?: RecordingPoint | null;
  readonly seed: number;
  readonly sizeBytes: number;
  readonly symbols: number;
  /** Of a synthetic source; null or absent = random. */
  readonly keyOrder?: KeyOrder | null;
  readonly ratePerSecond: number | null;
  readonly speed: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/**
 * The feed as it will be published, known to every process before it begins, because schedule and
 * source are deterministic: message n (0, 1, 2, …) has sequence number n + 1. Subscribers take the
 * intended times from it, compare content with it, and know which key a message is of without
 * looking inside.
 */
export interface FeedPlan {
  /** Sequence numbers of the window, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Intended time of the n-th message of the window, µs after t0. */
  readonly due: Float64Array;
  /** Which key it has, numbered in order of first appearance from the beginning of the feed. */
  readonly key: Uint32Array;
  /** CRC-32 of its canonical form. */
  readonly checksum: Uint32Array;
  readonly keys: number;
  /** The same of the messages before the window, from the beginning of the feed. */
  readonly warmup: { readonly due: Float64Array; readonly key: Uint32Array };
}

/**
 * Opens the source of the feed, to be played for as long as it takes. @throws LAB_ERR_SOURCE_*,
 * LAB_ERR_BAD_VALUE
 */
export function openFeed({
  source,
  seed,
  sizeBytes,
  symbols,
  keyOrder = null,
  from = null,
  to = null,
  timeColumn = null,
  keyColumn = null,
  timeUnit = null,
}: FeedSpec): Promise<Source> {
  return openSource(source, {
    seed,
    sizeBytes,
    symbols,
    keyOrder,
    loop: true,
    from,
    to,
    timeColumn,
    keyColumn,
    timeUnit,
  });
}

/**
 * Plays the source through once, without publishing.
 * @throws LAB_ERR_BAD_VALUE when the run has more messages than are planned one by one; what the
 * source throws
 */
export async function planFeed(spec: FeedSpec): Promise<FeedPlan> {
  assertRepeatable(spec.source);
  const schedule = scheduleOf(spec);
  const start = wholeMicros(spec.warmupMs);
  const end = start + wholeMicros(spec.durationMs);
  const due: number[] = [];
  const key: number[] = [];
  const checksum: number[] = [];
  const keys = new Map<string, number>();
  const warmup = { due: [] as number[], key: [] as number[] };
  const source = await openFeed(spec);
  try {
    let n = 0;
    for await (const item of source) {
      const at = schedule.dueMicros(n, item);
      if (at >= end) break;
      n += 1;
      if (n > MAX_PLANNED) throw tooLong(n);
      let index = keys.get(item.key);
      if (index === undefined) {
        index = keys.size;
        keys.set(item.key, index);
      }
      if (at < start) {
        warmup.due.push(at);
        warmup.key.push(index);
        continue;
      }
      due.push(at);
      key.push(index);
      checksum.push(crc32(canonical(item)));
    }
  } finally {
    await source.close();
  }
  const before = warmup.due.length;
  return {
    first: before + 1,
    last: before + due.length,
    due: Float64Array.from(due),
    key: Uint32Array.from(key),
    checksum: Uint32Array.from(checksum),
    keys: keys.size,
    warmup: { due: Float64Array.from(warmup.due), key: Uint32Array.from(warmup.key) },
  };
}

function tooLong(messages: number): LabError {
  return new LabError(
    'LAB_ERR_BAD_VALUE',
    `the run publishes more than ${messages - 1} messages, warm-up included`,
    {
      hint: 'lower `ratesPerSecond`, `speed` or `durationsMs`: every message is planned and accounted for one by one',
    },
  );
}

/**
 * Key and value of a message as one line of JSON: what hash and checksums of a feed are made of.
 * Bytes go in as base64.
 */
export function canonical({ key, value }: Pick<SourceItem, 'key' | 'value'>): string {
  const plain =
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
  return `${JSON.stringify([key, plain])}\n`;
}
