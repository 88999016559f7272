/**
 * `npm run bench:fanout`: the fan-out targets, as ratios of one run. 1,000 clients, line-json, TCP and UDP at 100 and 1,000
 * messages/s: everything published must be delivered. Then a minute of TCP: the server's memory must stay small and flat.
 * Exits 1 when a target is missed.
 */
import Table from 'cli-table3';
import { DEFAULT_CONFIG, type RunConfig } from '../plan.js';
import type { CellResult, LabResult } from '../result.js';
import { runMatrix } from '../runner.js';

const CLIENTS = 1_000;
const RSS_LIMIT_BYTES = 200 * 1024 * 1024;
/** A resident set that grows by less than this in a minute is noise of the collector. */
const GROWTH_LIMIT = 1.1;
const MEMORY_RUN_MS = Number(process.env.LAB_FANOUT_MEMORY_MS ?? 60_000);

const base: RunConfig = { ...DEFAULT_CONFIG, codecs: ['line-json'], clients: [CLIENTS] };

async function run(config: RunConfig): Promise<LabResult> {
  const never = new AbortController().signal;
  return runMatrix(
    config,
    { command: 'npm run bench:fanout', supplied: [] },
    {
      stop: never,
      kill: never,
      onEvent: (event) => {
        if (event.type === 'cell-start')
          process.stderr.write(`${event.index + 1}/${event.total} ${event.cell.id}\n`);
      },
    },
  );
}

interface Check {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
}

function deliveryChecks(cell: CellResult): Check[] {
  const name = `${cell.transport} ${cell.rate_per_s} msg/s`;
  return [
    {
      what: `${name}: delivered ÷ expected`,
      value: `${(cell.reach ?? 0).toFixed(6)} (${cell.lost} lost)`,
      target: '= 1',
      met: cell.expected > 0 && cell.lost === 0,
    },
    {
      what: `${name}: verdict`,
      value: [cell.verdict.status, ...cell.verdict.reasons.map(({ code }) => code)].join(' '),
      target: 'not INVALID',
      met: cell.verdict.status !== 'INVALID',
    },
  ];
}

function memoryChecks(cell: CellResult): Check[] {
  const server = cell.server;
  if (server === null) return [{ what: 'server memory', value: 'no report', target: 'a report', met: false }];
  const growth = server.rss_bytes / server.rss_start_bytes;
  return [
    {
      what: `server RSS, ${CLIENTS} TCP subscribers ÷ 200 MiB`,
      value: (server.rss_peak_bytes / RSS_LIMIT_BYTES).toFixed(2),
      target: '< 1',
      met: server.rss_peak_bytes < RSS_LIMIT_BYTES,
    },
    {
      what: `server RSS after ÷ before ${cell.duration_s} s`,
      value: growth.toFixed(3),
      target: `≤ ${GROWTH_LIMIT}`,
      met: growth <= GROWTH_LIMIT,
    },
  ];
}

const rates = await run({ ...base, ratesPerSecond: [100, 1_000] });
// Warmed up for as long as the log takes to fill: from then on nothing may grow.
const minute = await run({
  ...base,
  transports: ['tcp'],
  ratesPerSecond: [1_000],
  warmupMs: 20_000,
  durationsMs: [MEMORY_RUN_MS],
});
const checks = [
  ...rates.cells.flatMap(deliveryChecks),
  ...minute.cells.flatMap((cell) => [...deliveryChecks(cell), ...memoryChecks(cell)]),
];
const table = new Table({ head: ['target', 'value', 'wanted', ''], style: { head: [], border: [] } });
for (const { what, value, target, met } of checks) table.push([what, value, target, met ? 'met' : 'MISSED']);
console.log(table.toString());
process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
