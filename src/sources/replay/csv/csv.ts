import { plainName } from '../../text/names.js';
import { excerpt } from '../../text/wire-line.js';
import { type Recording, RecordingBuilder } from '../recording.js';
import { findRoles, idleTimesOfDay, isRoleName } from '../roles.js';
import { malformed, type RecordedFile, type ReplayOptions } from '../row.js';
import { delimiterName, dialectOf } from './dialect.js';
import { FieldColumn } from './fields.js';
import { type CsvRows, readCsvRows } from './rows.js';

/**
 * Reads a table with a header, as RFC 4180 has it, its columns divided by commas, semicolons, TABs
 * or |. The columns that are neither key nor time become members of the value: a number where the
 * text is a plain decimal that a double keeps, null where it is empty (in a column of numbers also
 * for words such as NA), else the text itself.
 * @throws LAB_ERR_SOURCE_MALFORMED, LAB_ERR_SOURCE_EMPTY, LAB_ERR_BAD_VALUE
 */
export function parseCsv(file: RecordedFile, options: ReplayOptions = {}): Recording {
  const dialect = dialectOf(file.bytes);
  if ('problem' in dialect) throw malformed(file.path, 1, dialect.problem, dialect.hint);
  const table = readCsvRows(file, dialect);
  const by = dialect.delimiter === ',' ? '' : ` divided by ${delimiterName(dialect.delimiter)}`;
  return new Table(file, table, dialect.delimiter, options).recording(`CSV${by}`);
}

/** Text such as this in a column of numbers is the name of a column. */
const HEADER_WORDS: ReadonlySet<string> = new Set([
  'open',
  'high',
  'low',
  'close',
  'volume',
  'price',
  'value',
  'bid',
  'ask',
  'unit',
]);
/** Rows of names or units that may follow the header. */
const MORE_HEADER_ROWS = 5;

const NO_FIELDS: readonly string[] = [];

class Table {
  readonly #file: RecordedFile;
  readonly #table: CsvRows;
  readonly #delimiter: string;
  readonly #options: ReplayOptions;
  readonly #notes: string[] = [];

  constructor(file: RecordedFile, table: CsvRows, delimiter: string, options: ReplayOptions) {
    this.#file = file;
    this.#table = table;
    this.#delimiter = delimiter;
    this.#options = options;
  }

  recording(format: string): Recording {
    const { header, rows, lines, repeated } = this.#table;
    const { path, baseName } = this.#file;
    const builder = new RecordingBuilder(path, this.#options);
    const indexes = new Map(header.map((name, index) => [name, index]));
    const indexOf = (name: string | undefined): number =>
      name === undefined ? -1 : (indexes.get(name) ?? -1);
    const textOf = (name: string): string => rows[0]?.[indexOf(name)] ?? '';
    const roles = findRoles(header, textOf, this.#options);
    builder.reads({ format, columns: header, ...roles });
    this.#notes.push(...idleTimesOfDay(roles, header, textOf, this.#options));
    const keyAt = indexOf(roles.key);
    const [timeAt = -1, ofDayAt = -1] = roles.time.map(indexOf);
    const taken = new Set([keyAt, timeAt, ofDayAt]);
    const places = header.map((_, index) => index).filter((index) => !taken.has(index));
    const columns = places.map((index) => new FieldColumn(header[index] as string));
    for (const [r, row] of rows.entries()) {
      for (const [i, column] of columns.entries())
        column.see(row[places[i] as number] as string, r);
    }
    if (timeAt < 0) this.#refuseHeaders(columns, keyAt);
    const commas = this.#hasDecimalCommas(columns);
    this.#note(columns, commas);
    if (repeated.length > 0) {
      this.#notes.push(
        `the header stands again on line ${repeated[0]}: passed over (${repeated.length} in all)`,
      );
    }
    for (const note of this.#notes) builder.note(note);
    for (const [r, row] of rows.entries()) {
      const line = lines[r] as number;
      rows[r] = NO_FIELDS;
      const key = keyAt < 0 ? baseName : (row[keyAt] as string);
      if (key === '') throw malformed(path, line, 'the key is empty');
      // fromEntries defines members, so that a column called __proto__ is data like any other.
      const value = Object.fromEntries(
        columns.map((column, i) => [
          column.name,
          column.valueOf(row[places[i] as number] as string, commas),
        ]),
      );
      const time = timeAt < 0 ? undefined : { text: row[timeAt] as string, ofDay: row[ofDayAt] };
      builder.add(line, key, value, time);
    }
    return builder.finish();
  }

  /**
   * Where no time tells them from data: rows of names and units in columns of numbers. @throws
   * LAB_ERR_SOURCE_MALFORMED
   */
  #refuseHeaders(columns: readonly FieldColumn[], keyAt: number): void {
    const { header, rows, lines } = this.#table;
    const suspects = new Set(
      columns.filter((one) => one.isNearlyNumeric).flatMap(({ textRows }) => textRows),
    );
    const names = new Set(header.map(plainName));
    const isWord = (text: string): boolean => {
      const plain = plainName(text);
      return plain !== '' && (HEADER_WORDS.has(plain) || isRoleName(plain) || names.has(plain));
    };
    const hasNumber = (row: readonly string[]): boolean =>
      row.some((text, i) => i !== keyAt && /^[-+]?[\d.,]+$/.test(text));
    for (const r of [...suspects].sort((a, b) => a - b)) {
      const row = rows[r] as readonly string[];
      if (hasNumber(row)) continue;
      const leading =
        r < MORE_HEADER_ROWS &&
        Array.from({ length: r }, (_, i) => i).every((i) => suspects.has(i));
      if (!row.some(isWord) && !(leading && keyAt < 0)) continue;
      const what = `another header row? There are numbers below and above ${excerpt(row.find((text) => text !== '') ?? '')}`;
      throw malformed(
        this.#file.path,
        lines[r] as number,
        what,
        'one header line, on top; remove the others',
      );
    }
  }

  /**
   * Where commas do not divide columns they may be decimal points. @throws LAB_ERR_SOURCE_MALFORMED
   * for numbers of both kinds
   */
  #hasDecimalCommas(columns: readonly FieldColumn[]): boolean {
    if (this.#delimiter === ',') return false;
    const numeric = columns.filter(({ counts }) => counts.text === 0);
    const comma = numeric.find(({ decimalCommas }) => decimalCommas > 0);
    if (comma === undefined) return false;
    const point = numeric.find(({ points }) => points > 0);
    if (point === undefined) return true;
    const { lines } = this.#table;
    const line = lines[Math.max(comma.first['comma number'] ?? 0, point.firstPoint)] as number;
    const what = `numbers with a decimal comma (column ${excerpt(comma.name)}) and with a point (column ${excerpt(point.name)})`;
    throw malformed(this.#file.path, line, what, 'write all numbers of the file one way');
  }

  /** What a reader might take for numbers and is none here must not pass unsaid. */
  #note(columns: readonly FieldColumn[], commas: boolean): void {
    const { rows, lines, header } = this.#table;
    const say = (row: number | undefined, column: FieldColumn, what: string): void => {
      if (row === undefined) return;
      const text = rows[row]?.[header.indexOf(column.name)] ?? '';
      this.#notes.push(
        `line ${lines[row]}, column ${excerpt(column.name)}: ${excerpt(text)} ${what}`,
      );
    };
    const first = <T>(of: (column: FieldColumn) => T | undefined): FieldColumn | undefined =>
      columns.find((column) => of(column) !== undefined);
    const long = first((column) => column.first['long number']);
    if (long !== undefined) {
      say(
        long.first['long number'],
        long,
        'has more digits than a double keeps: the numbers of this column stay text',
      );
    }
    const thousands = first(({ thousands: found, counts }) =>
      commas && counts.text === 0 ? undefined : found,
    );
    if (thousands !== undefined) {
      say(thousands.thousands?.row, thousands, 'may set thousands apart: such fields stay text');
    }
    const odd = first(({ oddNumber }) => oddNumber);
    if (odd !== undefined) say(odd.oddNumber, odd, 'is not a plain decimal: such fields stay text');
    const mixed = columns.find(
      (column) =>
        (column.isNearlyNumeric || column.isMostlyNumeric) &&
        column !== thousands &&
        column !== odd,
    );
    if (mixed !== undefined) say(mixed.textRows[0], mixed, 'is text among numbers');
  }
}
