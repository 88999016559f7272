/** `lab report`: the report of an earlier run, from its result alone. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { renderReport } from '../../reports/markdown/report.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { checkDirectory } from '../files/check-files.js';
import { readResult } from '../files/result-file.js';
import { writeFiles } from '../files/whole-files.js';
import { note, print } from '../output.js';

const EXAMPLES = `
Examples:
  lab report lab-results/20251121-194502-tcp-udp-c100/result.json | less
  lab report lab-results/20251121-194502-tcp-udp-c100   the folder; of a run that was killed, the cells that were over
  lab report result.json -o docs/measured   report.md and its charts, into that directory
  lab run --json | lab report -
`;

export function addReport(program: Command, finish: Finish): void {
  program
    .command('report')
    .description('print the Markdown report of a result, the same bytes each time')
    .argument('<result>', 'the result.json or cells.ndjson of a run, or its folder; - = stdin')
    .addOption(
      valueOption(
        '-o, --output <dir>',
        'write report.md and its charts there instead',
        (text) => text,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { output }: { readonly output?: string }) => {
      await report(path, output);
      finish(0);
    });
}

async function report(path: string, directory: string | undefined): Promise<void> {
  if (directory !== undefined) await checkDirectory('-o/--output', directory);
  const { markdown, files } = renderReport(await readResult(path));
  if (directory === undefined) return await print(markdown);
  await writeFiles('-o/--output', directory, new Map([['report.md', markdown], ...files]));
  note(`report: ${join(directory, 'report.md')}`);
}
