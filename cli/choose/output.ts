/** Where an answer goes: stdout, exported files, and a folder. */
import type { ChoiceDocument } from '../../bench/choose/document.js';
import { renderChoice, renderChoiceMarkdown } from '../../reports/choose/markdown.js';
import { renderHtmlChoice } from '../../reports/html/choice/report.js';
import { EXIT_CODES } from '../exit-codes.js';
import { checkDirectory, checkExport } from '../files/check-files.js';
import { writeExport, writeFiles } from '../files/whole-files.js';
import { jsonText, note, print, printData, stdoutStyle, stdoutWidth } from '../output.js';
import {
  type DocumentOptions,
  type DocumentOutput,
  planDocument,
} from '../report/document-output.js';
import { renderAnswer } from '../ui/choose/answer.js';

export const OUTPUT_FLAG = '-o/--output';

export interface ChooseOutput extends DocumentOutput<ChoiceDocument> {
  readonly quiet: boolean;
  readonly isJson: boolean;
}

/** @throws LAB_ERR_USAGE, LAB_ERR_EXPORT_PATH */
export async function planChooseOutput(
  options: DocumentOptions & { readonly quiet?: boolean },
): Promise<ChooseOutput> {
  const planned = planDocument<ChoiceDocument>(
    options,
    (document) => renderAnswer(document, stdoutWidth(), stdoutStyle()),
    renderChoiceMarkdown,
    renderHtmlChoice,
  );
  for (const { flag, path } of planned.files) await checkExport(flag, path);
  return { ...planned, quiet: options.quiet === true, isJson: options.json === true };
}

/** @throws LAB_ERR_EXPORT_PATH */
export async function checkFolder(directory: string | null): Promise<void> {
  if (directory !== null) await checkDirectory(OUTPUT_FLAG, directory);
}

/** Files first, then stdout: a reader that has left must not cost them. @throws what fails */
export async function deliver(
  document: ChoiceDocument,
  { files, stdout, quiet, isJson }: ChooseOutput,
  folder: string | null,
): Promise<number> {
  if (folder !== null) {
    const { markdown, files: charts } = renderChoice(document);
    const all = [
      ['choice.json', jsonText(document)],
      ['choice.md', markdown],
      ['choice.html', renderHtmlChoice(document)],
      ...charts,
    ] as const;
    await writeFiles(OUTPUT_FLAG, folder, new Map(all));
  }
  for (const { flag, path, render } of files) await writeExport(flag, path, render(document));
  await (isJson ? printData : print)(stdout(document));
  if (folder !== null && !quiet) note(`lab: kept in ${folder}`);
  return document.answer.kind === 'choice' ? EXIT_CODES.ok : EXIT_CODES.failed;
}
