/** What `lab subscribe` and `lab record` have in common: which feed, and when to stop. */
import type { Command } from 'commander';
import type { FeedOptions } from '../../src/client/options.js';
import { codecNames } from '../../src/codecs/registry.js';
import { policyNames } from '../../src/core/overflow.js';
import { LabError } from '../../src/errors.js';
import { parseInteger, parseList, parseName } from '../../src/options/values.js';
import { valueOption } from './options.js';

export interface FeedFlags {
  readonly keys?: readonly string[];
  readonly codec?: string;
  readonly from?: number;
  readonly policy?: string;
  readonly count?: number;
  readonly reconnect: boolean;
  readonly retry?: boolean;
}

const ANY_COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

export function addFeedFlags(command: Command): Command {
  const keys = (text: string, flag: string): string[] => parseList(flag, text, (key) => key);
  const codec = (text: string, flag: string): string =>
    parseName(flag, text, codecNames(), 'LAB_ERR_UNKNOWN_CODEC');
  const policy = (text: string, flag: string): string =>
    parseName(flag, text, policyNames(), 'LAB_ERR_UNKNOWN_POLICY');
  const whole = (text: string, flag: string): number => parseInteger(flag, text, ANY_COUNT);
  return command
    .argument(
      '<url>',
      'tcp://host:port, udp://host:port, … as lab serve prints it; the port defaults to 7400',
    )
    .addOption(valueOption('--keys <list>', 'only these keys (default: all)', keys))
    .addOption(valueOption('-k, --codec <name>', 'codec on the wire (default: line-json)', codec))
    .addOption(
      valueOption('--from <seq>', 'replay from this sequence number instead of a snapshot', whole),
    )
    .addOption(
      valueOption(
        '--policy <name>',
        `when the server must skip: ${policyNames().join(', ')}`,
        policy,
      ),
    )
    .addOption(valueOption('-n, --count <n>', 'stop after this many messages', whole))
    .option('--no-reconnect', 'fail when the connection is cut')
    .option(
      '--retry',
      'keep trying: until a server is there, and again after it has ended the feed',
    );
}

/** @throws LAB_ERR_USAGE */
export function feedOptions(flags: FeedFlags): FeedOptions {
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
  };
}
