/** `lab doctor`: what would spoil a benchmark on this machine. */
import type { Command } from 'commander';
import { runDoctor } from '../../bench/probe/doctor/doctor.js';
import type { Finish } from '../args/options.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderDoctor } from '../ui/doctor-table.js';

const EXAMPLES = `
Examples:
  lab doctor                             about a second
  lab doctor --json | jq '.[] | select(.status == "bad")'
  lab doctor && lab run --repeat 5       measure only where nothing is bad

Every lab run does the same first and keeps it in its result and report.
Exit codes: 0 nothing is bad · 1 something is bad
`;

export function addDoctor(program: Command, finish: Finish): void {
  program
    .command('doctor')
    .description('check this machine for what spoils a benchmark, and say what to do about it')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const checks = await runDoctor();
      await print(json ? jsonText(checks) : renderDoctor(checks, stdoutWidth(), stdoutStyle()));
      finish(checks.some(({ status }) => status === 'bad') ? 1 : 0);
    });
}
