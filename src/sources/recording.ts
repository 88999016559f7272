import type { MessageValue } from '../core/message.js';
import { LabError } from '../errors.js';
import { malformed } from './replay-row.js';
import { epochUnit, type RecordedTime } from './replay-time.js';
import type { SourceItem } from './source.js';

/** Most rows of a recording: with the limit on its bytes it bounds the memory it takes. */
const MAX_ROWS = 2_000_000;

/** A recording, ready to be replayed. */
export interface Recording {
  /** At least one. In the order of their times when they have times (all or none do), else in the order of the file. */
  readonly items: readonly SourceItem[];
  /** How much later each further pass over the recording is, in µs: its extent and one mean gap. */
  readonly period: number;
}

/** How far apart two passes are when the recording has no extent of its own, in µs. */
const DEFAULT_PERIOD = 1e6;

/** Collects the rows of a file and checks what only shows across rows. */
export class RecordingBuilder {
  readonly #path: string;
  readonly #keys: string[] = [];
  readonly #values: MessageValue[] = [];
  readonly #times: number[] = [];
  readonly #lines: number[] = [];
  #form: RecordedTime['form'] | 'none' = 'none';

  constructor(path: string) {
    this.#path = path;
  }

  /** `line`: where the row starts in the file, from 1. @throws LAB_ERR_SOURCE_MALFORMED */
  add(line: number, key: string, value: MessageValue, time: RecordedTime | undefined): void {
    const form = time?.form ?? 'none';
    const firstLine = this.#lines[0];
    if (firstLine === undefined) {
      this.#form = form;
    } else if (form !== this.#form) {
      const found = `${SAID[form]}, but the row at line ${firstLine} has ${SAID[this.#form]}`;
      throw malformed(this.#path, line, `this row has ${found}`, 'give every row its time in the same form');
    }
    if (this.#lines.length >= MAX_ROWS) {
      throw malformed(this.#path, line, `more than ${MAX_ROWS} rows`, 'replay a part of the recording');
    }
    this.#keys.push(key);
    this.#values.push(value);
    this.#lines.push(line);
    if (time !== undefined) this.#times.push(time.value);
  }

  /** @throws LAB_ERR_SOURCE_EMPTY without a row, LAB_ERR_SOURCE_MALFORMED for a time no message can carry */
  finish(): Recording {
    if (this.#keys.length === 0) {
      throw new LabError('LAB_ERR_SOURCE_EMPTY', `--source replay: '${this.#path}' holds no row of data`, {
        hint: 'name a CSV file with a header and rows, or an NDJSON file with one object a line',
      });
    }
    if (this.#form === 'none') {
      return recordingOf(this.#keys.map((key, i) => ({ key, value: this.#valueAt(i) })));
    }
    const micros = this.#microseconds();
    const items = this.#keys.map((key, i) => ({ key, value: this.#valueAt(i), time: micros[i] ?? 0 }));
    items.sort((a, b) => a.time - b.time);
    return recordingOf(items);
  }

  #valueAt(index: number): MessageValue {
    return this.#values[index] ?? null;
  }

  #microseconds(): number[] {
    const largest = this.#times.reduce((most, time) => Math.max(most, Math.abs(time)), 0);
    const unit = this.#form === 'epoch' ? epochUnit(largest) : 1;
    return this.#times.map((time, i) => {
      const micros = Math.round(time * unit);
      if (Number.isSafeInteger(micros)) return micros;
      throw malformed(this.#path, this.#lines[i] ?? 0, 'the time is out of range (years 1685 to 2255)');
    });
  }
}

const SAID = { none: 'no time', epoch: 'a number as its time', micros: 'a date as its time' } as const;

/** The recording that these items make, at least one, in order of their times; all or none have one. */
export function recordingOf(items: readonly SourceItem[]): Recording {
  return { items, period: periodOf(items) };
}

function periodOf(items: readonly SourceItem[]): number {
  const first = items[0]?.time ?? 0;
  const extent = (items.at(-1)?.time ?? 0) - first;
  return extent === 0 ? DEFAULT_PERIOD : extent + Math.round(extent / (items.length - 1));
}
