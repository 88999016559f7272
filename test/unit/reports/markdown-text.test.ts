import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../reports/markdown/report.js';
import { codeSpan, escapeMarkdown, table } from '../../../reports/markdown/text.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

/** The cells of a row as GFM divides it: at each `|` that has no backslash before it. */
function cellsOf(row: string): string[] {
  return [...row.matchAll(/((?:\\.|[^|\\])*)\|/gs)].slice(1).map(([, cell]) => cell!.trim());
}

const column = { title: 'Name', kind: 'text' as const, cell: (text: string) => text };

describe('a pipe', () => {
  it.each([
    ['run `a | b` again', 'run `a | b` again'],
    ['`|`', '`|`'],
    ['a | b', 'a \\| b'],
  ])('in %j has a backslash outside of code only', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it.each([
    ['a|b', '`a|b`'],
    ['a`|b', '`` a`|b ``'],
  ])('in the code %j has none', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });

  it.each([
    [escapeMarkdown('run `a | b` again'), 'run `a \\| b` again'],
    [escapeMarkdown('a | b'), 'a \\| b'],
    [codeSpan('a|b||c'), '`a\\|b\\|\\|c`'],
    [codeSpan('a\\\\|b'), '`a\\\\\\|b`'],
    ['never escaped | at all', 'never escaped \\| at all'],
  ])('is escaped in the table cell %j, once', (cell, expected) => {
    const [, , row] = table([column, column], [cell]).split('\n');
    expect(cellsOf(row!)).toEqual([expected, expected]);
  });

  it('of a command, a hint or a name divides no table and is shown without a backslash elsewhere', () => {
    const hint = 'sysctl -a | grep `rmem | wmem`';
    const cell = makeCell({
      codec: 'a|b`c|d`',
      reasons: [{ code: 'A|B', severity: 'SUSPECT', message: 'x `a|b`', hint }],
    });
    const result = makeResult([cell, makeCell()], { command: 'lab run | tee x' });
    const { markdown } = renderReport(result);
    expect(markdown).toContain('`A|B` (SUSPECT)');
    expect(markdown).toContain('x `a|b`');
    expect(markdown).toContain('**Next:** sysctl -a \\| grep `rmem | wmem`');
    expect(markdown).toContain('\nlab run | tee x\n');
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    let width = 0;
    for (const row of rows) {
      if (/^\| -/.test(row)) continue;
      const { length } = cellsOf(row);
      if (rows[rows.indexOf(row) + 1]?.startsWith('| --')) width = length;
      expect(length).toBe(width);
    }
  });
});

describe('text of others', () => {
  it.each([
    ['# x', '\\# x'],
    ['- x', '\\- x'],
    ['+ x', '\\+ x'],
    ['1. x', '1\\. x'],
    ['12) x', '12\\) x'],
    ['---', '\\---'],
    ['===', '\\==='],
    ['> x', '&gt; x'],
    ['* x', '\\* x'],
    ['-5 µs', '-5 µs'],
    ['1.5 ms', '1.5 ms'],
    ['a # b', 'a # b'],
    ['``a``', '\\``a`\\`'],
    ['`open', '\\`open'],
    ['a\nb\r\nc', 'a b c'],
    ['<b>&amp;', '&lt;b&gt;&amp;amp;'],
    ['`<b> & *x*`', '`<b> & *x*`'],
  ])('%j begins no block and is not markup', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it.each([
    ['`', '`` ` ``'],
    ['``', '``` `` ```'],
    ['`a', '`` `a ``'],
    ['a`', '`` a` ``'],
    [' a ', '`a`'],
    ['a\nb', '`a b`'],
    ['', ''],
  ])('%j is code that its own backticks do not end', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });

  it('of any kind stays in its cell and on its line', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[|`\\\n <&a]{0,12}$/));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const lines = table([column, column], [escapeMarkdown(a), codeSpan(b)]).split('\n');
        expect(lines).toHaveLength(4);
        for (const line of lines) expect(cellsOf(line)).toHaveLength(2);
      }),
    );
  });
});
