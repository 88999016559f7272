import type { MessageValue } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { isJsonObject, jsonBytes, Padder } from '../pad.js';
import { PullSource } from '../pull-source.js';
import { partOf } from '../recording-part.js';
import type { ReplayColumns, Source, SourceItem, SourceOptions } from '../source.js';
import { excerpt } from '../text/wire-line.js';
import { parseCsv } from './csv/csv.js';
import { readRecording } from './file.js';
import { parseNdjson } from './ndjson.js';
import type { Recording } from './recording.js';
import { malformed, type RecordedFile } from './row.js';
import { parseReplaySpec } from './spec.js';

/**
 * Plays a recorded file, `replay:FILE` or `replay:FILE?time=NAME&key=NAME&unit=ms`: CSV (.csv) or
 * NDJSON (.ndjson, .jsonl); of any other file the first character decides, `{` being NDJSON. The
 * whole file is read and checked before the first item.
 *
 * A replay is chronological: when the rows have times, items come in their order, rows of one time
 * in the order of the file. An item's `time` is the recorded one, so it may lie before 1970. With
 * `options.loop`, each further pass is later by the recording's extent and one mean gap; only the
 * differences of times mean anything then. `options.from` and `to` cut out the part of the
 * recording that is played, and looped.
 * @throws LAB_ERR_BAD_VALUE (no file named, a part of a recording without times, a part that ends
 *   before it begins), LAB_ERR_SOURCE_UNREADABLE, LAB_ERR_SOURCE_MALFORMED, LAB_ERR_SOURCE_EMPTY
 */
export async function openReplay(argument: string, options: SourceOptions): Promise<Source> {
  const { path, columns } = parseReplaySpec(argument);
  if (path === '') {
    throw new LabError('LAB_ERR_BAD_VALUE', 'source replay names no file', {
      option: 'source',
      hint: "write `source: 'replay:FILE'`, a CSV or NDJSON file",
    });
  }
  const file = await readRecording(path, isNdjson);
  const wishes = { ...options, ...merged(columns, options) };
  let skipped = 0;
  const onCut = (line: number): void => {
    skipped += 1;
    options.onNotice?.(
      `the last line of the recording '${path}', line ${line}, breaks off: it is left out`,
    );
  };
  const recording = isNdjson(file) ? parseNdjson(file, wishes, onCut) : parseCsv(file, wishes);
  const part = partOf(recording, options, path);
  const begin = (): (() => SourceItem | undefined) => {
    const player = new Player(part, options);
    return () => player.nextItem();
  };
  const stats = skipped === 0 ? undefined : { skipped };
  return Object.assign(new PullSource('replay', begin, stats), {
    reading: recording.reading,
  });
}

/** @throws LAB_ERR_BAD_VALUE when spec and options say different things */
function merged(spec: ReplayColumns, options: ReplayColumns): ReplayColumns {
  const all: { -readonly [K in keyof ReplayColumns]: ReplayColumns[K] } = { ...spec };
  for (const name of ['timeColumn', 'keyColumn', 'timeUnit'] as const) {
    const given = options[name] ?? null;
    if (given === null) continue;
    if (spec[name] !== undefined && spec[name] !== given) {
      throw new LabError(
        'LAB_ERR_BAD_VALUE',
        `${name} ${excerpt(given)} and \`source\` say different things: ${excerpt(spec[name] ?? '')}`,
        { option: name, value: given, hint: 'say it once' },
      );
    }
    Object.assign(all, { [name]: given });
  }
  return all;
}

/** @throws LAB_ERR_SOURCE_MALFORMED for what is neither a table nor an object a line */
function isNdjson(file: Pick<RecordedFile, 'path' | 'bytes'>): boolean {
  if (/\.(ndjson|jsonl)$/i.test(file.path)) return true;
  const start = file.bytes.toString('latin1', 0, 4096);
  if (/^\s*\{/.test(start) && !/\.csv$/i.test(file.path)) return true;
  if (/^\s*\{\s*("|$|\})/.test(start)) {
    const hint = 'name it .ndjson, or remove what stands above the header';
    throw malformed(file.path, 1, 'JSON objects where a table should be', hint);
  }
  if (/^\s*\[\s*([[{"\d\]]|$)/.test(start)) {
    const hint = "bring it to one object a line: jq -c '.[]' FILE > FILE.ndjson";
    throw malformed(file.path, 1, 'a JSON array, not one object a line', hint);
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) {
    throw malformed(
      file.path,
      1,
      'HTML or XML, not a table',
      'save the data itself as CSV or NDJSON',
    );
  }
  return false;
}

class Player {
  readonly #recording: Recording;
  readonly #loop: boolean;
  readonly #padder: Padder | undefined;
  /** JSON bytes of each value, worked out once; empty when nothing is padded. */
  readonly #sizes: readonly number[];
  #next = 0;
  #pass = 0;

  constructor(recording: Recording, options: SourceOptions) {
    const padded = options.sizeBytes > 0;
    this.#recording = recording;
    this.#loop = options.loop;
    this.#padder = padded ? new Padder(options.sizeBytes, options.seed) : undefined;
    this.#sizes = padded
      ? recording.items.map(({ value }) => (isJsonObject(value) ? jsonBytes(value) : 0))
      : [];
  }

  nextItem(): SourceItem | undefined {
    const { items, period } = this.#recording;
    if (this.#next >= items.length && this.#loop) {
      this.#next = 0;
      this.#pass++;
    }
    const item = items[this.#next];
    if (item === undefined) return undefined;
    const value = this.#padded(item.value, this.#next);
    this.#next++;
    if (item.time === undefined) return { key: item.key, value };
    return { key: item.key, value, time: item.time + this.#pass * period };
  }

  #padded(value: MessageValue, index: number): MessageValue {
    return this.#padder?.pad(value, this.#sizes[index] ?? 0) ?? value;
  }
}
