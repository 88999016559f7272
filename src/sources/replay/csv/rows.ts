/**
 * From bytes to rows of fields, each with its line; what is wrong with a row by itself is refused
 * at once.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { plausibleUnit } from '../../text/epoch.js';
import { parseDecimal } from '../../text/exact-number.js';
import { excerpt } from '../../text/wire-line.js';
import { MAX_ROW_BYTES, malformed, type RecordedFile, tooManyRows } from '../row.js';
import { calendarMicros } from '../time/calendar.js';
import { type Dialect, delimiterName } from './dialect.js';

export interface CsvRows {
  readonly header: readonly string[];
  readonly headerLine: number;
  /**
   * To be emptied by whoever reads it, row by row: texts and values of a large file need not be
   * there at once.
   */
  readonly rows: (readonly string[])[];
  /** Line of each row. */
  readonly lines: readonly number[];
  /** Lines on which the header stands again, as in files put one behind the other. */
  readonly repeated: readonly number[];
}

/**
 * Fields are trimmed unless they are quoted; lines end in LF, CRLF or CR; lines of blanks are
 * skipped.
 * @throws LAB_ERR_SOURCE_MALFORMED
 */
export function readCsvRows(file: RecordedFile, { delimiter, start, firstLine }: Dialect): CsvRows {
  const bytes = file.bytes.subarray(start);
  const lines = new LineCounter(bytes, firstLine);
  const table = new RowCollector(file.path, delimiter);
  let end = 0;
  try {
    parse(bytes, {
      delimiter,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: MAX_ROW_BYTES,
      on_record: (fields: string[], { bytes: read }) => {
        const line = lines.lineOfRowAfter(end);
        end = read;
        table.add(fields, line);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError)
      throw malformed(file.path, lines.lineOfRowAfter(end), explain(error));
    throw error;
  }
  return table;
}

class RowCollector implements CsvRows {
  readonly rows: (readonly string[])[] = [];
  readonly lines: number[] = [];
  readonly repeated: number[] = [];
  header: readonly string[] = [];
  headerLine = 0;
  readonly #path: string;
  readonly #delimiter: string;
  #names: ReadonlySet<string> = new Set();

  constructor(path: string, delimiter: string) {
    this.#path = path;
    this.#delimiter = delimiter;
  }

  add(fields: string[], line: number): void {
    if (fields.length === 1 && fields[0] === '') return;
    if (this.headerLine === 0) {
      this.#begin(withoutEnd(fields), line);
      return;
    }
    this.#cutEnd(fields);
    const width = this.header.length;
    if (fields.length !== width) {
      const what = `${fields.length} fields, but the header names ${width} columns`;
      throw malformed(this.#path, line, what, this.#widthHint(line));
    }
    if (this.#isHeaderAgain(fields, line)) return;
    if (this.rows.length === 0) this.#checkHeaderIsNone(fields);
    tooManyRows(this.#path, line, this.rows.length);
    this.rows.push(fields);
    this.lines.push(line);
  }

  /** Spreadsheets end every row with as many delimiters as the widest row they ever had. */
  #cutEnd(fields: string[]): void {
    const width = this.header.length;
    if (fields.length > width && fields.slice(width).every((field) => field === ''))
      fields.length = width;
  }

  #begin(header: readonly string[], line: number): void {
    this.#names = new Set(header);
    if (this.#names.size < header.length) {
      const seen = new Set<string>();
      const repeated = header.find((name) => seen.size === seen.add(name).size) ?? '';
      const what =
        repeated === ''
          ? 'two columns have no name'
          : `two columns are called ${excerpt(repeated)}`;
      throw malformed(
        this.#path,
        line,
        what,
        'the first line must name the columns, each its own name',
      );
    }
    if (header.every((name) => parseDecimal(name) !== undefined)) this.#refuseData(line);
    this.header = header;
    this.headerLine = line;
  }

  #refuseData(line: number): never {
    const what = 'a row of numbers where the names of the columns should be';
    throw malformed(this.#path, line, what, 'add a header');
  }

  /** Names that are times or fractions like what stands below them: the file begins with data. */
  #checkHeaderIsNone(fields: readonly string[]): void {
    const same = this.header.findIndex((name, i) => isData(name) && isData(fields[i] ?? ''));
    if (same < 0) return;
    const what = `${excerpt(this.header[same] ?? '')} is data where the names of the columns should be`;
    throw malformed(this.#path, this.headerLine, what, 'add a header');
  }

  #isHeaderAgain(fields: readonly string[], line: number): boolean {
    const { header } = this;
    const [marked = ''] = fields;
    // A second file put behind the first may bring its byte order mark.
    const first = marked.startsWith('\ufeff') ? marked.slice(1).trim() : marked;
    if (first.toLowerCase() === header[0]?.toLowerCase()) {
      if (fields.every((field, i) => i === 0 || field.toLowerCase() === header[i]?.toLowerCase())) {
        this.repeated.push(line);
        return true;
      }
    }
    if (
      header.length > 1 &&
      this.#names.has(first) &&
      fields.every((field) => this.#names.has(field))
    ) {
      const hint = 'bring all parts of the file to one order of columns, or replay them one by one';
      throw malformed(this.#path, line, 'another header: the same columns in another order', hint);
    }
    return false;
  }

  #widthHint(line: number): string {
    if (this.rows.length >= MOST_ABOVE) return 'correct or remove this line; nothing was published';
    const by = `columns are divided by ${delimiterName(this.#delimiter)}`;
    return `${by}; where the header stands further down, remove what is above it (line ${this.headerLine} is taken for it): tail -n +${line}`;
  }
}

/** Without the columns at the end that have no name; the only one, or all, may have none. */
function withoutEnd(header: readonly string[]): readonly string[] {
  const named = header.findLastIndex((name) => name !== '') + 1;
  return named === 0 ? header : header.slice(0, named);
}

/**
 * So many lines of one width may stand above a header of another before that is no more than one
 * bad row.
 */
const MOST_ABOVE = 10;

/** A date of three parts, a time of day, a number with a fraction. */
const LIKE_DATA =
  /^(\d{4}[-/.]\d\d?[-/.]\d\d?.*|\d\d?[/.]\d\d?[/.]\d{4}.*|\d\d?:\d\d.*|-?\d+\.\d+)$/;

/** Also a number that is a time: no column is called 1709285400 above 1709285401. */
function isData(text: string): boolean {
  if (LIKE_DATA.test(text)) return true;
  if (!/^\d{8,19}$/.test(text)) return false;
  return calendarMicros(text, false) !== undefined || plausibleUnit(Number(text)) !== undefined;
}

function explain(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted field is never closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'text after the closing quote of a field';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote inside a field that does not start with one';
    case 'CSV_MAX_RECORD_SIZE':
      return `longer than the ${MAX_ROW_BYTES} bytes a row may have`;
    default:
      return error.message;
  }
}

/**
 * Numbers the lines of a file, going forward only. csv-parse counts a CRLF inside quotes twice, so
 * we count.
 */
class LineCounter {
  readonly #bytes: Buffer;
  #offset = 0;
  #line: number;

  constructor(bytes: Buffer, firstLine: number) {
    this.#bytes = bytes;
    this.#line = firstLine;
  }

  /** The line on which the first row that starts at or after `offset` starts. */
  lineOfRowAfter(offset: number): number {
    while (this.#offset < offset || this.#atLineBreak()) this.#step();
    return this.#line;
  }

  #atLineBreak(): boolean {
    const byte = this.#bytes[this.#offset];
    return byte === 0x0a || byte === 0x0d;
  }

  #step(): void {
    const byte = this.#bytes[this.#offset++];
    if (byte === 0x0a || (byte === 0x0d && this.#bytes[this.#offset] !== 0x0a)) this.#line++;
  }
}
