/** `lab record`: a feed into a file that `--source replay:` plays back at the same pace. */

import type { Command } from 'commander';
import { formatBytes, formatCount, formatInteger, formatSeconds } from '../../reports/format.js';
import { subscribe } from '../../src/client/feed.js';
import type { Feed } from '../../src/client/feed-stats.js';
import { startTimer } from '../../src/core/timer.js';
import { LabError } from '../../src/errors.js';
import { parseDuration, quoted } from '../../src/options/values.js';
import { noEffect } from '../args/effect.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { checkExport, checkUnused } from '../files/check-files.js';
import { note, stdoutClosed } from '../output.js';
import { type Interrupts, watchInterrupts } from '../signals.js';
import { LiveLine } from '../ui/live-line.js';
import { isLive } from '../ui/style.js';
import { truncate } from '../ui/text.js';
import { BatchedOut } from './batched-out.js';
import { eventText } from './event-text.js';
import { addFeedFlags, type FeedFlags, feedOptions } from './feed-flags.js';
import { lineFormat } from './message-text.js';
import { RecordingFile } from './recording-file.js';

const EXAMPLES = `
Records the live feed, one JSON line per message with the time it was published. The snapshot is left out, as its messages are of
another time. The file is written as the messages come, in whole lines, also when the disk is full. One that is there already
is refused, unless it is empty, a device or a pipe, or --force is given.

Examples:
  lab record tcp://127.0.0.1:7400 -o feed.ndjson --duration 10s
  lab record udp://[::1]:7400 --keys AAPL --count 1000 -o aapl.ndjson
  lab record tcp://127.0.0.1:7400 -o - | gzip > feed.ndjson.gz
  lab run --source replay:feed.ndjson --rate recorded

Exit codes: 0 complete · 1 no connection, or no room for it · 2 usage, or the file is there already · 4 messages are missing in it · 130 interrupted
`;

const FLAG = '-o/--output';
const YEAR_MS = 365 * 24 * 3_600_000;

interface RecordFlags extends FeedFlags {
  readonly output: string;
  readonly duration?: number;
  readonly force?: boolean;
}

export function addRecord(program: Command, finish: Finish): void {
  const command = program
    .command('record')
    .description('record a feed into a file, to be replayed');
  addFeedFlags(command)
    .addOption(
      valueOption(
        '-o, --output <file>',
        'where to; - = stdout',
        (text) => text,
      ).makeOptionMandatory(),
    )
    .addOption(
      valueOption(
        '-d, --duration <time>',
        'stop so long after the first connection',
        (text, flag) => parseDuration(flag, text, { min: 1, max: YEAR_MS }),
      ),
    )
    .option('--force', 'overwrite a recording that is there already, once the feed is connected')
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, flags: RecordFlags) => finish(await record(url, flags)));
}

async function record(url: string, flags: RecordFlags): Promise<number> {
  if (flags.output === '-' && flags.force === true)
    throw noEffect('--force', { beside: '--output -', otherwise: 'name a file' });
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
  const { output } = flags;
  let file: Recorder | undefined;
  let since = 0;
  const stop = AbortSignal.any([
    interrupts.stop,
    enough.signal,
    broken.signal,
    ...(output === '-' ? [stdoutClosed] : []),
  ]);
  let live: LiveLine | undefined;
  const feed = subscribe(url, {
    ...feedOptions('record', url, flags),
    snapshot: false,
    signal: stop,
    onEvent: (event) => {
      if (event.type === 'connected' && file === undefined) {
        // Not before: a file that is there already is worth more than a feed that is not. And
        // somebody may have made it meanwhile.
        try {
          checkOverwrite(flags);
        } catch (error) {
          return broken.abort(error);
        }
        file =
          output === '-'
            ? new StdoutRecorder(stop)
            : RecordingFile.at(output, (e) => broken.abort(e));
        since = performance.now();
        if (flags.duration !== undefined)
          startTimer(() => enough.abort(), flags.duration, { unref: true });
      }
      const text = eventText(event);
      if (text !== undefined)
        live === undefined ? note(`lab: ${text}`) : live.print(`lab: ${text}`);
    },
  });
  if (isLive(process.stderr, process.env)) {
    live = new LiveLine(process.stderr, (width) =>
      truncate(progressText(feed, file?.bytes ?? 0), width),
    );
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
    await finished(file, output).finally(() => live?.close());
    // Not before everything is written: what it says is what is there.
    if (file !== undefined) note(summary(feed, output, file, (performance.now() - since) / 1_000));
  }
  broken.signal.throwIfAborted();
  if (interrupts.stop.aborted) return EXIT_CODES.interrupted;
  return feed.stats().missed > 0 ? EXIT_CODES.incomplete : 0;
}

/** Where the lines go. */
type Recorder = Pick<RecordingFile, 'lines' | 'bytes' | 'write' | 'finish'>;

/** Standard output, whose reader need not be there any more. */
class StdoutRecorder implements Recorder {
  lines = 0;
  readonly #out: BatchedOut;

  constructor(stop: AbortSignal) {
    this.#out = new BatchedOut(process.stdout, stop);
  }

  get bytes(): number {
    return this.#out.bytes;
  }

  write(line: Uint8Array): Promise<void> | undefined {
    this.lines += 1;
    return this.#out.write(line);
  }

  /** @throws what `stdoutClosed` was aborted with */
  async finish(): Promise<void> {
    await this.#out.finish();
    // A failed write reports to the listeners of the stream a tick later.
    await new Promise((resolve) => setImmediate(resolve));
    stdoutClosed.throwIfAborted();
  }
}

/** @throws LAB_ERR_EXPORT_FAILED, what `stdoutClosed` was aborted with */
async function finished(file: Recorder | undefined, output: string): Promise<void> {
  try {
    await file?.finish();
  } catch (cause) {
    if (output === '-' || file === undefined) throw cause;
    const { lines, bytes } = file;
    const left = `${formatInteger(lines)} whole ${lines === 1 ? 'message' : 'messages'} (${formatBytes(bytes)})`;
    throw new LabError(
      'LAB_ERR_EXPORT_FAILED',
      `${FLAG} ${quoted(output)} cannot be written: ${(cause as Error).message}; ${left} are in it`,
      { hint: 'choose a path that you may write to, with room for it', cause },
    );
  }
}

function progressText(feed: Feed, bytes: number): string {
  const { received, rate, missed } = feed.stats();
  const loss = missed === 0 ? '' : ` · ${formatInteger(missed)} missing`;
  return `recording: ${formatInteger(received)} messages · ${formatCount(Math.round(rate))} msg/s · ${formatBytes(bytes)}${loss}`;
}

function summary(feed: Feed, path: string, { lines, bytes }: Recorder, seconds: number): string {
  const { missed, gaps } = feed.stats();
  const where = path === '-' ? 'stdout' : quoted(path);
  const loss =
    missed === 0
      ? 'nothing missing'
      : `${formatInteger(missed)} missing in ${formatInteger(gaps)} gaps`;
  return `lab: recorded ${formatInteger(lines)} messages (${formatBytes(bytes)}) in ${formatSeconds(seconds)} to ${where}, ${loss}`;
}
