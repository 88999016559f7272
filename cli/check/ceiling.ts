/** `lab ceiling`: what bare sockets deliver, without core and codec. */
import type { Command } from 'commander';
import { DEFAULT_CONFIG } from '../../bench/config.js';
import { type Ceiling, runCeiling } from '../../bench/probe/ceiling/ceiling.js';
import { subscriberProcesses } from '../../bench/run/subscriber-processes.js';
import { formatBytes, formatCount, formatMicros } from '../../reports/format.js';
import { LabError } from '../../src/errors.js';
import {
  parseBytes,
  parseCount,
  parseDuration,
  parseList,
  parseName,
} from '../../src/options/values.js';
import { flagWords } from '../args/flag-words.js';
import { type Finish, valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { watchInterrupts } from '../signals.js';
import { type Column, renderGrid } from '../ui/grid.js';
import { MAX_WIDTH, wrap } from '../ui/text.js';

const EXAMPLES = `
Examples:
  lab ceiling                               1,000 clients, TCP and UDP, 100 B and 1,200 B per send
  lab ceiling -t tcp -c 10,1k --bytes 16k   how batching pays: bytes per write

A server process sends one buffer to every client in turn, as fast as the sockets take it, and another process counts what arrives.
lab run --ceiling sets each cell beside the ceiling of its own bytes per send. Ctrl-C ends it with the rows there are.
`;

const TRANSPORTS = ['tcp', 'udp'] as const;

/** Each way to send there is. */
const LOOPS = [
  { transport: 'tcp', sender: 'dgram', name: 'tcp socket.write' },
  { transport: 'udp', sender: 'dgram', name: 'udp dgram' },
  { transport: 'udp', sender: 'sendmmsg', name: 'udp sendmmsg' },
  { transport: 'udp', sender: 'gso', name: 'udp gso' },
] as const;

interface CeilingFlags {
  readonly transport?: readonly string[];
  readonly clients?: readonly number[];
  readonly bytes?: readonly number[];
  readonly duration?: number;
  readonly json?: boolean;
}

interface Row {
  readonly loop: (typeof LOOPS)[number];
  readonly clients: number;
  readonly bytes: number;
  readonly ceiling: Ceiling;
}

export function addCeiling(program: Command, finish: Finish): void {
  const transports = (text: string, flag: string): string[] =>
    parseList(flag, text, (item) => parseName(flag, item, TRANSPORTS, 'LAB_ERR_UNKNOWN_TRANSPORT'));
  const clients = (text: string, flag: string): number[] =>
    parseList(flag, text, (item) => parseCount(flag, item, { min: 1, max: 20_000 }));
  const bytes = (text: string, flag: string): number[] =>
    parseList(flag, text, (item) => parseBytes(flag, item, { min: 1, max: 1024 * 1024 }));
  const duration = (text: string, flag: string): number =>
    parseDuration(flag, text, { min: 100, max: 600_000 });
  program
    .command('ceiling')
    .description('what a bare socket loop delivers: no core, no codec')
    .addOption(valueOption('-t, --transport <list>', 'tcp, udp (default: tcp,udp)', transports))
    .addOption(valueOption('-c, --clients <list>', 'receivers (k = 1,000) (default: 1k)', clients))
    .addOption(
      valueOption('-b, --bytes <list>', 'bytes of one send (k = 1,024) (default: 100,1200)', bytes),
    )
    .addOption(valueOption('-d, --duration <time>', 'measured window (default: 2s)', duration))
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CeilingFlags) => finish(await ceiling(flags)));
}

async function ceiling(flags: CeilingFlags): Promise<number> {
  const {
    transport = TRANSPORTS,
    clients = [1_000],
    bytes = [100, 1_200],
    duration = 2_000,
  } = flags;
  const interrupts = watchInterrupts(() => {});
  const signal = AbortSignal.any([interrupts.stop, interrupts.kill]);
  const rows: Row[] = [];
  const loops = transport.flatMap((name) => LOOPS.filter((loop) => loop.transport === name));
  try {
    for (const loop of loops) {
      for (const count of clients) {
        for (const size of bytes) {
          if (signal.aborted) continue;
          const measured = await runCeiling({
            ...loop,
            host: '127.0.0.1',
            clients: count,
            bytesPerSend: size,
            messagesPerSend: 1,
            durationMs: duration,
            processes: subscriberProcesses({ ...DEFAULT_CONFIG, clients: [count] }),
            signal,
          });
          // Cut short it has no figures; those before it have.
          if (signal.aborted) continue;
          const reason = measured.reason === null ? null : flagWords(measured.reason);
          rows.push({ loop, clients: count, bytes: size, ceiling: { ...measured, reason } });
        }
      }
    }
    interrupts.kill.throwIfAborted();
    if (rows.length === 0 && signal.aborted) return EXIT_CODES.interrupted;
    await print(flags.json === true ? jsonText({ ceilings: rows.map(documentOf) }) : table(rows));
  } finally {
    interrupts.dispose();
  }
  if (signal.aborted) return EXIT_CODES.interrupted;
  if (rows.some(({ ceiling: { available } }) => available)) return 0;
  throw new LabError(
    'LAB_ERR_INTERNAL',
    `nothing could be measured: ${rows[0]?.ceiling.reason ?? ''}`,
  );
}

function documentOf({
  loop,
  clients,
  bytes,
  ceiling: { available, reason, sends_per_s: sends, sent_per_s: sent },
}: Row): object {
  return {
    transport: loop.transport,
    sender: loop.transport === 'tcp' ? 'socket.write' : loop.sender,
    clients,
    bytes_per_send: bytes,
    available,
    reason,
    sends_per_s: sends,
    sent_per_s: loop.transport === 'tcp' ? null : sent,
    bytes_per_s: sends === null ? null : sends * bytes,
    us_per_send: sends === null ? null : 1e6 / sends,
  };
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'sender', align: 'left', cell: ({ loop }) => loop.name },
  { title: 'clients', align: 'right', cell: ({ clients }) => formatCount(clients) },
  { title: 'bytes\n/send', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  {
    title: 'sends/s',
    align: 'right',
    cell: ({ loop, ceiling: { sent_per_s: sent } }) =>
      formatCount(loop.transport === 'tcp' ? null : sent),
  },
  {
    title: 'received\n/s',
    align: 'right',
    cell: ({ ceiling: { sends_per_s: sends } }) => formatCount(sends),
  },
  {
    title: 'time\n/send',
    align: 'right',
    cell: ({ ceiling: { sends_per_s: sends } }) =>
      formatMicros(sends === null ? null : 1e6 / sends),
  },
  {
    title: 'goodput\nbytes/s',
    align: 'right',
    cell: ({ bytes, ceiling: { sends_per_s: sends } }) =>
      formatBytes(sends === null ? null : sends * bytes),
  },
];

function table(rows: readonly Row[]): string {
  const width = Math.min(stdoutWidth(), MAX_WIDTH);
  const remarks = rows.flatMap(({ loop, ceiling: { reason } }) =>
    reason === null ? [] : [wrap(`${loop.name}: ${reason}`, width, '  ')],
  );
  const grid = renderGrid(COLUMNS, [{ title: null, rows }], width, stdoutStyle());
  const note = wrap(
    'Sends/s: datagrams handed to the kernel, and of the same ones those received; what receivers cannot keep up with is lost. Over TCP all that is written arrives. Time per send and goodput are of what was received.',
    width,
  );
  return `${[grid, '', note, ...remarks].join('\n')}\n`;
}
