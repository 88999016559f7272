/** `--live[=PORT]`, the same for every command that has it. */
import { Option } from 'commander';
import { parseInteger } from '../../src/options/values.js';

/** As the command line gives it: `true` without a port. */
export type LiveFlag = number | true | undefined;

/** @param what is shown: `the run` */
export function liveOption(what: string): Option {
  const about = `show ${what} in a browser on this machine; stderr tells the address (default port: a free one)`;
  return new Option('--live [port]', about).argParser((text: string) =>
    parseInteger('--live', text, { min: 0, max: 65_535 }),
  );
}

/** The port, 0 = any free one; null without the flag. */
export function livePort(flag: LiveFlag): number | null {
  if (flag === undefined) return null;
  return flag === true ? 0 : flag;
}
