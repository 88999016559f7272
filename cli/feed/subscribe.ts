/** `lab subscribe`: a feed as lines, as raw values, or as a live table; and alerts. */
import { type Command, Option } from 'commander';
import { parseAlert } from '../../src/client/alert/parse.js';
import { printAlert } from '../../src/client/alert/print.js';
import { AlertWatch } from '../../src/client/alert/watch.js';
import { subscribe } from '../../src/client/feed.js';
import type { Feed } from '../../src/client/feed-stats.js';
import type { Message } from '../../src/core/message.js';
import { LabError } from '../../src/errors.js';
import { parseInteger, parseName } from '../../src/options/values.js';
import { noEffect } from '../args/effect.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { Exit, note, stdoutClosed } from '../output.js';
import { type Interrupts, watchInterrupts } from '../signals.js';
import type { SortBy } from '../ui/feed-board.js';
import { isLive } from '../ui/style.js';
import { AlertExec } from './alert-exec.js';
import { eventText } from './event-text.js';
import { addFeedFlags, type FeedFlags, feedOptions } from './feed-flags.js';
import { openFeedOutput } from './output.js';

const EXAMPLES = `
On a terminal it draws a table, into a pipe it prints one JSON line per message. Cuts are repaired: the feed goes on with
the next message, and what is gone is a line on stderr.

Examples:
  lab subscribe tcp://127.0.0.1:7400
  lab subscribe tcp://127.0.0.1:7400 --keys AAPL,IBM | jq -c '[.seq, .key, .value.price]'
  lab subscribe udp://[::1]:7400 --from 1 --count 1000 --stats > first.ndjson
  lab subscribe tcp://127.0.0.1:7400 --keys video --codec msgpack --raw | mpv -
  lab subscribe tcp://127.0.0.1:7400 --alert 'AAPL < 215 and IBM.price >= 190.5' --alert-exit 3
  lab subscribe tcp://127.0.0.1:7400 --alert 'AAPL < 215' --exec notify-send -- 'AAPL is low'

Exit codes: 0 the feed is over, --count is reached, or nobody reads stdout any more · 1 no connection · 2 usage ·
  130 interrupted · --alert-exit
`;

const SORTS: readonly SortBy[] = ['key', 'rate'];

interface SubscribeFlags extends FeedFlags {
  readonly raw?: boolean;
  readonly plain?: boolean;
  readonly view?: boolean;
  readonly sort?: string;
  readonly stats?: boolean;
  readonly quiet?: boolean;
  readonly alert?: readonly string[];
  readonly alertExit?: number;
  readonly exec?: string;
}

export function addSubscribe(program: Command, finish: Finish): void {
  const command = program
    .command('subscribe')
    .description('print a feed, watch it live, and act on alerts');
  addFeedFlags(command)
    .argument('[args...]', 'after --: arguments for the program of --exec')
    .addOption(
      new Option(
        '--raw',
        'only the values: bytes as they are, text and JSON with a newline',
      ).conflicts('view'),
    )
    .addOption(new Option('--plain', 'JSON lines, on a terminal too').conflicts(['view', 'raw']))
    .addOption(new Option('--view', 'the live table, into a pipe too'))
    .addOption(
      valueOption('--sort <order>', 'of the live table: key or rate (default: key)', (text, flag) =>
        parseName(flag, text, SORTS, 'LAB_ERR_BAD_VALUE'),
      ),
    )
    .option('--stats', 'at the end one line of JSON on stderr: received, missed, latency, …')
    .option('-q, --quiet', 'nothing on stderr about gaps and cuts')
    .addOption(alertOption())
    .addOption(
      valueOption('--alert-exit <code>', 'exit with this code at the first alert', (text, flag) =>
        parseInteger(flag, text, { min: 0, max: 255 }),
      ),
    )
    .addOption(
      valueOption(
        '--exec <program>',
        'run this program, without a shell, at every alert',
        (text) => text,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, args: readonly string[], flags: SubscribeFlags) => {
      checkFlags(args, flags);
      finish(await run(url, args, flags));
    });
}

/** May come several times: each is a condition of its own. */
function alertOption(): Option {
  const about =
    "say when this becomes true: 'AAPL < 215', 'AAPL.price > 1 and IBM <= 2'; may be repeated";
  return new Option('--alert <expression>', about).argParser(
    (text: string, previous: readonly string[] = []) => [
      ...previous,
      printAlert(parseAlert(text, '--alert')),
    ],
  );
}

/** @throws LAB_ERR_USAGE, LAB_ERR_NO_EFFECT */
function checkFlags(args: readonly string[], flags: SubscribeFlags): void {
  const { alert, alertExit, exec } = flags;
  if (args.length > 0 && exec === undefined) {
    throw new LabError('LAB_ERR_USAGE', `too many arguments: ${args.join(' ')}`, {
      hint: 'arguments after -- need --exec PROGRAM',
    });
  }
  if (alert === undefined && (exec !== undefined || alertExit !== undefined)) {
    const flag = exec === undefined ? '--alert-exit' : '--exec';
    throw noEffect(flag, { beside: 'no --alert', otherwise: "add --alert 'AAPL < 215'" });
  }
  if (flags.sort !== undefined && !hasView(flags)) {
    const beside = flags.raw ? '--raw' : flags.plain ? '--plain' : 'lines in place of the table';
    throw noEffect('--sort', { beside, otherwise: 'choose --view' });
  }
}

/** Whether it draws the live table. */
function hasView({ view, raw, plain }: SubscribeFlags): boolean {
  return view ?? (!raw && !plain && isLive(process.stdout, process.env));
}

async function run(url: string, args: readonly string[], flags: SubscribeFlags): Promise<number> {
  const interrupts = watchInterrupts(() => {});
  try {
    return await follow(url, args, flags, interrupts);
  } finally {
    interrupts.dispose();
  }
}

async function follow(
  url: string,
  args: readonly string[],
  flags: SubscribeFlags,
  interrupts: Interrupts,
): Promise<number> {
  const view = hasView(flags);
  const stop = AbortSignal.any([interrupts.stop, stdoutClosed]);
  let say = (text: string): void => note(`lab: ${text}`);
  const feed = subscribe(url, {
    ...feedOptions('subscribe', url, flags),
    signal: stop,
    onEvent: (event) => {
      const text = flags.quiet === true ? undefined : eventText(event);
      if (text !== undefined) say(text);
    },
  });
  const output = await openFeedOutput(url, feed, { ...flags, view, stop });
  if (output.say !== undefined) say = output.say;
  const alerts = (flags.alert ?? []).map((text) => ({
    text,
    watch: new AlertWatch(parseAlert(text)),
  }));
  const exec =
    flags.exec === undefined
      ? undefined
      : new AlertExec({ program: flags.exec, args, say: (text) => say(text), output: !view });
  let fired = false;
  try {
    let left = flags.count ?? Number.POSITIVE_INFINITY;
    for await (const message of feed) {
      const full = output.message(message);
      if (full !== undefined) await full;
      for (const { text, watch } of alerts) {
        if (!watch.apply(message)) continue;
        fired = true;
        say(`alert: ${text} (${described(message)})`);
        exec?.fire(text, message);
      }
      left -= 1;
      if (left === 0 || (fired && flags.alertExit !== undefined)) break;
    }
    await output.finish();
    await exec?.finish(interrupts.kill);
  } finally {
    output.close();
    if (flags.stats === true) note(statsText(feed));
  }
  if (fired && flags.alertExit !== undefined) return flags.alertExit;
  return interrupts.stop.aborted ? EXIT_CODES.interrupted : afterReader();
}

/**
 * A reader that has had enough (`| head -3`) is how this command is meant to end. @throws when
 * stdout fails otherwise
 */
function afterReader(): number {
  if (stdoutClosed.aborted && !(stdoutClosed.reason instanceof Exit)) throw stdoutClosed.reason;
  return 0;
}

function described({ seq, key, value }: Message): string {
  const text = value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value);
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return `seq ${seq}, ${key} = ${shown}`;
}

function statsText(feed: Feed): string {
  const { rate, connected: _connected, ...stats } = feed.stats();
  return JSON.stringify({ ...stats, rate: Number(rate.toFixed(1)) });
}
