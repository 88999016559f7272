/**
 * What a run leaves: the table or a document on stdout, exported files, and a directory with the
 * report.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunConfig } from '../../bench/config.js';
import type { LabResult } from '../../bench/result/result.js';
import { renderHgrm } from '../../reports/export/hgrm.js';
import { renderHtmlReport } from '../../reports/html/run/report.js';
import { renderReport } from '../../reports/markdown/report.js';
import { claimDirectory, writeExport, writeFiles } from '../files/whole-files.js';
import {
  Exit,
  jsonLine,
  jsonText,
  note,
  noteLines,
  print,
  printData,
  stderrStyle,
  stderrWidth,
  stdoutStyle,
  stdoutWidth,
} from '../output.js';
import { renderRun } from '../ui/run/table.js';
import { labelled } from '../ui/text.js';
import { renderThresholds } from '../ui/threshold-table.js';
import { HGRM_FLAG, type OutputPlan, STDOUT } from './output-plan.js';
import { RunStore } from './store.js';

/**
 * The folder of a run that begins now; undefined when nothing is to be kept. @throws
 * LAB_ERR_EXPORT_FAILED
 */
export function openStore(
  { directory }: OutputPlan,
  config: RunConfig,
  say: (text: string) => void,
): RunStore | undefined {
  if (directory === null) return undefined;
  return new RunStore('-o/--output', directory, runName(new Date(), config), say);
}

/**
 * Files first, then stdout: a reader that has left must not cost the report. And a disk that is
 * full must not cost the table or what else there is to write: its error, the first, is thrown at
 * the end. What then is nowhere goes to a folder of the system's for temporary files.
 * @throws LAB_ERR_EXPORT_FAILED; an Exit when nobody reads stdout
 */
export async function deliver(
  result: LabResult,
  plan: OutputPlan,
  store: RunStore | undefined,
): Promise<void> {
  const { hgrmDirectory } = plan;
  let failure: unknown;
  let saved: string | undefined;
  let isKept = false;
  const attempt = async (write: () => Promise<void>): Promise<boolean> => {
    try {
      await write();
      return true;
    } catch (error) {
      failure ??= error;
      return false;
    }
  };
  if (store !== undefined) {
    isKept = await attempt(async () => {
      saved = await store.save(reportFiles(result));
    });
  }
  for (const { flag, path, render } of plan.exports) {
    if (path === STDOUT) continue;
    const done = await attempt(() => writeExport(flag, path, render(result)));
    if (render === jsonText) isKept ||= done;
  }
  if (hgrmDirectory !== null)
    await attempt(() => writeFiles(HGRM_FLAG, hgrmDirectory, renderHgrm(result)));
  const text = stdoutText(result, plan, saved ?? null);
  const printed = await attempt(() => (plan.stdout === 'table' ? print : printData)(text));
  if (carriesJson(plan)) isKept ||= printed;
  if (plan.stdout !== 'table' && result.thresholds.some(({ passed }) => !passed)) {
    // Even with --quiet: this is not progress, it is why the exit code is not 0.
    noteLines(
      renderThresholds(result.thresholds, result.cells, stderrWidth(), stderrStyle()).trimEnd(),
    );
  }
  if (plan.stdout !== 'table' && saved !== undefined && !plan.quiet)
    note(`report: ${join(saved, 'report.md')}`);
  // A reader that has left wanted no more.
  if (failure !== undefined && !(failure instanceof Exit) && !isKept) await rescue(result);
  if (failure !== undefined) throw failure;
}

async function rescue(result: LabResult): Promise<void> {
  try {
    const path = claimDirectory('', tmpdir(), `lab-result-${process.pid}`);
    try {
      await writeFiles('', path, reportFiles(result));
      note(`lab: the result is in ${path} instead`);
    } catch {
      await rm(path, { recursive: true, force: true });
    }
  } catch {
    // Then it is nowhere, and the error that is thrown says why.
  }
}

function carriesJson({ stdout, exports }: OutputPlan): boolean {
  if (stdout !== 'export') return stdout !== 'table';
  return exports.some(({ path, render }) => path === STDOUT && render === jsonText);
}

function stdoutText(result: LabResult, plan: OutputPlan, saved: string | null): string {
  if (plan.stdout === 'json') return jsonText(result);
  if (plan.stdout === 'json-stream') return jsonLine({ event: 'end', data: result });
  if (plan.stdout === 'export') {
    return plan.exports.find(({ path }) => path === STDOUT)!.render(result);
  }
  const kept = [
    ['report', 'report.md'],
    ['page', 'report.html'],
  ] as const;
  const where =
    saved === null
      ? ''
      : kept
          .map(([label, file]) => labelled(label, join(saved, file), Infinity, stdoutStyle()))
          .map((line) => `${line}\n`)
          .join('');
  const table = renderRun(result, stdoutWidth(), stdoutStyle());
  const thresholds = renderThresholds(
    result.thresholds,
    result.cells,
    stdoutWidth(),
    stdoutStyle(),
  );
  const start = process.stdout.isTTY ? '\n' : '';
  return `${start}${table}${where}${thresholds === '' ? '' : `\n${thresholds}`}`;
}

/** Name → text of what the folder of a run holds besides its cells. */
export function reportFiles(result: LabResult): Map<string, string> {
  const { markdown, files } = renderReport(result);
  return new Map([
    ['result.json', jsonText(result)],
    ['report.md', markdown],
    ['report.html', renderHtmlReport(result)],
    ...files,
  ]);
}

/** `20251121-194502-tcp-udp-c100`: when (UTC), and enough of what to find it again. */
function runName(startedAt: Date, { transports, clients }: RunConfig): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const slug = [...transports, `c${clients.join('-')}`].join('-');
  return `${time}-${slug.replaceAll(/[^\w-]/g, '_').slice(0, 60)}`;
}
