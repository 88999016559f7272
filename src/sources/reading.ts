import { listOf } from './names.js';
import type { SourceReading } from './source.js';

/**
 * What was recognised in a file, in one line: which columns there are, and which hold time, key and
 * value.
 */
export function readingText({ format, rows, columns, time, timeForm, key, keys }: SourceReading): string {
  const taken = new Set([...time, key]);
  const value = columns.filter((name) => !taken.has(name));
  return [
    `${format}, ${counted(rows, 'row')}, columns ${listOf(columns)}`,
    time.length === 0 ? 'time: none' : `time: ${listOf(time).replace(', ', ' + ')} (${timeForm})`,
    key === null ? 'key: none' : `key: ${listOf([key])} (${counted(keys, 'key')})`,
    `value: ${value.length === 0 ? 'nothing' : listOf(value)}`,
  ].join('; ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
