/**
 * Reading the project's Markdown as data: what a document says in tables and code blocks is
 * compared with the code.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);

/**
 * A file of the project; path relative to its root. A document that is not written yet is empty.
 */
export function readProject(path: string): string {
  const url = new URL(path, ROOT);
  return existsSync(url) ? readFileSync(url, 'utf8') : '';
}

/** Paths of the files in a folder of the project whose names end in `ending`, at any depth. */
export function projectFiles(folder: string, ending: string): string[] {
  const names = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** Every Markdown page of the project that people wrote, and the sample report. */
export function allPages(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [
    ...top.sort(),
    ...['docs', 'examples', 'reports/samples'].flatMap((folder) => projectFiles(folder, '.md')),
  ];
}

/** Whether a file or folder of the project is there; path relative to its root. */
export function existsInProject(path: string): boolean {
  return existsSync(new URL(path, ROOT));
}

interface Heading {
  readonly level: number;
  readonly title: string;
}

/** A row of a table, its cells trimmed, under the heading that it stands under. */
export interface TableRow {
  readonly heading: string;
  readonly cells: readonly string[];
}

/** Body rows of all tables; `\|` inside a cell is a bar. */
export function tableRows(markdown: string): TableRow[] {
  const rows: TableRow[] = [];
  let heading = '';
  let inBody = false;
  for (const line of withoutFences(markdown)) {
    heading = headingOf(line)?.title ?? heading;
    if (!line.startsWith('|')) inBody = false;
    else if (/^\|[-:| ]+\|$/.test(line)) inBody = true;
    else if (inBody) {
      const cells = line.slice(1, -1).split(/(?<!\\)\|/);
      rows.push({ heading, cells: cells.map((cell) => cell.replaceAll('\\|', '|').trim()) });
    }
  }
  return rows;
}

/** Titles of the headings of one level that stand below the heading `under` (or anywhere). */
export function headings(markdown: string, level: number, under?: string): string[] {
  const titles: string[] = [];
  let inside = under === undefined;
  for (const line of withoutFences(markdown)) {
    const heading = headingOf(line);
    if (heading === undefined) continue;
    if (heading.level < level && under !== undefined) inside = heading.title === under;
    if (heading.level === level && inside) titles.push(heading.title);
  }
  return titles;
}

/** What stands below a heading, up to the next heading of any level, on one line. */
export function sectionText(markdown: string, title: string): string {
  const lines = withoutFences(markdown);
  const from = lines.findIndex((line) => headingOf(line)?.title === title) + 1;
  const length = lines.slice(from).findIndex((line) => headingOf(line) !== undefined);
  const text = from === 0 ? [] : lines.slice(from, length < 0 ? undefined : from + length);
  return text.join(' ').trim().replaceAll(/\s+/g, ' ');
}

interface Fence {
  /** What stands after the opening ``` */
  readonly info: string;
  readonly text: string;
}

/** Fenced code blocks in order. */
export function fences(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = '', text = '']) => ({
    info: info.trim(),
    text,
  }));
}

/**
 * Inline code, `like this`, outside of fenced blocks; it may go on in the next line of its
 * paragraph.
 */
export function inlineCode(markdown: string): string[] {
  const paragraphs = withoutFences(markdown)
    .join('\n')
    .split(/\n\s*\n/);
  return paragraphs.flatMap((paragraph) =>
    [...paragraph.replaceAll('\n', ' ').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
}

function withoutFences(markdown: string): string[] {
  return markdown.replaceAll(/^```.*?^```$/gms, '').split('\n');
}

function headingOf(line: string): Heading | undefined {
  const match = /^(#+) (.*)$/.exec(line);
  return match === null ? undefined : { level: match[1]!.length, title: match[2]!.trim() };
}

/**
 * The value of a numeric constant or member in a source file: `const NAME = 64 * 1024;`, `name:
 * 250,`, or the values of a list of such, `const NAME = [100, 300] as const`. What is called `…_US`
 * comes in ms. Empty when there is none, or when it is not a product of plain numbers.
 */
export function constantsIn(path: string, name: string): number[] {
  const product = '(?:0x[\\da-f]+|[\\d._]+(?: \\* [\\d._]+)*)';
  const pattern = new RegExp(`\\b${name}(?:: number)? ?[=:] (\\[?${product}(?:, ${product})*)`);
  const text = pattern.exec(readProject(path))?.[1] ?? '';
  // Only a list goes on behind a comma.
  const values = text.startsWith('[') ? text.slice(1).split(', ') : text.split(', ').slice(0, 1);
  const perUnit = name.endsWith('_US') ? 1_000 : 1;
  return values
    .filter((one) => one !== '')
    .map((one) =>
      one
        .split(' * ')
        .reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1 / perUnit),
    );
}

/** The first of them. */
export function constantIn(path: string, name: string): number | undefined {
  return constantsIn(path, name)[0];
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  bytes: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  ms: 1,
  s: 1_000,
  second: 1_000,
  seconds: 1_000,
  minute: 60_000,
  minutes: 60_000,
};

/** `64 KiB`, `5 s`, `1,024`: in bytes, ms or plain. */
export function quantity(text: string): number {
  const [, number = '', unit = ''] = /^([\d,.]+) ?(\S*)$/.exec(text) ?? [];
  return Number(number.replaceAll(',', '')) * (UNITS[unit] ?? Number.NaN);
}

/** The same of a list that has its unit at the end: `100, 300, 1,500 ms`. */
export function quantities(text: string): number[] {
  const [, list = text, unit = ''] = /^(.*\d) ?(\D*)$/.exec(text) ?? [];
  return list.split(', ').map((number) => quantity(`${number} ${unit}`.trim()));
}
