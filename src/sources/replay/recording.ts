import type { MessageValue } from '../../core/message.js';
import { LabError } from '../../errors.js';
import type { SourceItem, SourceReading } from '../source.js';
import { listOf } from '../text/names.js';
import { malformed, type ReplayOptions, tooManyRows } from './row.js';
import { readWireTimes } from './time/number-times.js';
import { readTimes } from './time/time-column.js';
import { type TimeColumn, TimeFault } from './time/time-fault.js';
import { readTimesOfDay } from './time/times-of-day.js';

/** A recording, ready to be replayed. */
export interface Recording {
  /**
   * At least one. In the order of their times when they have times (all or none do), else in the
   * order of the file.
   */
  readonly items: readonly SourceItem[];
  /** How much later each further pass over the recording is, in µs: its extent and one mean gap. */
  readonly period: number;
  readonly reading: SourceReading;
}

/** How far apart two passes are when the recording has no extent of its own, in µs. */
const DEFAULT_PERIOD = 1e6;

/** The time of a row, as it is written. */
export interface RowTime {
  readonly text: string;
  /** The time of day, where it stands apart from the date. */
  readonly ofDay?: string | undefined;
  /** In the lab's own form: µs since 1970. */
  readonly wire?: boolean;
}

/** Collects the rows of a file and checks what only shows across rows. */
export class RecordingBuilder {
  readonly #path: string;
  readonly #options: ReplayOptions;
  readonly #keys: string[] = [];
  readonly #values: MessageValue[] = [];
  readonly #times: string[] = [];
  readonly #ofDay: string[] = [];
  readonly #lines: number[] = [];
  #form: keyof typeof SAID = 'none';
  #known: Pick<SourceReading, 'format' | 'columns' | 'time'> & {
    readonly key: string | undefined;
  } = {
    format: '',
    columns: [],
    time: [],
    key: undefined,
  };

  constructor(path: string, options: ReplayOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** What was recognised in the file; the first word counts. */
  reads(
    known: Pick<SourceReading, 'format' | 'columns' | 'time'> & {
      readonly key: string | undefined;
    },
  ): void {
    if (this.#known.format === '') this.#known = known;
  }

  /** Tells the user of something that is not a fault and yet may surprise. */
  note(what: string): void {
    this.#options.onNotice?.(`replay ${this.#path}: ${what}`);
  }

  /** `line`: where the row starts in the file, from 1. @throws LAB_ERR_SOURCE_MALFORMED */
  add(line: number, key: string, value: MessageValue, time: RowTime | undefined): void {
    const form = time === undefined ? 'none' : time.wire === true ? 'wire' : 'column';
    const firstLine = this.#lines[0];
    if (firstLine === undefined) {
      this.#form = form;
    } else if (form !== this.#form) {
      const found = `${SAID[form]}, but the row at line ${firstLine} has ${SAID[this.#form]}`;
      throw malformed(
        this.#path,
        line,
        `this row has ${found}`,
        'give every row its time in the same form',
      );
    }
    tooManyRows(this.#path, line, this.#lines.length);
    this.#keys.push(key);
    this.#values.push(value);
    this.#lines.push(line);
    if (time !== undefined) this.#times.push(time.text);
    if (time?.ofDay !== undefined) this.#ofDay.push(time.ofDay);
  }

  /**
   * @throws LAB_ERR_SOURCE_EMPTY without a row, LAB_ERR_SOURCE_MALFORMED for a time no message can
   * carry
   */
  finish(): Recording {
    if (this.#keys.length === 0) {
      throw new LabError(
        'LAB_ERR_SOURCE_EMPTY',
        `source replay: '${this.#path}' holds no row of data`,
        {
          option: 'source',
          hint: 'name a CSV file with a header and rows, or an NDJSON file with one object a line',
        },
      );
    }
    if (this.#form === 'none') {
      this.#refuseIdleUnit();
      const items = this.#keys.map((key, i) => ({ key, value: this.#valueAt(i) }));
      return recordingOf(items, this.#reading(null, items));
    }
    const { micros, nanos = [], form } = this.#microseconds();
    this.#noteStepsBack(micros);
    const timeOf = (row: number): number => micros[row] ?? 0;
    const rows = Array.from(micros, (_, row) => row);
    rows.sort((a, b) => timeOf(a) - timeOf(b) || (nanos[a] ?? 0) - (nanos[b] ?? 0));
    const items = rows.map((row) => ({
      key: this.#keys[row] as string,
      value: this.#valueAt(row),
      time: timeOf(row),
    }));
    return recordingOf(items, this.#reading(form, items));
  }

  /**
   * Local times are there twice when the clocks go back: put in order, two hours are mixed. A file
   * from new to old steps back throughout.
   */
  #noteStepsBack(micros: readonly number[]): void {
    const last = new Map<string, number>();
    let forward = 0;
    let back = 0;
    let first = 0;
    for (const [row, key] of this.#keys.entries()) {
      const time = micros[row] as number;
      const before = last.get(key) ?? time;
      last.set(key, time);
      if (time > before) forward += 1;
      if (time >= before) continue;
      if (back === 0) first = this.#lines[row] as number;
      back += 1;
    }
    if (forward === 0 || back === 0) return;
    this.note(
      `line ${first} is earlier than the row of its key before it (${back} in all): replayed in the order of the times, which are UTC where they name no zone`,
    );
  }

  #refuseIdleUnit(): void {
    const { timeUnit = null } = this.#options;
    if (timeUnit === null) return;
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `timeUnit ${timeUnit}: no column of '${this.#path}' is one of times`,
      {
        option: 'timeUnit',
        value: timeUnit,
        hint: `name the one that is, \`timeColumn\`: ${listOf(this.#known.columns)}`,
      },
    );
  }

  /** `items`: in their order. */
  #reading(timeForm: string | null, items: readonly SourceItem[]): SourceReading {
    const { key = null, ...known } = this.#known;
    const [first, last] = [items[0]?.time, items.at(-1)?.time];
    const span = first === undefined || last === undefined ? null : ([first, last] as const);
    return {
      ...known,
      key,
      timeForm,
      span,
      rows: this.#keys.length,
      keys: new Set(this.#keys).size,
    };
  }

  #valueAt(index: number): MessageValue {
    return this.#values[index] ?? null;
  }

  #microseconds(): TimeColumn {
    const lineOf = (row: number): number => this.#lines[row] ?? 0;
    try {
      const column = this.#readTimes((row) => `the row at line ${lineOf(row)}`);
      const row = column.micros.findIndex((micros) => !Number.isSafeInteger(micros));
      if (row < 0) return column;
      throw new TimeFault(row, 'the time is out of range (years 1685 to 2255)');
    } catch (error) {
      if (!(error instanceof TimeFault)) throw error;
      throw malformed(this.#path, lineOf(error.row), error.message, error.hint);
    }
  }

  #readTimes(place: (row: number) => string): TimeColumn {
    const { timeUnit: unit = null } = this.#options;
    if (this.#form === 'wire') return readWireTimes(this.#times, unit);
    const days = readTimes(this.#times, { name: this.#known.time[0] ?? '', unit, place });
    if (this.#ofDay.length === 0) return days;
    const ofDay = readTimesOfDay(this.#ofDay);
    return {
      micros: days.micros.map((day, row) => day + (ofDay.micros[row] ?? 0)),
      nanos: ofDay.nanos,
      form: `${days.form} and ${ofDay.form}`,
    };
  }
}

const SAID = {
  none: 'no time',
  wire: "a time of the lab's own form",
  column: 'a time in a member of its own',
} as const;

/**
 * The recording that these items make, at least one, in order of their times; all or none have one.
 */
export function recordingOf(items: readonly SourceItem[], reading: SourceReading): Recording {
  return { items, period: periodOf(items), reading };
}

function periodOf(items: readonly SourceItem[]): number {
  const first = items[0]?.time ?? 0;
  const extent = (items.at(-1)?.time ?? 0) - first;
  return extent === 0 ? DEFAULT_PERIOD : extent + Math.round(extent / (items.length - 1));
}
