import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES, exitCodeOf } from '../../cli/exit-codes.js';
import { ERROR_CODES, type ErrorCode, LabError } from '../../src/errors.js';
import { headings, readProject, sectionText, tableRows } from '../support/docs/docs.js';

const doc = readProject('docs/reference/errors.md');
const source = readdirSync('bench/verdict')
  .map((file) => readProject(`bench/verdict/${file}`))
  .join('\n');

const section = (title: string): string => sectionText(doc, title);

/**
 * Codes and severities that the rules of bench/verdict give. A code with
 * a placeholder, `${who}_BUSY`, stands for one with each of the names that the function it is in is
 * called with: `saturation('SERVER', …)`.
 */
function verdictReasons(): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const [, severity = '', name, code = ''] of source.matchAll(
    /\b(invalid|suspect)\(\s*[`'](?:\$\{(\w+)\})?([A-Z_]+)[`']/g,
  )) {
    for (const prefix of name === undefined ? [''] : callsWith(name))
      reasons.set(prefix + code, severity.toUpperCase());
  }
  return reasons;
}

/** First arguments of the calls of the function whose first parameter has this name. */
function callsWith(parameter: string): string[] {
  const called = new RegExp(`function (\\w+)\\(\\s*${parameter}: '`).exec(source)?.[1];
  return [...source.matchAll(new RegExp(`\\b${called}\\(\\s*'([A-Z]+)'`, 'g'))].map(
    ([, name = '']) => name,
  );
}

describe('docs/reference/errors.md', () => {
  it('has a heading for every error code and for no other', () => {
    expect(headings(doc, 3, 'Error codes').sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('explains every exit code there is, and no other', () => {
    const rows = tableRows(doc).filter(({ heading }) => heading === 'Errors and verdict reasons');
    expect(rows.map(({ cells }) => Number(cells[0]))).toEqual(Object.values(EXIT_CODES));
  });

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    'says what to do about %s, and the exit code of a command that ends with it',
    (code) => {
      const [, exit, inCell] =
        /Do: .*Exit code: (\d+)(?:; in a cell of a run (\d+))?\.$/.exec(section(code)) ?? [];
      expect(Number(exit)).toBe(exitCodeOf(new LabError(code, '')));
      if (inCell !== undefined) expect(Number(inCell)).toBe(EXIT_CODES.incomplete);
    },
  );

  it('says of the errors that end a run at its first cell, and of no other, that they do', () => {
    const hopeless =
      /FATAL_CODES[^=]*= \[(.*?)\]/s.exec(readProject('bench/run/runner.ts'))?.[1] ?? '';
    const codes = [...hopeless.matchAll(/LAB_ERR_\w+/g)].map(([code]) => code);
    const said = Object.keys(ERROR_CODES).filter((code) =>
      section(code).includes('At the first cell it ends the run.'),
    );
    expect(said.sort()).toEqual(codes.sort());
    for (const code of codes) expect(section(code)).not.toContain('in a cell');
  });

  it('has a heading for every reason a verdict gives and for no other', () => {
    expect(verdictReasons().size).toBeGreaterThan(15);
    expect(headings(doc, 3, 'Verdict reasons').sort()).toEqual([...verdictReasons().keys()].sort());
  });

  it.each([...verdictReasons()])(
    'says that %s makes a cell %s, and what comes next',
    (code, severity) => {
      expect(section(code)).toMatch(new RegExp(`^${severity}\\. .* Next: `));
    },
  );
});
