/** docs/reference/results.md has every field of the schema, with its unit and when it is null. */
import { describe, expect, it } from 'vitest';
import { resultSchema } from '../../bench/result/result.js';
import { resultsPage, resultsProblems } from '../../tools/reference/results.js';
import { schemaFields } from '../../tools/reference/schema-fields.js';
import { readProject, tableRows } from '../support/docs/docs.js';

const rows = tableRows(readProject('docs/reference/results.md'));
const fields = schemaFields(resultSchema);

function pathOf(cells: readonly string[]): string {
  return /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1] ?? '';
}

describe('docs/reference/results.md', () => {
  it('is made of texts that describe every field of the schema and no other', () => {
    expect(fields.length).toBeGreaterThan(200);
    expect(resultsProblems()).toEqual([]);
  });

  it('has a unit and a meaning for each, and says when each is null', () => {
    for (const { cells } of rows)
      expect(cells.map((cell) => cell !== '')).toEqual([true, true, true, true]);
  });

  it.each([
    [/_bytes$|_bytes\.(server|clients)$/, /^bytes$/],
    [/_per_s$/, /\/s$/],
    [/(?<!_per)_s$/, /^s$/],
    [/^cells.*(?<!cpu)_us$/, /^(µs|→ .*)$/],
    [/cpu_us/, /^CPU-µs$/],
  ])('a name ending like %s has the unit %s', (name, unit) => {
    const named = rows.filter(({ cells }) => name.test(pathOf(cells).replace(/\[\]$/, '')));
    expect(named).not.toEqual([]);
    for (const { cells } of named) expect(cells[1], cells[0]).toMatch(unit);
  });
});

describe('a schema that has gone on', () => {
  const added = { path: 'cells[].fresh', nullable: true, about: 'what is new' };

  it('gives a field without a text, which is reported and shown as the schema has it', () => {
    const more = [...fields, added];
    expect(resultsProblems(more)).toEqual([
      'cells[].fresh has not a description in tools/reference/texts',
    ]);
    expect(resultsPage(more)).toContain('| `cells[].fresh` |  | what is new | may be null |');
  });

  it('leaves a text without a field, which is reported and not shown', () => {
    const fewer = fields.filter(({ path }) => path !== 'cells[].late');
    expect(resultsProblems(fewer)).toEqual([
      'cells[].late is described, and not a field of the schema',
    ]);
    expect(resultsPage(fewer)).not.toContain('`cells[].late`');
  });

  it('that makes a field null, or never null, is held against the text', () => {
    const other = fields.map((field) =>
      ['cells[].joined', 'cells[].reach'].includes(field.path)
        ? { ...field, nullable: !field.nullable }
        : field,
    );
    expect(resultsProblems(other).sort()).toEqual([
      'cells[].joined may be null, and its description does not say when',
      'cells[].reach is never null, and its description says when it is',
    ]);
  });
});
