import { replaceHidden } from '../visible-text.js';

/**
 * Markdown building blocks. Text from a result is data: it is escaped here and can never become
 * markup.
 */

/**
 * Escapes text for GitHub-flavoured Markdown, one line. Balanced code spans stay: inside one
 * nothing is markup, and hints carry commands. A `|` in one is for `table` to escape: anywhere else
 * the backslash would be seen.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map((part, i) => (i % 2 === 1 ? part : escapePlain(part)))
    .join('')
    .replace(BLOCK_START, (start) => start.replace(/[-+=#.)]/, '\\$&'));
}

/** What would make a heading, a list or a rule of a text that begins a line. */
const BLOCK_START = /^(?:(?:#{1,6}|[-+]|\d{1,9}[.)])(?=\s|$)|[-=]+$)/;

function escapePlain(text: string): string {
  return (
    text
      .replace(/[\\`*[\]|~]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      // Addresses become links by themselves, headings and lists begin with their first characters.
      .replace(/\b(https?|ftp|mailto|xmpp):/gi, '$1&#58;')
      .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}&#46;`)
      .replaceAll('@', '&#64;')
      .replace(/^(#{1,6}|[-+]|-{3,}|={3,})(?=\s|$)/, '\\$1')
      .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
  );
}

/** Inline code holding any text, backticks included (CommonMark 6.1: a longer fence). */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  if (!line.includes('`')) return `\`${line}\``;
  const fence = '`'.repeat(longestBackticks(line) + 1);
  return `${fence} ${line} ${fence}`;
}

/**
 * A fenced code block that its content cannot close; a terminal's control sequences do not survive
 * it.
 */
export function codeBlock(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestBackticks(text) + 1));
  return `${fence}${language}\n${replaceHidden(text, (char) => (char === '\n' ? char : ' '))}\n${fence}`;
}

function longestBackticks(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** Line breaks and all that nobody sees and that could reorder a line become spaces. */
function oneLine(text: string): string {
  return replaceHidden(text, () => '\0')
    .replace(/\0+/g, ' ')
    .trim();
}

export interface Column<Row> {
  readonly title: string;
  /**
   * `text` is aligned left; `label` too, but does not wrap; `number` is aligned right and does not
   * wrap.
   */
  readonly kind: 'text' | 'label' | 'number';
  /** Markdown of one table cell. */
  readonly cell: (row: Row) => string;
}

/**
 * A table is divided at each `|` that is not escaped, in code spans too; within one GFM takes the
 * backslash away again.
 */
const ESCAPED_OR_PIPE = /\\.|\|/gs;

/** Cells longer than this stand out of their column. */
const MOST_PADDED = 200;

/** A table, padded so that the source reads well too. No rows, no table. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map((row) =>
    columns.map(({ kind, cell }) => {
      const text = cell(row).replace(ESCAPED_OR_PIPE, (part) => (part === '|' ? '\\|' : part));
      return kind === 'text' ? text : unbroken(text);
    }),
  );
  const widths = columns.map(({ title }, i) =>
    lines.reduce((widest, line) => Math.max(widest, padded(line[i]!)), Math.max(4, length(title))),
  );
  const render = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => pad(cell, widths[i]!, columns[i]!.kind)).join(' | ')} |`;
  const rule = columns.map(({ kind }, i) =>
    kind === 'number' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  return [
    render(columns.map(({ title }) => title)),
    `| ${rule.join(' | ')} |`,
    ...lines.map(render),
  ].join('\n');
}

/** A bullet list of ready Markdown items. */
export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** A section: its heading and its blocks, empty ones left out. */
export function section(title: string, ...blocks: readonly string[]): string {
  return [`## ${title}`, ...blocks.filter((block) => block !== '')].join('\n\n');
}

/** Closed until somebody asks: its title, what is in it, and its sections, empty ones left out. */
export function details(title: string, about: string, ...blocks: readonly string[]): string {
  const inside = blocks.filter((block) => block !== '');
  if (inside.length === 0) return '';
  const head = `<details>\n<summary><b>${title}</b>: ${about}</summary>`;
  return [head, ...inside, '</details>'].join('\n\n');
}

function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

function length(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/** The width that a cell asks of its column. One long text must not pad every other row. */
function padded(text: string): number {
  const wide = length(text);
  return wide > MOST_PADDED ? 0 : wide;
}

function pad(text: string, width: number, kind: Column<unknown>['kind']): string {
  const fill = ' '.repeat(Math.max(0, width - length(text)));
  return kind === 'number' ? fill + text : text + fill;
}
