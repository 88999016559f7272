/**
 * What divides the columns of a file: told by its own `sep=` line, or by what divides its first
 * rows evenly.
 */

export interface Dialect {
  /** One character. */
  readonly delimiter: string;
  /** Where the rows begin: after the `sep=` line. */
  readonly start: number;
  readonly firstLine: number;
}

/** Why a file is refused before it is read. */
export interface DialectFault {
  readonly problem: string;
  readonly hint: string;
}

/** What files are divided by, best first. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
/**
 * What they are divided by now and then, and what nobody would tell from text if it were allowed.
 */
const OTHERS = [' ', ':', '^', '~', '#', '\u0001', '\u001f', '\u00a6'];

const COUNTED: ReadonlySet<string> = new Set([...DELIMITERS, ...OTHERS]);

const SAMPLE_BYTES = 1024 * 1024;
const SAMPLE_ROWS = 20;

/** How a sentence names a delimiter. */
export function delimiterName(delimiter: string): string {
  if (delimiter === '\t') return 'TAB';
  if (delimiter === ' ') return 'blanks';
  return JSON.stringify(delimiter);
}

export function dialectOf(bytes: Buffer): Dialect | DialectFault {
  const [line, mark] =
    /^"?sep=(.)"?[ \t]*(?:\r\n|\n|\r)/i.exec(bytes.toString('latin1', 0, 16)) ?? [];
  if (line !== undefined && mark !== undefined) {
    if (!/[A-Za-z0-9"\r\n]/.test(mark))
      return { delimiter: mark, start: line.length, firstLine: 2 };
    return {
      problem: `the line sep=${mark} names no delimiter`,
      hint: 'write sep=; or remove this line',
    };
  }
  const rows = sampleRows(bytes.toString('latin1', 0, SAMPLE_BYTES), bytes.length <= SAMPLE_BYTES);
  const even = DELIMITERS.filter((one) => isEven(rows, one)).sort(
    (a, b) => count(rows, b) - count(rows, a),
  );
  const [best, second] = even;
  if (best !== undefined && second !== undefined && count(rows, best) === count(rows, second)) {
    return {
      problem: `both ${delimiterName(best)} and ${delimiterName(second)} divide the rows evenly`,
      hint: `say which divides the columns by a first line of its own: sep=${best}`,
    };
  }
  const most = DELIMITERS.toSorted((a, b) => total(rows, b) - total(rows, a))[0] as string;
  const delimiter = best ?? most;
  if (total(rows, delimiter) > 0) return { delimiter, start: 0, firstLine: 1 };
  const other = OTHERS.find((one) => rows.length > 1 && isEven(rows, one));
  if (other === undefined) return { delimiter: ',', start: 0, firstLine: 1 };
  return {
    problem: `the columns seem to be divided by ${delimiterName(other)}`,
    hint: 'divide them by commas, semicolons, TABs or |; where it is one column of text, put its name in quotes',
  };
}

type Row = ReadonlyMap<string, number>;

/** In the header. */
function count(rows: readonly Row[], delimiter: string): number {
  return rows[0]?.get(delimiter) ?? 0;
}

function total(rows: readonly Row[], delimiter: string): number {
  return rows.reduce((sum, row) => sum + (row.get(delimiter) ?? 0), 0);
}

function isEven(rows: readonly Row[], delimiter: string): boolean {
  const expected = count(rows, delimiter);
  return expected > 0 && rows.every((row) => row.get(delimiter) === expected);
}

/**
 * How often each possible delimiter stands outside of quotes in the first rows; blank lines are
 * none.
 */
function sampleRows(text: string, whole: boolean): Row[] {
  const rows: Row[] = [];
  let row = new Map<string, number>();
  let quoted = false;
  let blank = true;
  for (let at = 0; at < text.length && rows.length < SAMPLE_ROWS; at++) {
    const character = text[at] as string;
    if (character === '"') quoted = !quoted;
    if (!quoted && (character === '\n' || character === '\r')) {
      if (!blank) rows.push(row);
      row = new Map();
      blank = true;
      continue;
    }
    if (character !== ' ' && character !== '\t') blank = false;
    if (!quoted && COUNTED.has(character)) {
      row.set(character, (row.get(character) ?? 0) + 1);
    }
  }
  // The row that the sample cuts, or the last one: all there is of a single row.
  if (!blank && rows.length < SAMPLE_ROWS && (whole || rows.length === 0)) rows.push(row);
  return rows;
}
