/** The command that measures more of what a choice is made from. Pure. */
import { Command } from 'commander';
import type { ToMeasure } from '../../bench/choose/judged.js';
import {
  DEFAULT_CONFIG,
  DEFAULT_CONGESTION,
  type RunConfig,
  type Stack,
} from '../../bench/config.js';
import { DEFAULT_POLICY } from '../../src/core/overload/policy.js';
import { shellWords } from '../ab/shell-words.js';
import { valueOption } from '../args/options.js';
import { reproduction, runConfig, runFlags } from '../args/run-config.js';

/**
 * As the run was made whose cells they are, with these cells and so many runs.
 * @param command that made it: `lab run …`
 */
export function measureCommand(command: string, experiment: ToMeasure): string {
  const { stacks, links, clients, ratePerSecond, sizeBytes, durationSeconds, runs } = experiment;
  const base = configOf(command) ?? DEFAULT_CONFIG;
  const all = stacks.map(stackOf);
  return reproduction({
    ...base,
    stacks: all,
    // What a stack does not say is usual.
    flushes: DEFAULT_CONFIG.flushes,
    repairs: DEFAULT_CONFIG.repairs,
    congestions: DEFAULT_CONFIG.congestions,
    policies: DEFAULT_CONFIG.policies,
    transports: [...new Set(all.map(({ transport }) => transport))],
    links,
    clients: [clients],
    ratesPerSecond: ratePerSecond === null ? null : [ratePerSecond],
    sizesBytes: [sizeBytes],
    durationsMs: [Math.round(durationSeconds * 1_000)],
    repeat: runs,
  });
}

type Measured = ToMeasure['stacks'][number];

/** What is usual is left out. */
function stackOf({ transport, codec, flush, repair, congestion, policy }: Measured): Stack {
  return {
    transport,
    codec,
    ...(flush === null || flush === 'auto' ? {} : { flush }),
    ...(repair === null || repair === 'none'
      ? {}
      : { repair: repair as NonNullable<Stack['repair']> }),
    ...(congestion === null || congestion === DEFAULT_CONGESTION ? {} : { congestion }),
    ...(policy === null || policy === DEFAULT_POLICY ? {} : { policy }),
  };
}

/** Null for the command of a lab that had other flags. */
function configOf(command: string): RunConfig | null {
  const program = new Command('run')
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeErr: () => {}, writeOut: () => {} });
  const keys = runFlags().map(({ flags, about, parse }) => {
    const option = valueOption(flags, about, parse);
    program.addOption(option);
    return option.attributeName();
  });
  try {
    program.parse(shellWords(command).slice(2), { from: 'user' });
    const options = program.opts<Readonly<Record<string, Partial<RunConfig> | undefined>>>();
    return runConfig(keys.map((key) => options[key]).filter((part) => part !== undefined));
  } catch {
    return null;
  }
}
