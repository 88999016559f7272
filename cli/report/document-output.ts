/**
 * Where a document goes that is a table, Markdown, HTML or JSON: one of them to stdout, others to
 * files.
 */
import { LabError } from '../../src/errors.js';
import { jsonText } from '../output.js';

/** The options that say so. */
export interface DocumentOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly exportJson?: string;
  readonly exportMd?: string;
  /** Of those that have a page. */
  readonly html?: boolean;
  readonly exportHtml?: string;
}

type Render<T> = (document: T) => string;

export interface DocumentOutput<T> {
  readonly files: readonly {
    readonly flag: string;
    readonly path: string;
    readonly render: Render<T>;
  }[];
  readonly stdout: Render<T>;
}

const STDOUT = '-';

/** @throws LAB_ERR_USAGE when two things claim stdout or one file */
export function planDocument<T>(
  { json, markdown, html, exportJson, exportMd, exportHtml }: DocumentOptions,
  table: Render<T>,
  asMarkdown: Render<T>,
  asHtml: Render<T> = table,
): DocumentOutput<T> {
  const asked: readonly [string, string | undefined, Render<T>][] = [
    ['--json', json === true ? STDOUT : undefined, jsonText],
    ['--markdown', markdown === true ? STDOUT : undefined, asMarkdown],
    ['--html', html === true ? STDOUT : undefined, asHtml],
    ['--export-json', exportJson, jsonText],
    ['--export-md', exportMd, asMarkdown],
    ['--export-html', exportHtml, asHtml],
  ];
  const wanted = asked.flatMap(([flag, path, render]) =>
    path === undefined ? [] : [{ flag, path, render }],
  );
  for (const [i, { flag, path }] of wanted.entries()) {
    const other = wanted.slice(0, i).find((one) => one.path === path);
    if (other === undefined) continue;
    const what = path === STDOUT ? 'stdout' : `'${path}'`;
    throw new LabError('LAB_ERR_USAGE', `${other.flag} and ${flag} both claim ${what}`, {
      hint: 'let one of them write to a file of its own: --export-md FILE',
    });
  }
  return {
    files: wanted.filter(({ path }) => path !== STDOUT),
    stdout: wanted.find(({ path }) => path === STDOUT)?.render ?? table,
  };
}
