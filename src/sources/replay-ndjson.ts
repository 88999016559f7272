import type { JsonValue, MessageValue } from '../core/message.js';
import { isJsonObject } from './pad.js';
import { type Recording, RecordingBuilder } from './recording.js';
import { excerpt, findRoles, MAX_ROW_BYTES, malformed, type RecordedFile } from './replay-row.js';
import { parseTime, type RecordedTime, TIME_HINT } from './replay-time.js';

type JsonObject = { readonly [key: string]: JsonValue };

/** Deepest nesting of a value; no codec carries more. */
const MAX_DEPTH = 128;

const CONTROLS: readonly JsonValue[] = ['welcome', 'lagged', 'heartbeat', 'end'];

const WIRE_MEMBERS = ['seq', 'time', 'key', 'value', 'encoding'];

/** What a row says: the arguments of `RecordingBuilder.add` after the line. */
type Row = readonly [key: string, value: MessageValue, time: RecordedTime | undefined];

/**
 * Reads newline-delimited JSON, one object a line; blank lines are skipped. A line is either in the lab's own wire
 * form, `{"seq":1,"time":µs,"key":"…","value":…}` (bytes: `"encoding":"base64"`; the control lines between are
 * skipped), or any object: key and time from the members that name them, the value is the rest.
 * @throws LAB_ERR_SOURCE_MALFORMED, LAB_ERR_SOURCE_EMPTY
 */
export function parseNdjson(file: RecordedFile): Recording {
  const recording = new RecordingBuilder(file.path);
  const { bytes } = file;
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end - start > MAX_ROW_BYTES) {
      throw malformed(file.path, line, `longer than the ${MAX_ROW_BYTES} bytes a row may have`);
    }
    const text = bytes.toString('utf8', start, end);
    start = end + 1;
    if (text.trim() === '') continue;
    try {
      const row = parseRow(parseObject(text), file.baseName);
      if (row !== undefined) recording.add(line, ...row);
    } catch (error) {
      if (error instanceof RowFault) throw malformed(file.path, line, error.message, error.hint);
      throw error;
    }
  }
  return recording.finish();
}

/** What is wrong with a row, before its place in the file is known. Never leaves this file. */
class RowFault extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

function parseObject(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new RowFault(`not valid JSON: ${excerpt(text)}`);
  }
  if (!isJsonObject(value)) throw new RowFault(`not a JSON object: ${excerpt(text)}`);
  return value;
}

/** Refuses what JSON can spell but a message cannot carry through every codec unchanged. */
function checkValue(value: JsonValue, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RowFault('a number no double can hold');
  if (typeof value === 'string') checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) throw new RowFault(`nested deeper than ${MAX_DEPTH} levels`);
  for (const [name, member] of Object.entries(value)) {
    checkText(name);
    checkValue(member, depth + 1);
  }
}

function checkText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new RowFault(`half of a surrogate pair in ${excerpt(text)}`);
}

function parseRow(object: JsonObject, baseName: string): Row | undefined {
  const { control = null, value } = object;
  if (CONTROLS.includes(control) && value === undefined) return undefined;
  const row = parseWireRow(object) ?? parseOtherRow(object, baseName);
  checkText(row[0]);
  if (!(row[1] instanceof Uint8Array)) checkValue(row[1], 0);
  return row;
}

function parseWireRow(object: JsonObject): Row | undefined {
  const { seq, time, key, value, encoding } = object;
  const names = Object.keys(object);
  const isWire =
    typeof seq === 'number' && typeof time === 'number' && typeof key === 'string' && value !== undefined;
  if (!isWire || !names.every((name) => WIRE_MEMBERS.includes(name))) return undefined;
  return [
    key,
    encoding === undefined ? value : decodeBytes(encoding, value),
    { form: 'micros', value: time },
  ];
}

function decodeBytes(encoding: JsonValue, value: JsonValue): Uint8Array {
  if (encoding !== 'base64') throw new RowFault(`"encoding" is ${excerpt(String(encoding))}, not "base64"`);
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  // Buffer.from skips what is not base64; only what it gives back unchanged was base64 throughout.
  if (bytes?.toString('base64') !== value) throw new RowFault('the value is not base64');
  return bytes;
}

function parseOtherRow(object: JsonObject, baseName: string): Row {
  const roles = findRoles(Object.keys(object));
  const rest = Object.entries(object).filter(([name]) => name !== roles.key && name !== roles.time);
  return [
    roles.key === undefined ? baseName : keyOf(roles.key, object[roles.key]),
    Object.fromEntries(rest),
    roles.time === undefined ? undefined : timeOf(roles.time, object[roles.time]),
  ];
}

function keyOf(name: string, value: JsonValue = null): string {
  const key = typeof value === 'number' ? String(value) : value;
  if (typeof key !== 'string') throw new RowFault(`the key "${name}" is neither text nor a number`);
  if (key === '') throw new RowFault('the key is empty');
  return key;
}

function timeOf(name: string, value: JsonValue = null): RecordedTime {
  const time = typeof value === 'number' || typeof value === 'string' ? parseTime(name, value) : undefined;
  if (time === undefined) throw new RowFault(`${excerpt(JSON.stringify(value))} is not a time`, TIME_HINT);
  return time;
}
