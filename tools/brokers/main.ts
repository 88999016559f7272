/**
 * `npm run bench:brokers`: `lab serve` beside the message brokers that are installed (nats-server,
 * redis-server), all with stock settings, the same messages, 1,000 subscribers over TCP, and the
 * same receivers. Systems and rates take turns, round after round; the medians of the rounds are
 * printed as the table of the README. `npm run bench:brokers -- 1` makes one round. On a machine
 * that does nothing else.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { SYSTEMS, type System } from './systems.js';
import { type Outcome, trial } from './trial.js';

const ROUNDS = 3;
const RATES = [100, 1_000, 4_000];
const LOAD = { clients: 1_000, sizeBytes: 64, windowMs: 4_000 };
const FIRST_PORT = 17_400;

function isInstalled(system: System): boolean {
  const [program] = system.command(FIRST_PORT, 1, 0);
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number;

function figure(outcomes: readonly Outcome[], of: (one: Outcome) => number | null): string {
  const values = outcomes.map(of).filter((value) => value !== null);
  if (values.length === 0) return '—';
  return Number(median(values).toPrecision(3)).toLocaleString('en');
}

function row(system: System, found: ReadonlyMap<number, Outcome[]>): string {
  const cells = RATES.map((rate) => {
    const outcomes = found.get(rate) ?? [];
    const due = rate * LOAD.clients;
    const delivered = median(outcomes.map(({ deliveredPerSecond }) => deliveredPerSecond));
    const share =
      delivered < 0.97 * due ? ` (${((delivered / due) * 100).toFixed(0)} % of it)` : '';
    const cut = Math.max(...outcomes.map((one) => one.cut));
    const times = `${figure(outcomes, (one) => one.p50Ms)} / ${figure(outcomes, (one) => one.p99Ms)}`;
    return `${times}${share}${cut > 0 ? `, ${cut} cut` : ''}`;
  });
  const cpu = figure(found.get(1_000) ?? [], (one) => one.cpuMicros);
  return `| ${[system.name, ...cells, cpu].join(' | ')} |`;
}

const rounds = Number(process.argv[2] ?? ROUNDS);
const systems = SYSTEMS.filter(isInstalled);
const found = new Map(systems.map((system) => [system, new Map<number, Outcome[]>()]));
let port = FIRST_PORT;
for (let round = 0; round < rounds; round++)
  for (const ratePerSecond of RATES)
    for (const system of round % 2 === 0 ? systems : systems.toReversed()) {
      const outcome = await trial(system, { ...LOAD, ratePerSecond }, port++);
      const outcomes = found.get(system) as Map<number, Outcome[]>;
      outcomes.set(ratePerSecond, [...(outcomes.get(ratePerSecond) ?? []), outcome]);
      console.error(`round ${round + 1}: ${system.name} at ${ratePerSecond}/s`, outcome);
    }
const heads = RATES.map((rate) => `${rate.toLocaleString('en')} msg/s: p50 / p99 ms`);
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, ${cpus().length} CPUs`);
console.log(
  `| ${['1,000 subscribers', ...heads, 'server CPU µs/delivery at 1,000'].join(' | ')} |`,
);
console.log(`|${' --- |'.repeat(RATES.length + 2)}`);
for (const system of systems) console.log(row(system, found.get(system) as Map<number, Outcome[]>));
