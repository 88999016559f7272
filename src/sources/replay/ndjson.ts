import type { JsonValue, MessageValue } from '../../core/message.js';
import { isJsonObject } from '../pad.js';
import { type ExactJson, parseExactJson } from '../text/exact-json.js';
import {
  checkText,
  checkValue,
  excerpt,
  isControlLine,
  type JsonObject,
  keyText,
  LineFault,
  readWireForm,
  refuseInexact,
} from '../text/wire-line.js';
import { type Recording, RecordingBuilder, type RowTime } from './recording.js';
import { findRoles, idleTimesOfDay, type Roles } from './roles.js';
import { MAX_ROW_BYTES, malformed, type RecordedFile, type ReplayOptions } from './row.js';
import { TIME_HINT } from './time/time-text.js';

/** What a row says: the arguments of `RecordingBuilder.add` after the line. */
type Row = readonly [key: string, value: MessageValue, time: RowTime | undefined];

/**
 * Reads newline-delimited JSON, one object a line; blank lines are skipped. A line is either in the
 * lab's own wire form, `{"seq":1,"time":µs,"key":"…","value":…}` (bytes: `"encoding":"base64"`; the
 * control lines between are skipped), or any object: key and time from the members that name them,
 * the value is the rest. A last line that breaks off, because whoever wrote it was killed or had no
 * room left, is left out: `onCut` is told its number.
 * @throws LAB_ERR_SOURCE_MALFORMED, LAB_ERR_SOURCE_EMPTY, LAB_ERR_BAD_VALUE
 */
export function parseNdjson(
  file: RecordedFile,
  options: ReplayOptions = {},
  onCut: (line: number) => void = () => {},
): Recording {
  const recording = new RecordingBuilder(file.path, options);
  const reader = new RowReader(file.baseName, options, recording);
  const { bytes } = file;
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end - start > MAX_ROW_BYTES) {
      throw malformed(file.path, line, `longer than the ${MAX_ROW_BYTES} bytes a row may have`);
    }
    const raw = bytes.toString('utf8', start, end);
    // The mark of a second file that was put behind the first.
    const text = raw.startsWith('\ufeff') ? raw.slice(1) : raw;
    start = end + 1;
    if (text.trim() === '') continue;
    try {
      const row = reader.read(text, line);
      if (row !== undefined) recording.add(line, ...row);
    } catch (error) {
      if (newline < 0 && line > 1 && breaksOff(text)) onCut(line);
      else if (error instanceof LineFault)
        throw malformed(file.path, line, error.message, error.hint);
      else throw error;
    }
  }
  return recording.finish();
}

/** An object that is never closed. */
function breaksOff(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if ((char === '}' || char === ']') && --depth === 0) return false;
  }
  return true;
}

/** The first row says which members hold time and key; the others must agree. */
class RowReader {
  readonly #baseName: string;
  readonly #options: ReplayOptions;
  readonly #recording: RecordingBuilder;
  #roles: Roles | undefined;
  #firstLine = 0;
  /** Members of the row before: of most files all rows have the same. */
  #names: readonly string[] = [];

  constructor(baseName: string, options: ReplayOptions, recording: RecordingBuilder) {
    this.#baseName = baseName;
    this.#options = options;
    this.#recording = recording;
  }

  /** Undefined for a control line. */
  read(text: string, line: number): Row | undefined {
    const { value: object, ...numbers } = parseObject(text);
    if (isControlLine(object)) return undefined;
    const row = this.#wireRow(object, numbers) ?? this.#otherRow(object, numbers, line);
    checkText(row[0]);
    checkValue(row[1]);
    return row;
  }

  /**
   * Only with all four members: any other object may have a `key` and a `time` and mean something
   * else by `value`.
   */
  #wireRow(object: JsonObject, numbers: Numbers): Row | undefined {
    const { timeColumn = null, keyColumn = null } = this.#options;
    if (timeColumn !== null || keyColumn !== null) return undefined;
    const { seq, time, key } = object;
    if (typeof seq !== 'number' || typeof time !== 'number' || typeof key !== 'string')
      return undefined;
    const wire = readWireForm(object, numbers.inexact);
    if (wire === undefined) return undefined;
    refuseInexact(numbers, ['time']);
    this.#recording.reads({
      format: "NDJSON in the lab's own form",
      // The number and the encoding say how to read a row; they are not part of its value.
      columns: ['time', 'key', 'value'],
      time: ['time'],
      key: 'key',
    });
    return [wire.key, wire.value, { text: textOf(object, 'time', numbers), wire: true }];
  }

  #otherRow(object: JsonObject, numbers: Numbers, line: number): Row {
    const names = Object.keys(object);
    const { time, key } = this.#rolesOf(names, object, numbers, line);
    const taken = new Set([key, ...time]);
    refuseInexact(numbers, [...taken]);
    const rest = names
      .filter((name) => !taken.has(name))
      .map((name) => [name, object[name]] as const);
    const [day, ofDay] = time.map((name) => timeText(object, name, numbers));
    return [
      key === undefined ? this.#baseName : keyOf(key, object[key], numbers.inexact.get(key)),
      Object.fromEntries(rest) as JsonObject,
      day === undefined ? undefined : { text: day, ofDay },
    ];
  }

  #rolesOf(names: readonly string[], object: JsonObject, numbers: Numbers, line: number): Roles {
    const known = this.#roles;
    if (known !== undefined && sameNames(names, this.#names)) return known;
    this.#names = names;
    if (known === undefined) {
      const textAt = (name: string): string => textOf(object, name, numbers);
      const roles = findRoles(names, textAt, this.#options);
      for (const note of idleTimesOfDay(roles, names, textAt, this.#options))
        this.#recording.note(note);
      this.#roles = roles;
      this.#firstLine = line;
      this.#recording.reads({ format: 'NDJSON', columns: names, ...roles });
      return roles;
    }
    const missing = [...known.time, known.key].find(
      (name) => name !== undefined && !Object.hasOwn(object, name),
    );
    if (missing !== undefined) {
      const what = missing === known.key ? 'key' : 'time';
      throw new LineFault(
        `this row has no ${excerpt(missing)}, the ${what} of the row at line ${this.#firstLine}`,
        `every row needs its ${what}; another member: --${what}-column, --${what}-column none for none`,
      );
    }
    this.#refuseOthers(names, object, numbers, known);
    return known;
  }

  /** What names a time or a key must not be data because the first row has none. */
  #refuseOthers(
    names: readonly string[],
    object: JsonObject,
    numbers: Numbers,
    known: Roles,
  ): void {
    const own = findRoles(names, (name) => textOf(object, name, numbers), this.#options);
    const what = known.time.length === 0 && own.time.length > 0 ? 'time' : 'key';
    const other = what === 'time' ? own.time[0] : own.key;
    if (other === undefined || (what === 'key' && known.key !== undefined)) return;
    throw new LineFault(
      `this row has ${excerpt(other)} as its ${what}, but the row at line ${this.#firstLine} has no ${what}`,
      `every row needs its ${what}; or say which member holds it: --${what}-column NAME, or none`,
    );
  }
}

type Numbers = Omit<ExactJson, 'value'>;

function parseObject(text: string): Omit<ExactJson, 'value'> & { readonly value: JsonObject } {
  let json: ExactJson;
  try {
    json = parseExactJson(text);
  } catch {
    if (/^\s*[[{]\s*$/.test(text)) {
      throw new LineFault(
        `not valid JSON: ${excerpt(text)} only opens it, and a line must hold a whole object`,
        "bring it to one object a line: jq -c '.[]?' for an array, jq -c . for objects over several lines",
      );
    }
    if (/[:[,]\s*-?(NaN|Infinity)\b/.test(text)) {
      throw new LineFault(`NaN and Infinity are not JSON: ${excerpt(text)}`, 'write null');
    }
    throw new LineFault(`not valid JSON: ${excerpt(text)}`);
  }
  const { value } = json;
  if (!isJsonObject(value)) {
    const hint = Array.isArray(value)
      ? "bring an array to one object a line: jq -c '.[]' FILE"
      : undefined;
    throw new LineFault(`not a JSON object: ${excerpt(text)}`, hint);
  }
  return { ...json, value };
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, i) => name === other[i]);
}

/** A text or number as it is written; empty for anything else. */
function textOf(object: JsonObject, name: string, { written }: Numbers): string {
  const value = object[name];
  if (typeof value === 'number') return written.get(name) ?? String(value);
  return typeof value === 'string' ? value.trim() : '';
}

function timeText(object: JsonObject, name: string, numbers: Numbers): string {
  const value = object[name];
  if (typeof value === 'number' || typeof value === 'string') return textOf(object, name, numbers);
  throw new LineFault(`${excerpt(JSON.stringify(value))} is not a time`, TIME_HINT);
}

function keyOf(name: string, value: JsonValue = null, inexact?: string): string {
  const key = keyText(value, inexact);
  if (key === undefined) throw new LineFault(`the key "${name}" is neither text nor a number`);
  if (key === '') throw new LineFault('the key is empty');
  return key;
}
