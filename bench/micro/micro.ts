/**
 * What one codec costs per message on this machine, in one process and without a network. `encode`:
 * object → bytes into a buffer used again; `decode`: bytes → object; `scan`: walking a batch of
 * whole messages without making objects. Why in batches: docs/design/reasons.md.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Bench } from 'tinybench';
import type { Codec } from '../../src/codecs/codec.js';
import { codecNames, loadCodec } from '../../src/codecs/registry.js';
import type { Message } from '../../src/core/message.js';
import { LabError } from '../../src/errors.js';
import { openSource } from '../../src/sources/registry.js';
import { encodeFeed, MICRO_OPERATIONS, type MicroOperation, taskOf } from './task.js';

export interface MicroOptions {
  /** Names of the registry; default all. */
  readonly codecs?: readonly string[];
  /** Payload sizes: bytes of the value's compact JSON. Default 32, 256, 1,024 and 8,192. */
  readonly sizes?: readonly number[];
  /** Measured time per row in ms, after a warm-up of half of it. Default 500. */
  readonly timeMs?: number;
  /** Of the synthetic feed. Default 1. */
  readonly seed?: number;
  /** Ends it after the row under way, with the rows there are. */
  readonly signal?: AbortSignal;
  /** Called before each row (`done` rows are ready) and once at the end. */
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

export interface MicroRow {
  readonly codec: string;
  readonly operation: MicroOperation;
  /**
   * Mean bytes of the value's compact JSON: the size asked for, unless a tick is longer than that
   * by itself.
   */
  readonly payloadBytes: number;
  /** Mean bytes of the encoded message. */
  readonly messageBytes: number;
  /** Mean time per message, ns. */
  readonly nsPerOp: number;
  /** Messages per second, 1e9 ÷ nsPerOp. */
  readonly opsPerSecond: number;
  /** Half width of the 95 % confidence interval of nsPerOp, in percent of it. */
  readonly rme: number;
  /** How many batches were timed, and of how many messages each is. */
  readonly samples: number;
  readonly batch: number;
}

const DEFAULT_SIZES = [32, 256, 1024, 8192];
const SYMBOLS = 5;
/**
 * Batches of about this many payload bytes stay in the processor's second-level cache, whatever the
 * message size.
 */
const BATCH_BYTES = 128 * 1024;
const MOST_PER_BATCH = 1000;
const FEWEST_PER_BATCH = 64;
/** 16 digits, as every time in µs until the year 2286 has; and a feed that has run for a while. */
const FIRST_TIME = 1_795_287_600_123_456;
const FIRST_SEQ = 1_000_001;

/**
 * Measures every codec × size × operation, one after another: the operations of one size follow
 * each other, so that codecs are compared within seconds and not across a machine that warms up.
 * @throws LAB_ERR_UNKNOWN_CODEC, LAB_ERR_BAD_VALUE (a size, a time) — before anything is measured
 */
export async function runMicro(options: MicroOptions = {}): Promise<MicroRow[]> {
  const { sizes = DEFAULT_SIZES, timeMs = 500, seed = 1, signal, onProgress } = options;
  if (!Number.isFinite(timeMs) || timeMs <= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `the time per row must be above 0 ms, not ${timeMs}`);
  }
  const codecs = await Promise.all((options.codecs ?? codecNames()).map((name) => loadCodec(name)));
  const feeds = await Promise.all(sizes.map((size) => makeFeed(size, seed)));

  const total = feeds.length * MICRO_OPERATIONS.length * codecs.length;
  const rows: MicroRow[] = [];
  for (const messages of feeds) {
    for (const operation of MICRO_OPERATIONS) {
      for (const codec of codecs) {
        // A row leaves the event loop no turn, and so no signal of the process comes through.
        await turn();
        if (signal?.aborted) return rows;
        const payload = meanPayload(messages);
        onProgress?.(rows.length, total, `${codec.name} ${operation} ${Math.round(payload)} B`);
        rows.push(await measure(codec, operation, messages, payload, timeMs));
      }
    }
  }
  onProgress?.(rows.length, total, 'done');
  return rows;
}

/**
 * One batch of the synthetic source, the feed of `lab run`: the same seed gives the same bytes on
 * every machine.
 */
async function makeFeed(sizeBytes: number, seed: number): Promise<Message[]> {
  const source = await openSource('synthetic', { seed, sizeBytes, symbols: SYMBOLS, loop: true });
  const fitting = Math.floor(BATCH_BYTES / Math.max(sizeBytes, 1));
  const count = Math.min(MOST_PER_BATCH, Math.max(FEWEST_PER_BATCH, fitting));
  const messages: Message[] = [];
  for await (const { key, value } of source) {
    const index = messages.length;
    messages.push({ seq: FIRST_SEQ + index, time: FIRST_TIME + index * 1_000, key, value });
    if (messages.length === count) break;
  }
  await source.close();
  return messages;
}

function meanPayload(messages: readonly Message[]): number {
  const bytes = messages.reduce(
    (sum, { value }) => sum + Buffer.byteLength(JSON.stringify(value)),
    0,
  );
  return bytes / messages.length;
}

async function measure(
  codec: Codec,
  operation: MicroOperation,
  messages: readonly Message[],
  payloadBytes: number,
  timeMs: number,
): Promise<MicroRow> {
  const bytes = encodeFeed(codec, messages);
  const task = taskOf(codec, operation, messages, bytes);
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 2, throws: true });
  bench.add(operation, () => task.run(), { async: false });
  await bench.run();
  task.verify();

  const result = bench.tasks[0]?.result;
  if (result?.state !== 'completed') {
    throw new LabError(
      'LAB_ERR_INTERNAL',
      `micro-benchmark ${codec.name} ${operation}: ${result?.state}`,
    );
  }
  const nsPerOp = (result.latency.mean * 1e6) / messages.length;
  return {
    codec: codec.name,
    operation,
    payloadBytes,
    messageBytes: bytes.length / messages.length,
    nsPerOp,
    opsPerSecond: 1e9 / nsPerOp,
    rme: result.latency.rme,
    samples: result.latency.samplesCount,
    batch: messages.length,
  };
}
