/** `lab record`: a feed into a file that `--source replay:` plays back at the same pace. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import { formatBytes, formatCount, formatInteger, formatSeconds } from '../../../reports/format.js';
import { type Feed, subscribe } from '../../client/feed.js';
import { startTimer } from '../../core/timer.js';
import { LabError } from '../../errors.js';
import { BatchedOut } from '../batched-out.js';
import { EXIT_CODES } from '../exit-codes.js';
import { addFeedFlags, type FeedFlags, feedOptions } from '../feed-flags.js';
import { checkExport, checkUnused } from '../files.js';
import { lineFormat } from '../message-text.js';
import { noticeText } from '../notice-text.js';
import type { Finish } from '../options.js';
import { valueOption } from '../options.js';
import { note, stdoutClosed } from '../output.js';
import { type Interrupts, watchInterrupts } from '../signals.js';
import { LiveLine } from '../ui/live-line.js';
import { isLive } from '../ui/style.js';
import { truncate } from '../ui/text.js';
import { parseDuration, quoted } from '../values.js';

const EXAMPLES = `
Records the live feed, one JSON line per message with the time it was published. The snapshot is left out, as its messages are of
another time. The file is written as the messages come: what is in it is complete up to its last line. One that is there already
is refused, unless it is empty, a device or a pipe, or --force is given.

Examples:
  lab record tcp://127.0.0.1:7400 -o feed.ndjson --duration 10s
  lab record udp://[::1]:7400 --keys AAPL --count 1000 -o aapl.ndjson
  lab record tcp://127.0.0.1:7400 -o - | gzip > feed.ndjson.gz
  lab run --source replay:feed.ndjson --rate recorded

Exit codes: 0 complete · 1 no connection · 2 usage, or the file is there already · 4 messages are missing in it · 130 interrupted
`;

const FLAG = '-o/--output';
const YEAR_MS = 365 * 24 * 3_600_000;

interface RecordFlags extends FeedFlags {
  readonly output: string;
  readonly duration?: number;
  readonly force?: boolean;
}

export function addRecord(program: Command, finish: Finish): void {
  const command = program.command('record').description('record a feed into a file, to be replayed');
  addFeedFlags(command)
    .addOption(
      valueOption('-o, --output <file>', 'where to; - = stdout', (text) => text).makeOptionMandatory(),
    )
    .addOption(
      valueOption('-d, --duration <time>', 'stop so long after the first connection', (text, flag) =>
        parseDuration(flag, text, { min: 1, max: YEAR_MS }),
      ),
    )
    .option('--force', 'overwrite a recording that is there already, once the feed is connected')
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, flags: RecordFlags) => finish(await record(url, flags)));
}

async function record(url: string, flags: RecordFlags): Promise<number> {
  if (flags.output !== '-') {
    await checkExport(FLAG, flags.output);
    checkOverwrite(flags);
  }
  const interrupts = watchInterrupts(() => {});
  try {
    return await capture(url, flags, interrupts);
  } finally {
    interrupts.dispose();
  }
}

/** @throws LAB_ERR_EXPORT_PATH */
function checkOverwrite({ output, force = false }: RecordFlags): void {
  if (output !== '-' && !force) checkUnused(FLAG, output, '--force');
}

async function capture(url: string, flags: RecordFlags, interrupts: Interrupts): Promise<number> {
  const enough = new AbortController();
  const broken = new AbortController();
  let file: RecordingFile | undefined;
  let since = 0;
  const stop = AbortSignal.any([
    interrupts.stop,
    enough.signal,
    broken.signal,
    ...(flags.output === '-' ? [stdoutClosed] : []),
  ]);
  let live: LiveLine | undefined;
  const feed = subscribe(url, {
    ...feedOptions(flags),
    snapshot: false,
    signal: stop,
    onNotice: (notice) => {
      if (notice.type === 'connected' && file === undefined) {
        // Not before: a file that is there already is worth more than a feed that is not. And somebody may have made it meanwhile.
        try {
          checkOverwrite(flags);
        } catch (error) {
          return broken.abort(error);
        }
        file = new RecordingFile(flags.output, broken, stop);
        since = performance.now();
        if (flags.duration !== undefined) startTimer(() => enough.abort(), flags.duration, { unref: true });
      }
      const text = noticeText(notice);
      if (text !== undefined) live === undefined ? note(`lab: ${text}`) : live.print(`lab: ${text}`);
    },
  });
  if (isLive(process.stderr, process.env)) {
    live = new LiveLine(process.stderr, (width) => truncate(progressText(feed, file?.bytes ?? 0), width));
  }
  try {
    const format = await lineFormat();
    let left = flags.count ?? Number.POSITIVE_INFINITY;
    for await (const message of feed) {
      const full = file?.write(format(message));
      if (full !== undefined) await full;
      left -= 1;
      if (left === 0) break;
    }
  } finally {
    await file?.finish();
    live?.close();
    if (file !== undefined)
      note(summary(feed, flags.output, file.bytes, (performance.now() - since) / 1_000));
  }
  broken.signal.throwIfAborted();
  if (flags.output === '-') stdoutClosed.throwIfAborted();
  if (interrupts.stop.aborted) return EXIT_CODES.interrupted;
  return feed.stats().missed > 0 ? EXIT_CODES.incomplete : 0;
}

/** The file, written while messages come; or stdout. */
class RecordingFile {
  readonly #stream: Writable;
  readonly #out: BatchedOut;
  readonly #isFile: boolean;

  /** `broken` is aborted, with the error, when no more can be written. */
  constructor(path: string, broken: AbortController, stop: AbortSignal) {
    this.#isFile = path !== '-';
    this.#stream = this.#isFile ? createWriteStream(path) : process.stdout;
    // A file is finished whatever happens; a reader of stdout need not be there any more.
    this.#out = this.#isFile ? new BatchedOut(this.#stream) : new BatchedOut(this.#stream, stop);
    if (!this.#isFile) return;
    this.#stream.on('error', (cause) => {
      broken.abort(
        new LabError('LAB_ERR_EXPORT_FAILED', `${FLAG} ${quoted(path)} cannot be written: ${cause.message}`, {
          hint: 'choose a path that you may write to, with room for it',
          cause,
        }),
      );
    });
  }

  get bytes(): number {
    return this.#out.bytes;
  }

  write(line: Uint8Array): Promise<void> | undefined {
    return this.#out.write(line);
  }

  /** Resolves when everything is in the file, or never will be. */
  async finish(): Promise<void> {
    await this.#out.finish();
    if (!this.#isFile || this.#stream.destroyed) return;
    this.#stream.end();
    await once(this.#stream, 'close');
  }
}

function progressText(feed: Feed, bytes: number): string {
  const { received, rate, missed } = feed.stats();
  const loss = missed === 0 ? '' : ` · ${formatInteger(missed)} missing`;
  return `recording: ${formatInteger(received)} messages · ${formatCount(Math.round(rate))} msg/s · ${formatBytes(bytes)}${loss}`;
}

function summary(feed: Feed, path: string, bytes: number, seconds: number): string {
  const { received, missed, gaps } = feed.stats();
  const where = path === '-' ? 'stdout' : quoted(path);
  const loss =
    missed === 0 ? 'nothing missing' : `${formatInteger(missed)} missing in ${formatInteger(gaps)} gaps`;
  return `lab: recorded ${formatInteger(received)} messages (${formatBytes(bytes)}) in ${formatSeconds(seconds)} to ${where}, ${loss}`;
}
