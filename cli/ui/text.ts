/** Fitting plain text into columns. Everything the lab prints is one column per code point. */
import { visibleBlock } from '../../reports/visible-text.js';
import type { Style } from './style.js';

/**
 * Sentences stay within this many columns however wide the terminal is: they are read. A table
 * takes the columns that it needs.
 */
export const MAX_WIDTH = 100;

/** At most `width` columns, the cut marked with `…`. */
export function truncate(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width
    ? text
    : `${chars.slice(0, Math.max(0, width - 1)).join('')}${width > 0 ? '…' : ''}`;
}

/**
 * Lines of at most `width` columns, broken between words; every line after the first begins with
 * `indent`.
 */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  // Before anything is counted: what is hidden takes columns when it is shown.
  for (const word of text.split(/\s+/).map(visibleBlock)) {
    const room = width - (lines.length === 0 ? 0 : indent.length);
    if (line !== '' && [...line].length + 1 + [...word].length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}

/** A line under the table: `label   text`. */
export function labelled(label: string, text: string, width: number, style: Style): string {
  const indent = ' '.repeat(8);
  return (
    style('bold', label.padEnd(indent.length)) +
    wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`)
  );
}
