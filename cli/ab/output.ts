/** What an A/B leaves: the files in its folder, exports, the table or a document on stdout. */
import type { ArmResults } from '../../bench/ab/assemble.js';
import type { AbDocument } from '../../bench/ab/document.js';
import type { AbPlanFile } from '../../bench/ab/plan-file.js';
import { renderHtmlReport } from '../../reports/html/run/report.js';
import { renderAbMarkdown } from '../../reports/markdown/ab.js';
import { renderReport } from '../../reports/markdown/report.js';
import { writeExport } from '../files/whole-files.js';
import { jsonText, note, print } from '../output.js';
import type { DocumentOutput } from '../report/document-output.js';
import type { AbFolder } from './folder.js';

export type AbOutput = DocumentOutput<AbDocument> & { readonly quiet: boolean };

/** The document and its page, and of each arm the result and its report. */
export async function saveFiles(
  folder: AbFolder,
  { arms }: AbPlanFile,
  document: AbDocument,
  results: ArmResults,
): Promise<void> {
  const files = new Map([
    ['ab.json', jsonText(document)],
    ['report.md', renderAbMarkdown(document)],
  ]);
  for (const [i, result] of results.entries()) {
    if (result === undefined) continue;
    const { markdown, files: charts } = renderReport(result);
    const own = [
      ['result.json', jsonText(result)],
      ['report.md', markdown],
      ['report.html', renderHtmlReport(result)],
      ...charts,
    ] as const;
    for (const [name, text] of own) files.set(`${arms[i]!.folder}/${name}`, text);
  }
  await folder.save(files);
}

/** Files first, then stdout: a reader that has left must not cost them. @throws what fails */
export async function deliver(
  document: AbDocument,
  { files, stdout, quiet }: AbOutput,
  folder: string | null,
): Promise<void> {
  for (const { flag, path, render } of files) await writeExport(flag, path, render(document));
  await print(stdout(document));
  if (folder !== null && !quiet) note(`lab: kept in ${folder}`);
}
