/** What a run is to leave, read from its flags, and whether it can be written. */
import type { LabResult } from '../../bench/result/result.js';
import { renderCsv } from '../../reports/export/csv.js';
import { renderHlog } from '../../reports/export/hlog.js';
import { renderHtmlReport } from '../../reports/html/run/report.js';
import { renderReport } from '../../reports/markdown/report.js';
import { LabError } from '../../src/errors.js';
import { noEffect } from '../args/effect.js';
import { checkDirectory, checkExport } from '../files/check-files.js';
import { type LiveFlag, livePort } from '../live/flag.js';
import { jsonText } from '../output.js';

/** The options of `lab run` that say what comes out. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly jsonStream?: boolean;
  readonly exportJson?: string;
  readonly exportMd?: string;
  readonly exportHtml?: string;
  readonly exportCsv?: string;
  readonly exportHlog?: string;
  /** A directory: one file per cell. */
  readonly exportHgrm?: string;
  readonly output?: string;
  readonly save: boolean;
  readonly quiet?: boolean;
  readonly live?: LiveFlag;
}

interface Export {
  readonly flag: string;
  /** `-` = stdout. */
  readonly path: string;
  readonly render: (result: LabResult) => string;
}

export interface OutputPlan {
  /** What stdout carries: one thing only. */
  readonly stdout: 'table' | 'json' | 'json-stream' | 'export';
  readonly exports: readonly Export[];
  /** Where the percentile distributions go, a file per cell; null = nowhere. */
  readonly hgrmDirectory: string | null;
  /** Parent of the run's own directory; null = nothing is kept. */
  readonly directory: string | null;
  readonly quiet: boolean;
  /** Port of the live page, 0 = any free one; null = there is none. */
  readonly live: number | null;
}

const DEFAULT_DIRECTORY = 'lab-results';
export const STDOUT = '-';
export const HGRM_FLAG = '--export-hgrm';

/** @throws LAB_ERR_USAGE when two things claim stdout or one file, LAB_ERR_NO_EFFECT */
export function planOutput(options: OutputOptions): OutputPlan {
  const asked: [string, string | undefined, Export['render']][] = [
    ['--export-json', options.exportJson, jsonText],
    ['--export-md', options.exportMd, (result) => renderReport(result).markdown],
    ['--export-html', options.exportHtml, renderHtmlReport],
    ['--export-csv', options.exportCsv, renderCsv],
    ['--export-hlog', options.exportHlog, renderHlog],
  ];
  const exports = asked.flatMap(([flag, path, render]) =>
    path === undefined ? [] : [{ flag, path, render }],
  );
  const claims = exports.filter(({ path }) => path === STDOUT).map(({ flag }) => `${flag} -`);
  if (options.json === true) claims.push('--json');
  if (options.jsonStream === true) claims.push('--json-stream');
  if (claims.length > 1) {
    throw new LabError('LAB_ERR_USAGE', `${claims.join(' and ')} both claim stdout`, {
      hint: 'let one of them write to a file: --export-json FILE',
    });
  }
  const twice = exports.find(
    ({ path }, i) => exports.findIndex((other) => other.path === path) < i,
  );
  if (twice !== undefined) {
    throw new LabError(
      'LAB_ERR_USAGE',
      `${twice.flag} '${twice.path}' is written by another export too`,
      {
        hint: 'give each export a file of its own',
      },
    );
  }
  if (options.exportHgrm === STDOUT || options.exportHgrm === '') {
    throw new LabError('LAB_ERR_USAGE', `${HGRM_FLAG} '${options.exportHgrm}' is not a directory`, {
      hint: 'name a directory; it gets one .hgrm file per cell',
    });
  }
  if (!options.save && options.output !== undefined) {
    const idle = { beside: '--no-save', otherwise: '--no-save' };
    throw noEffect('--output', idle);
  }
  const document =
    options.json === true ? 'json' : options.jsonStream === true ? 'json-stream' : 'export';
  return {
    stdout: claims.length === 0 ? 'table' : document,
    exports,
    hgrmDirectory: options.exportHgrm ?? null,
    directory: options.save ? (options.output ?? DEFAULT_DIRECTORY) : null,
    quiet: options.quiet === true,
    live: livePort(options.live),
  };
}

/**
 * @throws LAB_ERR_EXPORT_PATH when it is certain that something could not be written after the run
 */
export async function checkOutput({
  exports,
  hgrmDirectory,
  directory,
}: OutputPlan): Promise<void> {
  for (const { flag, path } of exports) if (path !== STDOUT) await checkExport(flag, path);
  if (hgrmDirectory !== null) await checkDirectory(HGRM_FLAG, hgrmDirectory);
  if (directory !== null) await checkDirectory('-o/--output', directory);
}

/** Whether a result gets anywhere but to stdout. */
export function hasFiles({ exports, hgrmDirectory, directory }: OutputPlan): boolean {
  return (
    directory !== null || hgrmDirectory !== null || exports.some(({ path }) => path !== STDOUT)
  );
}
