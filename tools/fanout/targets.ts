/**
 * `npm run bench:fanout`: the fan-out targets. 1,000 clients, line-json of about 100 bytes. Rates
 * of the engine are set beside those of bare loops with the same clients and bytes per send, in
 * rounds that take turns (`LAB_FANOUT_ROUNDS`, 5), as medians of the ratios of a round; then whole
 * cells at the offered loads; then five minutes of a million deliveries a second to see whether the
 * heap grows (`LAB_FANOUT_HEAP_MS`). Takes about 12 minutes and wants a quiet machine. Exits 1 when
 * a target is missed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { runCeiling } from '../../bench/probe/ceiling/ceiling.js';
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { runMatrix } from '../../bench/run/runner.js';
import { codecNames } from '../../src/codecs/registry.js';
import { median } from '../../src/stats/index.js';
import { heapSlope } from './slope.js';
import { bareFlow, engineFlow } from './trial.js';

const CLIENTS = 1_000;
const SIZE_BYTES = 40;
const ROUNDS = Number(process.env.LAB_FANOUT_ROUNDS ?? 5);
const HEAP_RUN_MS = Number(process.env.LAB_FANOUT_HEAP_MS ?? 300_000);
const TRIAL_MS = 2_000;
/** Ten messages of a hundred bytes fit a datagram, and are what a flush has at a moderate rate. */
const MESSAGES_PER_FLUSH = 10;
const QUOTE_RATE = 100;

interface Check {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
}

interface Rates {
  readonly tcp: number;
  readonly bareTcp: number;
  readonly sendmmsg: number;
  readonly bareSendmmsg: number;
  readonly dgram: number;
  readonly p50: number;
  readonly bareP50: number;
  readonly scans: ReadonlyMap<string, number>;
}

type Step = readonly [name: Exclude<keyof Rates, 'scans'>, measure: () => Promise<number>];

/** One round, its steps in an order that turns with every round. */
async function round(index: number): Promise<Rates> {
  const full = { clients: CLIENTS, sizeBytes: SIZE_BYTES, ratePerSecond: null };
  const engine = async (
    transport: 'tcp' | 'udp',
    udpSender: 'dgram' | 'sendmmsg',
  ): Promise<number> => {
    const flow = await engineFlow(
      { ...full, transport, udpSender, messagesPerFlush: MESSAGES_PER_FLUSH },
      TRIAL_MS,
    );
    bytes[transport] = Math.round(flow.bytesPerSend);
    return flow.sendsPerSecond;
  };
  const paced = { clients: CLIENTS, sizeBytes: SIZE_BYTES, ratePerSecond: QUOTE_RATE };
  const steps: Step[] = [
    ['tcp', () => engine('tcp', 'dgram')],
    ['bareTcp', () => ceiling('tcp')],
    ['sendmmsg', () => engine('udp', 'sendmmsg')],
    ['bareSendmmsg', () => ceiling('udp')],
    ['dgram', () => engine('udp', 'dgram')],
    [
      'p50',
      async () => {
        const spec = {
          ...paced,
          transport: 'tcp',
          udpSender: 'auto',
          messagesPerFlush: 1,
        } as const;
        return (await engineFlow(spec, TRIAL_MS)).p50Micros ?? Number.NaN;
      },
    ],
    ['bareP50', async () => (await bareFlow(paced, TRIAL_MS)).p50Micros ?? Number.NaN],
  ];
  const found = new Map<string, number>();
  const first = index % steps.length;
  for (const [name, measure] of [...steps.slice(first), ...steps.slice(0, first)]) {
    found.set(name, await measure());
  }
  return { ...(Object.fromEntries(found) as Omit<Rates, 'scans'>), scans: await scans() };
}

/** Of one send of the engine, as last measured: the bare loop sends as many. */
const bytes = { tcp: 1_000, udp: 1_036 };

async function ceiling(transport: 'tcp' | 'udp'): Promise<number> {
  const { sent_per_s: sends, reason } = await runCeiling({
    transport,
    host: '127.0.0.1',
    clients: CLIENTS,
    bytesPerSend: bytes[transport],
    messagesPerSend: 1,
    durationMs: TRIAL_MS,
    processes: 1,
    sender: 'sendmmsg',
  });
  if (sends === null) throw new Error(`no ceiling of ${transport}: ${reason}`);
  return sends;
}

/** Messages/s that each codec's bare scan finds, measured in turns. */
async function scans(): Promise<Map<string, number>> {
  const script = fileURLToPath(new URL('../scan.js', import.meta.url));
  const rates = new Map<string, number>();
  for (const codec of codecNames()) {
    const child = fork(script, [codec, 'bare']);
    await once(child, 'message');
    const nanos: number[] = [];
    for (let pass = 0; pass < 5; pass++) {
      child.send('pass');
      const [one] = (await once(child, 'message')) as [number];
      if (pass >= 2) nanos.push(one);
    }
    child.disconnect();
    rates.set(codec, 1e9 / median(nanos));
  }
  return rates;
}

function ratioChecks(rounds: readonly Rates[]): Check[] {
  const of = (
    what: string,
    ratio: (rates: Rates) => number,
    target: number,
    least: boolean,
    about: string,
  ): Check => {
    const ratios = rounds.map(ratio);
    const value = median(ratios);
    return {
      what,
      value: `${value.toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}) ${about}`,
      target: `${least ? '≥' : '≤'} ${target.toFixed(1)}`,
      met: least ? value >= target : value <= target,
    };
  };
  const mid = (pick: (rates: Rates) => number): number => median(rounds.map(pick));
  const k = (value: number): string => `${(value / 1e3).toFixed(0)}k/s`;
  const scan = (rates: Rates, codec: string): number => rates.scans.get(codec) as number;
  return [
    of('TCP engine ÷ bare write loop', (r) => r.tcp / r.bareTcp, 0.9, true, k(mid((r) => r.tcp))),
    of(
      'UDP engine ÷ bare sendmmsg loop',
      (r) => r.sendmmsg / r.bareSendmmsg,
      0.9,
      true,
      k(mid((r) => r.sendmmsg)),
    ),
    of(
      'sendmmsg ÷ dgram sender',
      (r) => r.sendmmsg / r.dgram,
      1.4,
      true,
      `dgram ${k(mid((r) => r.dgram))}`,
    ),
    of(
      `p50 at ${QUOTE_RATE} msg/s ÷ that of the bare loop`,
      (r) => r.p50 / r.bareP50,
      1.2,
      false,
      `${(mid((r) => r.p50) / 1e3).toFixed(1)} ms`,
    ),
    of(
      'msgpack scan ÷ line-json scan',
      (r) => scan(r, 'msgpack') / scan(r, 'line-json'),
      1,
      true,
      `${(mid((r) => scan(r, 'line-json')) / 1e6).toFixed(1)} M/s line-json`,
    ),
  ];
}

async function run(config: RunConfig): Promise<LabResult> {
  const never = new AbortController().signal;
  return runMatrix(
    config,
    { command: 'npm run bench:fanout', supplied: [] },
    {
      stop: never,
      kill: never,
      onEvent: (event) => {
        if (event.type === 'cell-start') note(event.cell.id);
      },
    },
  );
}

/** Medians over the runs of a cell. */
function cellChecks(runs: readonly CellResult[], p99LimitMs: number): Check[] {
  const { transport, rate_per_s: rate } = runs[0] as CellResult;
  const name = `${transport} ${rate} msg/s`;
  const lost = median(runs.map((cell) => cell.lost ?? Number.NaN));
  const p99 = median(runs.map((cell) => cell.latency_us.p99 ?? Number.POSITIVE_INFINITY));
  const delivered = median(runs.map((cell) => cell.goodput.messages_per_s ?? Number.NaN));
  const invalid = runs.filter(({ verdict }) => verdict.status === 'INVALID');
  const codes = new Set(runs.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code)));
  return [
    {
      what: `${name}: lost of ${runs[0]?.expected}`,
      value: `${lost} (${Number.isNaN(delivered) ? '?' : (delivered / 1e6).toFixed(2)} M/s delivered)`,
      target: '0',
      met: lost === 0 && (runs[0]?.expected ?? 0) > 0,
    },
    {
      what: `${name}: p99`,
      value: `${(p99 / 1e3).toFixed(0)} ms`,
      target: `< ${p99LimitMs} ms`,
      met: p99 < p99LimitMs * 1e3,
    },
    {
      what: `${name}: runs that are INVALID`,
      value: `${invalid.length} of ${runs.length}${codes.size === 0 ? '' : ` (${[...codes].join(' ')})`}`,
      target: 'fewer than half',
      met: invalid.length * 2 < runs.length,
    },
  ];
}

async function loadChecks(): Promise<Check[]> {
  const base: RunConfig = {
    ...DEFAULT_CONFIG,
    codecs: ['line-json'],
    clients: [CLIENTS],
    baselines: false,
    durationsMs: [3_000],
    repeat: ROUNDS,
  };
  const { cells } = await run({ ...base, ratesPerSecond: [100, 1_000, 4_000] });
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = `${cell.transport} ${cell.rate_per_s}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap((runs) => cellChecks(runs, 250));
}

async function heapCheck(): Promise<Check> {
  const { heapBytes, sendsPerSecond, bytesPerSend } = await engineFlow(
    {
      transport: 'tcp',
      udpSender: 'auto',
      clients: CLIENTS,
      sizeBytes: SIZE_BYTES,
      ratePerSecond: 1_000,
      messagesPerFlush: 1,
    },
    HEAP_RUN_MS,
  );
  // The log fills for the first seconds.
  const slope = heapSlope(heapBytes.slice(30));
  const perMinute = (value: number): string => `${((value * 60) / 1024).toFixed(0)} KiB/min`;
  const messages = (sendsPerSecond * bytesPerSend) / 100 / 1e6;
  return {
    what: `server heap over ${(HEAP_RUN_MS / 60_000).toFixed(0)} min at ${messages.toFixed(1)} M deliveries/s`,
    value:
      slope === null
        ? 'too short to tell'
        : `${perMinute(slope.perSample)} ± ${perMinute(slope.noise)}`,
    target: 'no growth beyond noise',
    met: slope !== null && slope.perSample <= Math.max(slope.noise, 0),
  };
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

const rounds: Rates[] = [];
for (let i = 0; i < ROUNDS; i++) {
  note(`round ${i + 1} of ${ROUNDS}`);
  rounds.push(await round(i));
}
const checks = [...ratioChecks(rounds), ...(await loadChecks())];
note('heap');
checks.push(await heapCheck());
const table = new Table({
  head: ['target', 'value', 'wanted', ''],
  style: { head: [], border: [] },
});
for (const { what, value, target, met } of checks)
  table.push([what, value, target, met ? 'met' : 'MISSED']);
console.log(table.toString());
process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
