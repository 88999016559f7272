/** Options of a replay: which part of a recording, and what its columns are. */
import { leaf, oneOf, text } from '../../core/options.js';
import { nameOption, textOption } from '../../options/kinds.js';
import type { CommandOption, OptionTable } from '../../options/option.js';
import { badValue } from '../../options/values.js';
import { pointText } from '../recording-part.js';
import type { RecordingPoint } from '../source.js';
import { TIME_UNITS } from '../text/epoch.js';
import { parseRecordingPoint } from './point.js';

const ROW = { side: 'open', commands: ['run', 'serve'], section: 'pace', default: null } as const;

const point = leaf((value) => {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const entries = Object.entries(value);
  const [[name, micros] = []] = entries;
  if (entries.length !== 1 || !Number.isFinite(micros)) return false;
  return name === 'at' || (name === 'after' && micros >= 0);
}, 'give {at: µs since 1970} or {after: µs from the first item on}');

function pointOption(row: Pick<CommandOption, 'name' | 'flag' | 'help'>): CommandOption {
  return {
    ...ROW,
    ...row,
    schema: point,
    parse: (value, label) => parseRecordingPoint(label, value),
    show: (value) => pointText(value as RecordingPoint),
  };
}

const units = nameOption(
  {
    ...ROW,
    name: 'timeUnit',
    flag: '--time-unit <unit>',
    help: `what the times of a replay are: ${TIME_UNITS.join(', ')} (default: as the column tells)`,
    // Null is as good as absent, here and below.
    schema: oneOf(TIME_UNITS).nullable(),
  },
  TIME_UNITS,
);

export const REPLAY_OPTIONS: OptionTable = [
  pointOption({
    name: 'from',
    flag: '--replay-from <when>',
    help: 'begin a replay here: a recorded time (ISO 8601), or 10s after its first row',
  }),
  pointOption({
    name: 'to',
    flag: '--replay-to <when>',
    help: 'end it before this: a recorded time, or so long after its first row',
  }),
  textOption(
    {
      ...ROW,
      name: 'timeColumn',
      flag: '--time-column <name>',
      help: 'column of a replay that holds the times; #2 = the second, DATE+TIME = two, none = none',
      schema: text("'executed_at'").nullable(),
    },
    parseColumn,
  ),
  textOption(
    {
      ...ROW,
      name: 'keyColumn',
      flag: '--key-column <name>',
      help: 'column of a replay that holds the keys; #1 = the first, none = none',
      schema: text("'pair'").nullable(),
    },
    parseColumn,
  ),
  { ...units, parse: (value, label) => units.parse(value === 'µs' ? 'us' : value, label) },
];

function parseColumn(label: string, value: string): string {
  if (value !== '') return value;
  throw badValue(label, value, 'names no column', 'write its name, #1 for the first, or none');
}
