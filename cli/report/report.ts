/** `lab report`: the report of an earlier run, from its result alone. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { LabResult } from '../../bench/result/result.js';
import { renderHtmlReport } from '../../reports/html/run/report.js';
import { renderReport } from '../../reports/markdown/report.js';
import { LabError } from '../../src/errors.js';
import { noEffect } from '../args/effect.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { checkDirectory } from '../files/check-files.js';
import { readResult } from '../files/result-file.js';
import { writeFiles } from '../files/whole-files.js';
import { note, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderRun } from '../ui/run/table.js';
import { renderThresholds } from '../ui/threshold-table.js';

const EXAMPLES = `
Examples:
  lab report lab-results/20251121-194502-tcp-udp-c100/result.json | less
  lab report lab-results/20251121-194502-tcp-udp-c100   the folder; of a run that was killed, the cells that were over
  lab report result.json --text             the card and the table that lab run printed
  lab report result.json -o docs/measured   report.md, its charts and report.html, into that directory
  lab report result.json --html > report.html   one file with everything, for a browser
  lab run --json | lab report -
`;

interface ReportOptions {
  /** A directory. */
  readonly output?: string;
  readonly html?: boolean;
  readonly text?: boolean;
}

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
    .addOption(new Option('--text', 'print what lab run printed, for the width of this terminal'))
    .addOption(new Option('--html', 'one HTML file in place of Markdown'))
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: ReportOptions) => {
      await report(path, options);
      finish(0);
    });
}

const ALL_WRITTEN = { beside: '-o/--output, which writes both', otherwise: '-o/--output' };

/** @throws LAB_ERR_NO_EFFECT for two forms at once */
async function report(
  path: string,
  { output: directory, html = false, text = false }: ReportOptions,
): Promise<void> {
  if (html && directory !== undefined) throw noEffect('--html', ALL_WRITTEN);
  if (html && text) throw noEffect('--html', { beside: '--text', otherwise: '--text' });
  if (text && directory !== undefined) {
    throw new LabError('LAB_ERR_NO_EFFECT', '-o/--output has no effect with --text', {
      hint: 'leave -o out: --text goes to stdout, and is no file',
    });
  }
  if (text) return await print(resultText(await readResult(path)));
  if (directory !== undefined) await checkDirectory('-o/--output', directory);
  const result = await readResult(path);
  if (directory === undefined && html) return await print(renderHtmlReport(result));
  const { markdown, files } = renderReport(result);
  if (directory === undefined) return await print(markdown);
  const written = new Map([
    ['report.md', markdown],
    ['report.html', renderHtmlReport(result)],
    ...files,
  ]);
  await writeFiles('-o/--output', directory, written);
  note(`report: ${join(directory, 'report.md')}`);
}

/** The table of a run that is over: its other figures are in the file that it was read from. */
function resultText(result: LabResult): string {
  const [width, style] = [stdoutWidth(), stdoutStyle()];
  const thresholds = renderThresholds(result.thresholds, result.cells, width, style);
  const table = renderRun(result, width, style, 'result.json');
  return thresholds === '' ? table : `${table}\n${thresholds}`;
}
