import { CsvError, parse } from 'csv-parse/sync';
import type { JsonValue } from '../core/message.js';
import { type Recording, RecordingBuilder } from './recording.js';
import { findRoles, MAX_ROW_BYTES, malformed, parseDecimal, type RecordedFile } from './replay-row.js';
import { parseTime, TIME_HINT } from './replay-time.js';
import { excerpt } from './wire-line.js';

/**
 * Reads comma-separated values as RFC 4180 has them, with a header; lines may end in LF, CRLF or CR, blank lines are
 * skipped. The columns that are neither key nor time become members of the value: a number where the text is a plain finite
 * decimal, null where it is empty, else the text itself.
 * @throws LAB_ERR_SOURCE_MALFORMED, LAB_ERR_SOURCE_EMPTY
 */
export function parseCsv(file: RecordedFile): Recording {
  const recording = new RecordingBuilder(file.path);
  const lines = new LineCounter(file.bytes);
  let table: Table | undefined;
  let end = 0;
  try {
    parse(file.bytes, {
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: MAX_ROW_BYTES,
      on_record: (fields: string[], { bytes }) => {
        const line = lines.lineOfRowAfter(end);
        end = bytes;
        if (table === undefined) table = new Table(file, fields, line);
        else table.addRow(recording, fields, line);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError) throw malformed(file.path, lines.lineOfRowAfter(end), explain(error));
    throw error;
  }
  return recording.finish();
}

/** The header and what each column is for. */
class Table {
  readonly #file: RecordedFile;
  readonly #width: number;
  readonly #keyIndex: number;
  readonly #timeIndex: number;
  readonly #timeName: string;
  readonly #members: readonly { readonly name: string; readonly index: number }[];

  constructor(file: RecordedFile, header: readonly string[], line: number) {
    const repeated = header.find((name, index) => header.indexOf(name) !== index);
    if (repeated !== undefined)
      throw malformed(file.path, line, `two columns are called ${excerpt(repeated)}`);
    if (header.every((name) => parseDecimal(name) !== undefined)) {
      throw malformed(
        file.path,
        line,
        'a row of numbers where the names of the columns should be',
        'add a header',
      );
    }
    const roles = findRoles(header);
    this.#file = file;
    this.#width = header.length;
    this.#keyIndex = roles.key === undefined ? -1 : header.indexOf(roles.key);
    this.#timeIndex = roles.time === undefined ? -1 : header.indexOf(roles.time);
    this.#timeName = roles.time ?? '';
    this.#members = header
      .map((name, index) => ({ name, index }))
      .filter(({ index }) => index !== this.#keyIndex && index !== this.#timeIndex);
  }

  addRow(recording: RecordingBuilder, fields: readonly string[], line: number): void {
    const { path, baseName } = this.#file;
    if (fields.length !== this.#width) {
      throw malformed(path, line, `${fields.length} fields, but the header names ${this.#width} columns`);
    }
    const key = this.#keyIndex < 0 ? baseName : (fields[this.#keyIndex] ?? '');
    if (key === '') throw malformed(path, line, 'the key is empty');
    const timeText = fields[this.#timeIndex] ?? '';
    const time = this.#timeIndex < 0 ? undefined : parseTime(this.#timeName, timeText);
    if (this.#timeIndex >= 0 && time === undefined) {
      throw malformed(path, line, `${excerpt(timeText)} is not a time`, TIME_HINT);
    }
    // fromEntries defines members, so that a column called __proto__ is data like any other.
    const value = Object.fromEntries(
      this.#members.map(({ name, index }) => [name, fieldValue(fields[index])]),
    );
    recording.add(line, key, value, time);
  }
}

function fieldValue(text = ''): JsonValue {
  if (text === '') return null;
  const number = parseDecimal(text);
  if (number === undefined) return text;
  // Digits that a double cannot hold (an order id, say) would come out changed: such an integer stays text.
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
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

/** Numbers the lines of a file from 1, going forward only. csv-parse counts a CRLF inside quotes twice, so we count. */
class LineCounter {
  readonly #bytes: Buffer;
  #offset = 0;
  #line = 1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
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
