/** `lab link`: an emulated link by itself, and any program behind one. */
import type { Command } from 'commander';
import { parseLink } from '../../bench/link/spec/parse.js';
import { PROFILES } from '../../bench/link/spec/profiles.js';
import { readTraceFile } from '../../bench/link/spec/trace-file.js';
import { LabError } from '../../src/errors.js';
import { parseInteger } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderProfiles } from '../ui/link-table.js';
import { execBehind } from './exec.js';
import { showLink } from './show.js';
import { type LinkWords, linkWords } from './words.js';

const EXAMPLES = `
SPEC is what lab run --link takes, one of it: a profile, or parts: delay=20ms/loss=1%/rate=12mbit. COMMAND runs where the
clients of a run are, with the address of one ($LAB_LINK_CLIENT); nothing is there but the link, and behind it
$LAB_LINK_SERVER, 198.19.0.1. It ends with the exit code of COMMAND, and says on stderr what the link did.

Examples:
  lab link 4g                           does the emulator do here what the profile says?
  lab link delay=20ms/loss=1%/burst=3 --json | jq '.checks[] | select(.ok | not)'
  lab link --list                       the profiles, their sources, and what is assumed
  lab link exec lte --server 'iperf3 -s' -- sh -c 'iperf3 -c $LAB_LINK_SERVER'
  lab link exec 3g/loss=1% --server 'python3 -m http.server 80' -- sh -c 'curl -so /dev/null http://$LAB_LINK_SERVER/'

Exit codes: 0 the link does what it was asked to · 1 not · 2 usage · 130 interrupted
`;

export interface LinkOptions {
  readonly profile?: string;
  readonly list?: boolean;
  readonly server?: string;
  readonly seed?: number;
  readonly json?: boolean;
}

const DEFAULT_SEED = 1;

/** @param supplied the arguments as given: `--` stands only there */
export function addLink(program: Command, supplied: readonly string[], finish: Finish): void {
  const asGiven = (text: string): string => text;
  const seed = (text: string, flag: string): number =>
    parseInteger(flag, text, { min: 0, max: Number.MAX_SAFE_INTEGER });
  program
    .command('link')
    .description('emulate a link and look at it from both ends, or run any program behind it')
    .usage('[options] SPEC\n       lab link exec [options] SPEC -- COMMAND...')
    .argument('[words...]', 'a spec; with exec before it, a program behind it')
    .addOption(valueOption('--profile <spec>', 'the link, another way to give SPEC', asGiven))
    .option('--list', 'print the profiles and their sources')
    .addOption(
      valueOption('--server <command>', 'exec: of the shell, at the other end meanwhile', asGiven),
    )
    .addOption(valueOption('--seed <n>', `seed of the losses (default: ${DEFAULT_SEED})`, seed))
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], options: LinkOptions) => {
      finish(await link(linkWords(words, supplied), options));
    });
}

async function link(words: LinkWords, options: LinkOptions): Promise<number> {
  refuseIdle(words, options);
  if (options.list === true) {
    const text =
      options.json === true
        ? jsonText(Object.entries(PROFILES).map(([name, profile]) => ({ name, ...profile })))
        : renderProfiles(PROFILES, stdoutWidth(), stdoutStyle());
    await print(text);
    return 0;
  }
  const { seed = DEFAULT_SEED, server, json = false } = options;
  const spec = parseLink('SPEC', specText(words, options), readTraceFile);
  if (words.command === undefined) return await showLink(spec, seed, json);
  return await execBehind(spec, seed, words.command, server);
}

/** @throws LAB_ERR_USAGE */
function specText({ spec }: LinkWords, { profile }: LinkOptions): string {
  const text = spec ?? profile;
  if (text !== undefined && (spec === undefined || profile === undefined)) return text;
  throw new LabError(
    'LAB_ERR_USAGE',
    text === undefined ? 'no link is given' : 'two links are given',
    {
      hint: 'give one: lab link 4g, lab link delay=20ms/loss=1%; lab link --list has the profiles',
    },
  );
}

/** @throws LAB_ERR_NO_EFFECT */
function refuseIdle({ command, spec }: LinkWords, options: LinkOptions): void {
  const { list = false, profile, server, seed, json } = options;
  const idle =
    list && (spec ?? profile ?? seed) !== undefined
      ? 'a link has no effect with --list'
      : server !== undefined && (command === undefined || list)
        ? '--server has no effect without exec'
        : json !== undefined && command !== undefined
          ? '--json has no effect with exec: stdout is that of COMMAND'
          : undefined;
  if (idle !== undefined) throw new LabError('LAB_ERR_NO_EFFECT', idle, { hint: 'leave it out' });
}
