/**
 * `npm run profile`: where the server's CPU time goes under load. 1,000 clients × 1,000 messages/s
 * over each transport (or those named: `npm run profile -- tcp`), the server process under V8's
 * sampling profiler. Prints the functions with the largest self time and keeps the profiles (Chrome
 * DevTools and `npx cpupro` open them) in `lab-results/profile-<transport>/`.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import Table from 'cli-table3';
import { runCell } from '../bench/cell/local.js';
import { DEFAULT_CONFIG, type RunConfig } from '../bench/config.js';
import { planCells } from '../bench/run/matrix.js';
import { receiverHere } from '../bench/run/receiver-here.js';
import { subscriberProcesses } from '../bench/run/subscriber-processes.js';
import { createAnchor } from '../src/core/clock.js';
import { loadTransport } from '../src/transports/registry.js';
import { type CpuProfile, selfTimes } from './cpu-profile.js';

const TOP = 15;
const never = new AbortController().signal;

async function profile(transport: string): Promise<void> {
  const dir = resolve('lab-results', `profile-${transport}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const receiver = await receiverHere({ ...DEFAULT_CONFIG, transports: [transport] });
  const config: RunConfig = {
    ...DEFAULT_CONFIG,
    receiver,
    transports: [transport],
    codecs: ['line-json'],
    clients: [1_000],
    ratesPerSecond: [1_000],
    baselines: false,
  };
  const [plan] = planCells(config);
  if (plan?.kind !== 'local') throw new Error('no cell was planned');
  const record = await runCell(plan, {
    anchor: createAnchor(),
    config,
    hooks: { onEvent: () => {}, stop: never, kill: never },
    processes: subscriberProcesses(config),
    receiver,
    link: null,
    pingSizeBytes: plan.sizeBytes,
    serverNodeOptions: ['--cpu-prof', `--cpu-prof-dir=${dir}`],
  });
  if (record.failure !== null) throw new Error(record.failure.message);
  const [file] = readdirSync(dir).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`the server left no profile in ${dir}`);
  const found = selfTimes(JSON.parse(readFileSync(resolve(dir, file), 'utf8')) as CpuProfile);
  const table = new Table({ head: ['self time', 'function'], style: { head: [], border: [] } });
  for (const { name, share } of found.slice(0, TOP))
    table.push([`${(share * 100).toFixed(1)} %`, name]);
  console.log(`${plan!.id}: ${resolve(dir, file)}\n${table.toString()}`);
}

const named = process.argv.slice(2);
for (const transport of named.length > 0 ? named : ['tcp', 'udp']) {
  await loadTransport(transport);
  await profile(transport);
}
