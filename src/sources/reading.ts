import { instantText } from './recording-part.js';
import type { SourceReading } from './source.js';
import { listOf } from './text/names.js';

/**
 * What was recognised in a file, in one line: which columns there are, and which hold time, key and
 * value.
 */
export function readingText(reading: SourceReading): string {
  const { format, rows, columns, time, timeForm, span, key, keys } = reading;
  const taken = new Set([...time, key]);
  const value = columns.filter((name) => !taken.has(name));
  return [
    `${format}, ${counted(rows, 'row')}, columns ${listOf(columns)}`,
    time.length === 0
      ? 'time: none'
      : `time: ${time.map((name) => listOf([name])).join(' + ')} (${timeForm}${spanText(span)})`,
    key === null ? 'key: none' : `key: ${listOf([key])} (${counted(keys, 'key')})`,
    `value: ${value.length === 0 ? 'nothing' : listOf(value)}`,
  ].join('; ');
}

/** Years nobody expects show that the times were not what they were taken for. */
function spanText(span: SourceReading['span']): string {
  return span === null ? '' : `, ${span.map(instantText).join(' to ')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
