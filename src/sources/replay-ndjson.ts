import type { JsonValue, MessageValue } from '../core/message.js';
import { isJsonObject } from './pad.js';
import { type Recording, RecordingBuilder } from './recording.js';
import { findRoles, MAX_ROW_BYTES, malformed, type RecordedFile } from './replay-row.js';
import { parseTime, type RecordedTime, TIME_HINT } from './replay-time.js';
import {
  checkText,
  checkValue,
  excerpt,
  isControlLine,
  type JsonObject,
  keyText,
  LineFault,
  readWireForm,
} from './wire-line.js';

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
      if (error instanceof LineFault) throw malformed(file.path, line, error.message, error.hint);
      throw error;
    }
  }
  return recording.finish();
}

function parseObject(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new LineFault(`not valid JSON: ${excerpt(text)}`);
  }
  if (!isJsonObject(value)) throw new LineFault(`not a JSON object: ${excerpt(text)}`);
  return value;
}

function parseRow(object: JsonObject, baseName: string): Row | undefined {
  if (isControlLine(object)) return undefined;
  const row = parseWireRow(object) ?? parseOtherRow(object, baseName);
  checkText(row[0]);
  checkValue(row[1]);
  return row;
}

/** Only with all four members: any other object may have a `key` and a `time` and mean something else by `value`. */
function parseWireRow(object: JsonObject): Row | undefined {
  const { seq, time, key } = object;
  if (typeof seq !== 'number' || typeof time !== 'number' || typeof key !== 'string') return undefined;
  const wire = readWireForm(object);
  return wire && [wire.key, wire.value, { form: 'micros', value: time }];
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
  const key = keyText(value);
  if (key === undefined) throw new LineFault(`the key "${name}" is neither text nor a number`);
  if (key === '') throw new LineFault('the key is empty');
  return key;
}

function timeOf(name: string, value: JsonValue = null): RecordedTime {
  const time = typeof value === 'number' || typeof value === 'string' ? parseTime(name, value) : undefined;
  if (time === undefined) throw new LineFault(`${excerpt(JSON.stringify(value))} is not a time`, TIME_HINT);
  return time;
}
