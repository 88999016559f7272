/** What `lab subscribe` and `lab record` have in common: which feed, and when to stop. */
import type { Command, Option } from 'commander';
import type { FeedOptions } from '../../src/client/options.js';
import { parseFeedUrl } from '../../src/client/url.js';
import { codecNames } from '../../src/codecs/registry.js';
import { LabError } from '../../src/errors.js';
import type { FeedCommand, OptionValue } from '../../src/options/option.js';
import { parseInteger, parseList, parseName } from '../../src/options/values.js';
import { noEffect } from '../args/effect.js';
import { flagName, type OptionFlag, optionFlags } from '../args/option-flags.js';
import { valueOption } from '../args/options.js';
import { POLICY_ABOUT, parsePolicy } from '../args/run-values.js';

export interface FeedFlags {
  readonly keys?: readonly string[];
  readonly codec?: string;
  readonly from?: number;
  readonly policy?: string;
  readonly count?: number;
  readonly reconnect: boolean;
  readonly retry?: boolean;
  /** Those of the option tables, under the names that commander gives them. */
  readonly [flag: string]: unknown;
}

const ANY_COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

export function addFeedFlags(command: Command): Command {
  const tables = tableFlags(command.name() as FeedCommand).map(({ option }) => option);
  const keys = (text: string, flag: string): string[] => parseList(flag, text, (key) => key);
  const codec = (text: string, flag: string): string =>
    parseName(flag, text, codecNames(), 'LAB_ERR_UNKNOWN_CODEC');
  const policy = (text: string, flag: string): string => parsePolicy(flag, text);
  const whole = (text: string, flag: string): number => parseInteger(flag, text, ANY_COUNT);
  command
    .argument(
      '<url>',
      'tcp://host:port, udp://host:port, … as lab serve prints it; the port defaults to 7400',
    )
    .addOption(valueOption('--keys <list>', 'only these keys (default: all)', keys))
    .addOption(valueOption('-k, --codec <name>', 'codec on the wire (default: line-json)', codec))
    .addOption(
      valueOption('--from <seq>', 'replay from this sequence number instead of a snapshot', whole),
    )
    .addOption(valueOption('--policy <rule>', POLICY_ABOUT, policy))
    .addOption(valueOption('-n, --count <n>', 'stop after this many messages', whole))
    .option('--no-reconnect', 'fail when the connection is cut')
    .option(
      '--retry',
      'keep trying: until a server is there, and again after it has ended the feed',
    );
  for (const option of tables) command.addOption(option);
  return command;
}

/** What transports take of a subscriber, from their option tables. */
function tableFlags(
  command: FeedCommand,
): { readonly flag: OptionFlag; readonly option: Option }[] {
  return optionFlags(command).map((flag) => {
    const { name, help, parse, show, default: usual } = flag.row;
    // What nobody asks for is the kernel's to choose.
    const isChosen = usual === null || name === 'receiveBufferBytes';
    const without = isChosen ? "the system's" : show(usual);
    const option = valueOption(flag.row.flag, `${help} (default: ${without})`, parse);
    return { flag, option };
  });
}

/** @throws LAB_ERR_NO_EFFECT for a flag that the transport of the URL does not take */
function tableOptions(command: FeedCommand, url: string, flags: FeedFlags): Partial<FeedOptions> {
  const { transport } = parseFeedUrl(url);
  const given = tableFlags(command).flatMap(({ flag, option }) => {
    const value = flags[option.attributeName()] as OptionValue | undefined;
    return value === undefined ? [] : [{ flag, value }];
  });
  for (const { flag } of given) {
    if (flag.owners.includes(transport)) continue;
    const owners = flag.owners.map((name) => `${name}://`).join(' or ');
    throw noEffect(flagName(flag), {
      beside: `${transport}://`,
      otherwise: `take the feed from ${owners}`,
    });
  }
  const options = Object.fromEntries(given.map(({ flag, value }) => [flag.row.name, value]));
  const { repair = 'none', repairDeadlineMs } = options;
  if (repairDeadlineMs !== undefined && repair === 'none')
    throw noEffect('--repair-deadline', { beside: 'no repair', otherwise: 'add --repair nak' });
  return options;
}

/** @throws LAB_ERR_USAGE, LAB_ERR_NO_EFFECT, LAB_ERR_BAD_VALUE (the URL) */
export function feedOptions(command: FeedCommand, url: string, flags: FeedFlags): FeedOptions {
  const { keys, codec, from, policy, reconnect, retry = false } = flags;
  if (retry && !reconnect) {
    throw new LabError('LAB_ERR_USAGE', '--retry and --no-reconnect contradict each other', {
      hint: 'give one of them',
    });
  }
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(codec === undefined ? {} : { codec }),
    ...(from === undefined ? {} : { from }),
    ...(policy === undefined ? {} : { policy }),
    reconnect,
    retry,
    ...tableOptions(command, url, flags),
  };
}
