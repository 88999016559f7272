/** `lab ping`: what the network takes without the lab. */
import { Argument, type Command } from 'commander';
import { runEcho } from '../../bench/probe/echo/echo.js';
import { runPing } from '../../bench/probe/ping/ping.js';
import type { RoundTrip } from '../../bench/result/result.js';
import { formatBytes, formatMicros } from '../../reports/format.js';
import { echoName } from '../../reports/text/echo-name.js';
import { parseBytes, parseHost, parseInteger } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { watchInterrupts } from '../signals.js';
import { type Column, renderGrid } from '../ui/grid.js';
import { wrap } from '../ui/text.js';

const EXAMPLES = `
Examples:
  lab ping                       this machine with itself, as in lab run
  lab ping 192.0.2.7 --count 50  another one: ping only, the echo server runs here
  lab ping --size 1k --json

The echoes are bare sockets to a process of their own on this machine, by blocking system calls (native) or over Node's
sockets (node): what the lab's transports cannot beat.
Ctrl-C ends it with what there is.
`;

const INTERVAL_MS = 20;
const ECHO_TIMEOUT_MS = 1_000;

interface PingOptions {
  readonly size?: number;
  readonly count?: number;
  readonly json?: boolean;
}

interface Row {
  readonly name: string;
  readonly trip: RoundTrip;
}

export function addPing(program: Command, finish: Finish): void {
  const size = (text: string, flag: string): number =>
    parseBytes(flag, text, { min: 0, max: 65_000 });
  const count = (text: string, flag: string): number =>
    parseInteger(flag, text, { min: 1, max: 10_000 });
  const host = new Argument('[host]', 'name or address').argParser((text: string) =>
    parseHost('host', text),
  );
  program
    .command('ping')
    .description("round-trip times of the system's ping and of bare TCP and UDP sockets")
    .addArgument(host.default('127.0.0.1'))
    .addOption(valueOption('-s, --size <bytes>', 'payload (k = 1,024) (default: 40)', size))
    .addOption(valueOption('-n, --count <n>', 'exchanges of each (default: 20)', count))
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async (target: string, options: PingOptions) => finish(await ping(target, options)));
}

async function ping(
  host: string,
  { size = 40, count = 20, json = false }: PingOptions,
): Promise<number> {
  const interrupts = watchInterrupts(() => {});
  const { stop: signal, kill } = interrupts;
  const common = { host, sizeBytes: size, count, intervalMs: INTERVAL_MS, signal };
  // One after the other: they would disturb each other.
  const icmp = await runPing(common);
  const tcp = await runEcho({ ...common, transport: 'tcp', timeoutMs: ECHO_TIMEOUT_MS });
  const udp = await runEcho({ ...common, transport: 'udp', timeoutMs: ECHO_TIMEOUT_MS });
  kill.throwIfAborted();
  const rows: Row[] = [
    { name: 'ping', trip: icmp },
    { name: echoName('TCP', tcp), trip: tcp },
    { name: echoName('UDP', udp), trip: udp },
  ];
  await print(json ? jsonText({ ping: icmp, echo: { tcp, udp } }) : table(rows));
  interrupts.dispose();
  if (signal.aborted) return EXIT_CODES.interrupted;
  return rows.some(({ trip }) => trip.available) ? 0 : 1;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'round trip', align: 'left', cell: ({ name }) => name },
  { title: 'host', align: 'left', cell: ({ trip }) => trip.host, shrinkTo: 12 },
  { title: 'payload', align: 'right', cell: ({ trip }) => formatBytes(trip.size_bytes) },
  { title: 'replies', align: 'right', cell: ({ trip }) => `${trip.received} of ${trip.sent}` },
  { title: 'min', align: 'right', cell: ({ trip }) => formatMicros(trip.rtt_us?.min ?? null) },
  { title: 'p50', align: 'right', cell: ({ trip }) => formatMicros(trip.rtt_us?.p50 ?? null) },
  { title: 'avg', align: 'right', cell: ({ trip }) => formatMicros(trip.rtt_us?.avg ?? null) },
  { title: 'max', align: 'right', cell: ({ trip }) => formatMicros(trip.rtt_us?.max ?? null) },
];

function table(rows: readonly Row[]): string {
  const width = stdoutWidth();
  const style = stdoutStyle();
  const remarks = rows.flatMap(({ trip }) =>
    trip.reason === null
      ? []
      : [wrap([trip.reason, trip.hint].filter(Boolean).join(' → '), width, '  ')],
  );
  const grid = renderGrid(COLUMNS, [{ title: null, rows }], width, style);
  return `${[grid, ...(remarks.length === 0 ? [] : ['', ...remarks])].join('\n')}\n`;
}
