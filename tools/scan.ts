/**
 * `npm run bench:scan`: what recording costs beside finding the messages. Reads the same prepared
 * stream (messages of about 100 bytes, 16 a read, 100 subscribers) in four ways: bare, each
 * subscriber scanning all of its bytes for a visitor that only checks the sequence number;
 * recorded, with everything that a subscriber process of a run records and the way it scans
 * (`SharedScan`); the same of reads that bear a stamp of the kernel; and recorded by subscribers
 * that each scan all of their bytes, to tell the price of recording alone. Each way has processes
 * of its own, as in a run the code is compiled for one visitor only, and new ones for each round,
 * as no two compile it alike. Those of a round take turns. Exits 1 when the target is missed. Rates
 * depend on the machine: compare ratios.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { WindowRecorder } from '../bench/record/window-recorder.js';
import { ContentCheck } from '../bench/worker-subscriber/content-check.js';
import { SharedScan } from '../bench/worker-subscriber/shared-scan.js';
import { BenchSubscriber } from '../bench/worker-subscriber/subscriber.js';
import { type FeedPlan, type FeedSpec, planFeed } from '../bench/workload/feed-plan.js';
import { PlannedMembership } from '../bench/workload/planned-membership.js';
import type { Codec, ScanVisitor } from '../src/codecs/codec.js';
import { codecNames, loadCodec } from '../src/codecs/registry.js';
import type { Clock } from '../src/core/clock.js';
import { openSource } from '../src/sources/registry.js';
import type { SourceItem } from '../src/sources/source.js';

const ROUNDS = Number(process.env.LAB_SCAN_ROUNDS ?? 9);
/**
 * Passes over the stream in a round, and before them those that only make the compiler do its work.
 */
const PASSES = 5;
const WARM_UP_PASSES = 3;
/** "Recording must not cost more than a tenth of the scan rate." */
const TARGET = 0.9;
const SUBSCRIBERS = 100;
const READ_MESSAGES = 16;
const T0 = 1_700_000_000_000_000;
/** 20,000 messages in the window; the value is as long as the synthetic source's own. */
const FEED: FeedSpec = {
  source: 'synthetic',
  seed: 1,
  sizeBytes: 40,
  symbols: 10,
  ratePerSecond: 10_000,
  speed: 1,
  warmupMs: 0,
  durationMs: 2_000,
};
/**
 * Publishing is late by this, a read by this much more, each subscriber by this much after the one
 * before it, µs.
 */
const LAG = 20;
const TRANSIT = 300;
const TURN = 3;
/**
 * A stamped read was made so long after its stamp by every other subscriber, µs: neighbours have
 * stamps that go back.
 */
const UNREAD = 40;

/**
 * Costs what reading the real clock costs, and says when a read would have come: so latencies are
 * those of a run.
 */
class ScriptedClock implements Clock {
  at = T0;
  spent = 0;
  now(): number {
    this.spent = performance.now();
    return this.at;
  }
  setTimeout(): never {
    throw new Error('nothing here waits');
  }
  setImmediate(): never {
    throw new Error('nothing here waits');
  }
}

interface Stream {
  readonly bytes: Buffer;
  /** Where each read ends, and when its last message was due, µs after t0. */
  readonly ends: number[];
  readonly due: number[];
  readonly messages: number;
}

async function encodeStream(codec: Codec, plan: FeedPlan): Promise<Stream> {
  const bytes = Buffer.allocUnsafeSlow(plan.due.length * 256);
  const ends: number[] = [];
  const due: number[] = [];
  const { source: spec, seed, sizeBytes, symbols } = FEED;
  const source = await openSource(spec, { seed, sizeBytes, symbols, loop: true });
  const items: AsyncIterator<SourceItem> = source[Symbol.asyncIterator]();
  let end = 0;
  for (let at = 0; at < plan.due.length; at++) {
    const { key, value } = (await items.next()).value as SourceItem;
    const time = T0 + (plan.due[at] as number) + LAG;
    end = codec.encode({ seq: plan.first + at, time, key, value }, bytes, end);
    if ((at + 1) % READ_MESSAGES === 0 || at + 1 === plan.due.length) {
      ends.push(end);
      due.push(plan.due[at] as number);
    }
  }
  await source.close();
  return { bytes: bytes.subarray(0, end), ends, due, messages: plan.due.length };
}

/** One subscriber: what happens with a read. */
interface Reader {
  read(bytes: Buffer, start: number, end: number): void;
  /** Messages it found. */
  readonly found: number;
}

class BareReader implements Reader, ScanVisitor {
  readonly #codec: Codec;
  #next = 1;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get found(): number {
    return this.#next - 1;
  }

  read(bytes: Buffer, start: number, end: number): void {
    this.#codec.scan(bytes, start, end, this);
  }

  message(seq: number): void {
    if (seq === this.#next) this.#next = seq + 1;
  }

  control(): void {}
}

/** As the client of a transport does it. */
class RecordingReader implements Reader, ScanVisitor {
  readonly #codec: Codec;
  readonly #subscriber: BenchSubscriber;
  readonly #stamp: () => number;

  constructor(codec: Codec, subscriber: BenchSubscriber, stamp: () => number) {
    this.#codec = codec;
    this.#subscriber = subscriber;
    this.#stamp = stamp;
  }

  get found(): number {
    return this.#subscriber.delivered;
  }

  read(bytes: Buffer, start: number, end: number): void {
    this.#subscriber.begin(bytes, 0, this.#stamp());
    this.#codec.scan(bytes, start, end, this);
    this.#subscriber.end();
  }

  message(seq: number, start: number, end: number): void {
    this.#subscriber.message(seq, start, end);
  }

  control(): void {}
}

const MODES = ['bare', 'recorded', 'stamped', 'apart'] as const;
type Mode = (typeof MODES)[number];

function readersOf(mode: Mode, codec: Codec, plan: FeedPlan, clock: ScriptedClock): Reader[] {
  const indices = Array.from({ length: SUBSCRIBERS }, (_, i) => i);
  if (mode === 'bare') return indices.map(() => new BareReader(codec));
  const recorder = new WindowRecorder(new PlannedMembership(plan), clock, () => {});
  const end = T0 + FEED.durationMs * 1_000;
  const check = new ContentCheck(codec, plan);
  recorder.open({ t0: T0, start: T0, end, deadline: end + 1e6 });
  const scanning = mode === 'apart' ? codec : new SharedScan(codec);
  return indices.map((i) => {
    const subscriber = new BenchSubscriber(clock, recorder, check, i, SUBSCRIBERS);
    const stamp = mode === 'stamped' ? () => clock.at - 1 - (i % 2) * UNREAD : () => 0;
    return new RecordingReader(scanning, subscriber, stamp);
  });
}

/** CPU time of a pass, ns per message: other processes on the machine do not count. */
function pass(stream: Stream, readers: readonly Reader[], clock: ScriptedClock): number {
  const begun = process.cpuUsage();
  let start = 0;
  for (let read = 0; read < stream.ends.length; read++) {
    const end = stream.ends[read] as number;
    clock.at = T0 + (stream.due[read] as number) + LAG + TRANSIT;
    for (const reader of readers) {
      reader.read(stream.bytes, start, end);
      clock.at += TURN;
    }
    start = end;
  }
  const { user, system } = process.cpuUsage(begun);
  const found = readers.reduce((sum, reader) => sum + reader.found, 0);
  if (found !== stream.messages * readers.length) throw new Error(`found ${found} messages`);
  return ((user + system) * 1e3) / found;
}

async function serve(codecName: string, mode: Mode): Promise<void> {
  const codec = await loadCodec(codecName);
  const plan = await planFeed(FEED);
  const stream = await encodeStream(codec, plan);
  const clock = new ScriptedClock();
  process.on('disconnect', () => process.exit(0));
  process.on('message', () =>
    process.send?.(pass(stream, readersOf(mode, codec, plan, clock), clock)),
  );
  process.send?.(stream.bytes.length / stream.messages);
}

/** What it says next. Its death ends everything: its own stderr says why. */
async function answer(child: ChildProcess): Promise<number> {
  child.once('exit', died);
  const [value] = await once(child, 'message');
  child.off('exit', died);
  return value as number;
}

function died(code: number | null): never {
  process.exit(code ?? 1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
  );
}

/** One round, ns per message: the median pass of each way; another one begins each round. */
async function compare(codec: string, round: number): Promise<Costs> {
  const first = round % MODES.length;
  const ways = [...MODES.slice(first), ...MODES.slice(0, first)].map((mode) => ({
    mode,
    child: fork(fileURLToPath(import.meta.url), [codec, mode]),
    nanos: [] as number[],
  }));
  const [bytes] = await Promise.all(ways.map(({ child }) => answer(child)));
  for (let pass = -WARM_UP_PASSES; pass < PASSES; pass++) {
    for (const { child, nanos } of ways) {
      child.send('pass');
      const one = await answer(child);
      if (pass >= 0) nanos.push(one);
    }
  }
  for (const { child } of ways) child.disconnect();
  const of = (wanted: Mode): number =>
    median(ways.find(({ mode }) => mode === wanted)?.nanos ?? []);
  const nanos = Object.fromEntries(MODES.map((mode) => [mode, of(mode)])) as Record<Mode, number>;
  return { bytes: bytes as number, ...nanos };
}

/** ns per message. */
interface Costs extends Readonly<Record<Mode, number>> {
  /** Mean of an encoded message. */
  readonly bytes: number;
}

async function main(): Promise<void> {
  const head = [
    'codec',
    'bytes',
    'bare scan/s',
    'recording/s',
    'ratio (range)',
    '',
    'of stamped reads/s',
    'recording, scanning apart/s',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const codec of codecNames()) {
    const rounds: Costs[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await compare(codec, i));
    const ratios = rounds.map(({ bare, recorded }) => bare / recorded);
    const ratio = median(ratios);
    if (ratio < TARGET) process.exitCode = 1;
    table.push([
      codec,
      rounds[0]?.bytes.toFixed(1) ?? '',
      rate(rounds.map(({ bare }) => bare)),
      rate(rounds.map(({ recorded }) => recorded)),
      `${ratio.toFixed(3)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
      ratio >= TARGET ? `met (≥ ${TARGET})` : `MISSED (≥ ${TARGET})`,
      `${rate(rounds.map(({ stamped }) => stamped))}, ratio ${median(rounds.map(({ recorded, stamped }) => recorded / stamped)).toFixed(2)} of recording`,
      `${rate(rounds.map(({ apart }) => apart))}, ratio ${median(rounds.map(({ bare, apart }) => bare / apart)).toFixed(2)}`,
    ]);
  }
  console.log(table.toString());
}

/** Messages per second of the median round. */
function rate(nanos: readonly number[]): string {
  return `${(1e3 / median(nanos)).toFixed(1)} million`;
}

const [, , codecArgument, modeArgument] = process.argv;
if (codecArgument === undefined) await main();
else await serve(codecArgument, modeArgument as Mode);
