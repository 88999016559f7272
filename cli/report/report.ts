/** `lab report`: the report of an earlier run, from its result alone. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { LabResult } from '../../bench/result/result.js';
import { renderHtmlReport } from '../../reports/html/run/report.js';
import { renderReport } from '../../reports/markdown/report.js';
import { noEffect } from '../args/effect.js';
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
  lab report result.json -o docs/measured   report.md, its charts and report.html, into that directory
  lab report result.json --html > report.html   one file with everything, for a browser
  lab run --json | lab report -
`;

export function addReport(program: Command, finish: Finish): void {
  program
    .command('report')
    .description('print the report of a result, Markdown or HTML, the same bytes each time')
    .argument('<result>', 'the result.json or cells.ndjson of a run, or its folder; - = stdin')
    .addOption(
      valueOption(
        '-o, --output <dir>',
        'write report.md, its charts and report.html there instead',
        (text) => text,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .addOption(new Option('--html', 'one HTML file in place of Markdown'))
    .action(async (path: string, { output, html }: ReportOptions) => {
      if (output !== undefined && html === true) throw noEffect('--html', ALL_WRITTEN);
      await report(path, output, html === true ? renderHtmlReport : markdownOf);
      finish(0);
    });
}

interface ReportOptions {
  readonly output?: string;
  readonly html?: boolean;
}

const ALL_WRITTEN = { beside: '-o/--output, which writes both', otherwise: '-o/--output' };

function markdownOf(result: LabResult): string {
  return renderReport(result).markdown;
}

async function report(
  path: string,
  directory: string | undefined,
  render: (result: LabResult) => string,
): Promise<void> {
  if (directory !== undefined) await checkDirectory('-o/--output', directory);
  const result = await readResult(path);
  if (directory === undefined) return await print(render(result));
  const { markdown, files } = renderReport(result);
  const written = new Map([
    ['report.md', markdown],
    ['report.html', renderHtmlReport(result)],
    ...files,
  ]);
  await writeFiles('-o/--output', directory, written);
  note(`report: ${join(directory, 'report.md')}`);
}
