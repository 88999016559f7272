/** The engine beside bare loops that do the same sends, at full speed and at the rate of quotes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runCeiling } from '../../bench/probe/ceiling/ceiling.js';
import { codecNames } from '../../src/codecs/registry.js';
import { median } from '../../src/stats/index.js';
import { type Check, note } from './check.js';
import { bareFlow, engineFlow } from './trial.js';

const CLIENTS = 1_000;
const SIZE_BYTES = 40;
const TRIAL_MS = 2_000;
/** Ten messages of a hundred bytes fit a datagram, and are what a flush has at a moderate rate. */
const MESSAGES_PER_FLUSH = 10;
const QUOTE_RATE = 100;

/** In rounds that take turns, as medians of the ratios of a round. */
export async function engineChecks(count: number): Promise<Check[]> {
  const rounds: Rates[] = [];
  for (let i = 0; i < count; i++) {
    note(`engine, round ${i + 1} of ${count}`);
    rounds.push(await round(i));
  }
  return ratioChecks(rounds);
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
