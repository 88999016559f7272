import { isUtf8 } from 'node:buffer';
import { isJsonObject, jsonBytes, Padder } from '../pad.js';
import type { SourceItem, SourceOptions } from '../source.js';
import { plausibleUnit, UNIT_NAMES } from '../text/epoch.js';
import { type ExactJson, parseExactJson } from '../text/exact-json.js';
import { LineSplitter } from '../text/line-splitter.js';
import { SkipLog } from '../text/skip-log.js';
import { otherEncoding } from '../text/text-file.js';
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
import type { ItemParser } from './stream-source.js';

/**
 * Longest line, without its end. A UDP datagram carries far less: publishing it there is refused.
 */
const MAX_LINE_BYTES = 64 * 1024;

/** Key of what has no key of its own. */
const DEFAULT_KEY = 'line';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Lines of UTF-8, each an item:
 * - `{"key":…,"value":…}`, `time` (whole µs since 1970, else it is left out), `seq` and
 *   `"encoding":"base64"` allowed: that key and value;
 * - any other JSON object: all of it, its key from the member `keyField`, if that is text or a
 *   number;
 * - a JSON array; any other text, as it is. Numbers are not read: 007 and 1e400 would not come out
 *   as they went in.
 * Without a key of its own an item has the key `line`. Blank lines and the control lines of a
 * captured stream are nothing. Skipped and counted: a line above the limit, one that is not UTF-8,
 * JSON that no message carries exactly, and word of a loss in the captured stream.
 */
export class LineParser implements ItemParser {
  readonly #splitter: LineSplitter;
  readonly #keyField: string;
  readonly #skips: SkipLog;
  readonly #padder: Padder | undefined;
  /** What the first line with anything in it is instead of UTF-8; null = it is UTF-8. */
  #encoding: string | null | undefined;
  /** Not skipped: only their times are left out. */
  readonly #oddTimes: SkipLog;

  constructor(
    keyField: string,
    {
      sizeBytes,
      seed,
      onNotice = () => {},
    }: Pick<SourceOptions, 'sizeBytes' | 'seed' | 'onNotice'>,
    maxLineBytes: number = MAX_LINE_BYTES,
  ) {
    this.#keyField = keyField;
    this.#padder = sizeBytes > 0 ? new Padder(sizeBytes, seed) : undefined;
    this.#skips = new SkipLog(onNotice);
    this.#oddTimes = new SkipLog(onNotice);
    this.#splitter = new LineSplitter(maxLineBytes, () =>
      this.#skip('too long', `longer than ${maxLineBytes} bytes`),
    );
  }

  get skipped(): number {
    return this.#skips.total;
  }

  push(bytes: Buffer): void {
    this.#splitter.push(bytes);
  }

  next(): SourceItem | undefined {
    for (;;) {
      const line = this.#splitter.next();
      if (line === undefined) return undefined;
      const item = this.#itemOf(line);
      if (item !== undefined) return item;
    }
  }

  rest(ended: boolean): SourceItem | undefined {
    const line = ended ? this.#splitter.last() : undefined;
    return line && this.#itemOf(line);
  }

  #itemOf(line: Buffer): SourceItem | undefined {
    if (this.#encoding === undefined && line.length > 1) this.#encoding = otherEncoding(line);
    // Half of what is UTF-16 would pass for UTF-8 full of zeros.
    if (typeof this.#encoding === 'string') {
      this.#skip('encoding', `${this.#encoding}, not UTF-8 text`);
      return undefined;
    }
    if (!isUtf8(line)) {
      this.#skip('not UTF-8', 'not UTF-8 text');
      return undefined;
    }
    const raw = line.toString('utf8');
    const text = this.#splitter.line === 1 && raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(1) : raw;
    if (text.trim() === '') return undefined;
    try {
      return this.#padded(this.#timed(read(text, this.#keyField)));
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      this.#skip('not carried', error.message);
      return undefined;
    }
  }

  /** What is no time as µs since 1970 was counted in another unit, or from another zero. */
  #timed(item: SourceItem | undefined): SourceItem | undefined {
    if (item?.time === undefined) return item;
    const unit = plausibleUnit(item.time);
    if (unit === 'us') return item;
    const seems = unit === undefined ? 'no time from 1990 to 2100' : UNIT_NAMES[unit];
    const what = `"time" should be ${UNIT_NAMES.us}, ${item.time} seems to be ${seems}`;
    this.#oddTimes.skip(
      'time',
      `stdin:lines: line ${this.#splitter.line} without its time: ${what}`,
    );
    return { key: item.key, value: item.value };
  }

  #padded(item: SourceItem | undefined): SourceItem | undefined {
    if (item === undefined || this.#padder === undefined || !isJsonObject(item.value)) return item;
    return { ...item, value: this.#padder.pad(item.value, jsonBytes(item.value)) };
  }

  #skip(reason: string, problem: string): void {
    this.#skips.skip(reason, `stdin:lines: line ${this.#splitter.line} skipped: ${problem}`);
  }
}

/** @throws LineFault */
function read(text: string, keyField: string): SourceItem | undefined {
  const json = parseStructure(text);
  if (json === undefined) return { key: DEFAULT_KEY, value: text };
  const { value } = json;
  if (!isJsonObject(value)) refuseInexact(json);
  const item = isJsonObject(value)
    ? readObject(value, json, keyField)
    : { key: DEFAULT_KEY, value };
  if (item === undefined) return undefined;
  checkText(item.key);
  checkValue(item.value);
  return item;
}

function readObject(
  object: JsonObject,
  numbers: ExactJson,
  keyField: string,
): SourceItem | undefined {
  if (isControlLine(object)) {
    checkControl(object);
    return undefined;
  }
  const { time = 0 } = object;
  // A time that is not a count of microseconds is the user's own: it is kept where it stands.
  const wire = Number.isSafeInteger(time) ? readWireForm(object, numbers.inexact) : undefined;
  // In wire form the key's digits are read as text; else all members are part of the value.
  refuseInexact(numbers, wire === undefined ? [] : ['key']);
  if (wire !== undefined) {
    const { key, value } = wire;
    return wire.time === undefined ? { key, value } : { key, value, time: wire.time };
  }
  const named = Object.hasOwn(object, keyField) ? keyText(object[keyField]) : undefined;
  return { key: named ?? DEFAULT_KEY, value: object };
}

/** What got lost before it came here must not pass unseen. @throws LineFault */
function checkControl({ control, missed, reason }: JsonObject): void {
  if (control === 'lagged') {
    throw new LineFault(`the feed it comes from left out ${excerpt(String(missed))} messages`);
  }
  if (control === 'end' && reason !== 'closed') {
    throw new LineFault(`the feed it comes from was cut: ${excerpt(String(reason))}`);
  }
}

/** The JSON object or array that the line is; undefined when it is neither. */
function parseStructure(text: string): ExactJson | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
