/** `lab micro`: what each codec costs per message, without a network. */
import type { Command } from 'commander';
import type { MicroRow } from '../../bench/micro/micro.js';
import { formatBytes, formatCount, formatInteger, MISSING } from '../../reports/format.js';
import { codecNames } from '../../src/codecs/registry.js';
import { parseBytes, parseDuration, parseList, parseName } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { watchInterrupts } from '../signals.js';
import { type Column, renderGrid } from '../ui/grid.js';
import { LiveLine } from '../ui/live-line.js';
import { isLive } from '../ui/style.js';
import { MAX_WIDTH, truncate, wrap } from '../ui/text.js';

const EXAMPLES = `
Examples:
  lab micro                            every codec, payloads of 32 B to 8 KiB
  lab micro -k msgpack -s 40 --time 2s one codec and size, more precisely
  lab micro --json > micro.json

Ctrl-C ends it with the rows there are.
`;

const MAX_SIZE = 512 * 1024;

interface MicroOptions {
  readonly codec?: string[];
  readonly size?: number[];
  readonly time?: number;
  readonly json?: boolean;
}

export function addMicro(program: Command, finish: Finish): void {
  const codecs = (text: string, flag: string): string[] =>
    parseList(flag, text, (item) => parseName(flag, item, codecNames(), 'LAB_ERR_UNKNOWN_CODEC'));
  const sizes = (text: string, flag: string): number[] =>
    parseList(flag, text, (item) => parseBytes(flag, item, { min: 0, max: MAX_SIZE }));
  const time = (text: string, flag: string): number =>
    parseDuration(flag, text, { min: 10, max: 60_000 });
  program
    .command('micro')
    .description('encode, decode and scan: time per message of each codec')
    .addOption(
      valueOption('-k, --codec <list>', `codecs (default: ${codecNames().join(',')})`, codecs),
    )
    .addOption(
      valueOption('-s, --size <list>', 'payload bytes (k = 1,024) (default: 32,256,1k,8k)', sizes),
    )
    .addOption(valueOption('--time <time>', 'measured time of each row (default: 500ms)', time))
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async (options: MicroOptions) => {
      finish(await micro(options));
    });
}

async function micro({ codec, size, time, json = false }: MicroOptions): Promise<number> {
  const { runMicro } = await import('../../bench/micro/micro.js');
  const interrupts = watchInterrupts(() => {});
  let doing = '';
  const live = isLive(process.stderr, process.env)
    ? new LiveLine(process.stderr, (width) => truncate(doing, width))
    : undefined;
  try {
    const rows = await runMicro({
      ...(codec === undefined ? {} : { codecs: codec }),
      ...(size === undefined ? {} : { sizes: size }),
      ...(time === undefined ? {} : { timeMs: time }),
      signal: interrupts.stop,
      onProgress: (done, total, label) => {
        doing = `${done}/${total} ${label}`;
      },
    });
    live?.close();
    interrupts.kill.throwIfAborted();
    if (rows.length === 0 && interrupts.stop.aborted) return EXIT_CODES.interrupted;
    await print(json ? jsonText(rows) : table(rows));
    return interrupts.stop.aborted ? EXIT_CODES.interrupted : 0;
  } finally {
    live?.close();
    interrupts.dispose();
  }
}

const COLUMNS: readonly Column<MicroRow>[] = [
  { title: 'codec', align: 'left', cell: ({ codec }) => codec },
  {
    title: 'payload',
    align: 'right',
    cell: ({ payloadBytes }) => formatBytes(Math.round(payloadBytes)),
  },
  {
    title: 'message',
    align: 'right',
    cell: ({ messageBytes }) => formatBytes(Math.round(messageBytes)),
  },
  {
    title: 'time\n/message',
    align: 'right',
    cell: ({ nsPerOp }) => `${formatInteger(nsPerOp)} ns`,
  },
  { title: 'messages\n/s', align: 'right', cell: ({ opsPerSecond }) => formatCount(opsPerSecond) },
  {
    title: 'margin\n[95 %]',
    align: 'right',
    cell: ({ rme }) => (Number.isFinite(rme) ? `± ${rme.toFixed(1)} %` : MISSING),
  },
];

const NOTE =
  'Payload and message: mean sizes. Time: mean per message over whole batches; margin: half the 95 % confidence interval, in % of the mean. Scan: find the messages in what was read, without decoding them.';

function table(rows: readonly MicroRow[]): string {
  const width = Math.min(stdoutWidth(), MAX_WIDTH);
  return `${renderGrid(COLUMNS, groups(rows), width, stdoutStyle())}\n\n${wrap(NOTE, width)}\n`;
}

/** Rows that are to be compared stand together: one group per operation and payload. */
function groups(rows: readonly MicroRow[]): { title: string; rows: MicroRow[] }[] {
  const operations = [...new Set(rows.map(({ operation }) => operation))];
  return operations.map((operation) => ({
    title: operation,
    rows: rows.filter((row) => row.operation === operation),
  }));
}
