import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../core/message.js';
import { LineSplitter } from './line-splitter.js';
import { isJsonObject, jsonBytes, Padder } from './pad.js';
import { SkipLog } from './skip-log.js';
import type { SourceItem, SourceOptions } from './source.js';
import type { ItemParser } from './stream-source.js';
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

/** Longest line, without its end. A UDP datagram carries far less: publishing it there is refused. */
const MAX_LINE_BYTES = 64 * 1024;

/** Key of what has no key of its own. */
const DEFAULT_KEY = 'line';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Lines of UTF-8, each an item:
 * - `{"key":…,"value":…}`, `time` (whole µs since 1970), `seq` and `"encoding":"base64"` allowed: that key and value;
 * - any other JSON object: all of it, its key from the member `keyField`, if that is text or a number;
 * - a JSON array; any other text, as it is. Numbers are not read: 007 and 1e400 would not come out as they went in.
 * Without a key of its own an item has the key `line`. Blank lines and the control lines of a captured stream are nothing.
 * Skipped and counted: a line above the limit, one that is not UTF-8, JSON that no message carries exactly, and word of a
 * loss in the captured stream.
 */
export class LineParser implements ItemParser {
  readonly #splitter: LineSplitter;
  readonly #keyField: string;
  readonly #skips: SkipLog;
  readonly #padder: Padder | undefined;

  constructor(
    keyField: string,
    { sizeBytes, seed, onNotice = () => {} }: Pick<SourceOptions, 'sizeBytes' | 'seed' | 'onNotice'>,
    maxLineBytes: number = MAX_LINE_BYTES,
  ) {
    this.#keyField = keyField;
    this.#padder = sizeBytes > 0 ? new Padder(sizeBytes, seed) : undefined;
    this.#skips = new SkipLog(onNotice);
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
    if (!isUtf8(line)) {
      this.#skip('not UTF-8', 'not UTF-8 text');
      return undefined;
    }
    const raw = line.toString('utf8');
    const text = this.#splitter.line === 1 && raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(1) : raw;
    if (text.trim() === '') return undefined;
    try {
      return this.#padded(read(text, this.#keyField));
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      this.#skip('not carried', error.message);
      return undefined;
    }
  }

  #padded(item: SourceItem | undefined): SourceItem | undefined {
    if (item === undefined || this.#padder === undefined || !isJsonObject(item.value)) return item;
    return { ...item, value: this.#padder.pad(item.value, jsonBytes(item.value)) };
  }

  #skip(reason: string, problem: string): void {
    this.#skips.skip(reason, `--source stdin:lines: line ${this.#splitter.line} skipped: ${problem}`);
  }
}

/** @throws LineFault */
function read(text: string, keyField: string): SourceItem | undefined {
  const json = parseStructure(text);
  if (json === undefined) return { key: DEFAULT_KEY, value: text };
  const item = isJsonObject(json) ? readObject(json, keyField) : { key: DEFAULT_KEY, value: json };
  if (item === undefined) return undefined;
  checkText(item.key);
  checkValue(item.value);
  return item;
}

function readObject(object: JsonObject, keyField: string): SourceItem | undefined {
  if (isControlLine(object)) {
    checkControl(object);
    return undefined;
  }
  const { time = 0 } = object;
  // A time that is no count of microseconds is the user's own: it is kept where it stands.
  const wire = Number.isSafeInteger(time) ? readWireForm(object) : undefined;
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
function parseStructure(text: string): JsonValue | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
