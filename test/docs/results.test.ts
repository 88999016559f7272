import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resultSchema } from '../../bench/result/result.js';
import { readProject, type TableRow, tableRows } from '../support/docs/docs.js';

interface Field {
  readonly path: string;
  readonly nullable: boolean;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
}

const NEVER = '—';
const rows = tableRows(readProject('docs/reference/results.md'));
const documented = rows
  .filter(({ cells }) => !pathOf(cells).startsWith('.'))
  .flatMap((row) => expand('', row));

function pathOf(cells: readonly string[]): string {
  return /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1] ?? '';
}

/** A row, and where it points to a shape, the rows of that shape below it. */
function expand(parent: string, { cells }: TableRow): Field[] {
  const path = parent + pathOf(cells);
  const own = { path, nullable: cells[3] !== NEVER };
  const shape = /^→ \[([^\]]+)\]\(#([^)]+)\)$/.exec(cells[1] ?? '');
  if (shape === null) return [own];
  const [, name = '', anchor] = shape;
  expect(anchor).toBe(name.replaceAll(' ', '-'));
  const below = rows.filter(({ heading }) => heading.toLowerCase() === name);
  expect(below, `rows of the shape ${name}`).not.toEqual([]);
  return [...(own.nullable ? [own] : []), ...below.flatMap((row) => expand(path, row))];
}

/**
 * Leaves of a JSON schema and objects that may be null. A list of plain values is one leaf,
 * `list[]`.
 */
function walk(path: string, schema: Schema, nullable = false): Field[] {
  if (schema.anyOf !== undefined) {
    const [one, ...others] = schema.anyOf.filter(({ type }) => type !== 'null');
    expect(others, path).toEqual([]);
    return walk(
      path,
      one!,
      schema.anyOf.some(({ type }) => type === 'null'),
    );
  }
  if (schema.oneOf !== undefined)
    return unionOf(schema.oneOf.map((one) => walk(path, one, nullable)));
  if (schema.type === 'array') return walk(`${path}[]`, schema.items!, nullable);
  if (schema.type !== 'object') return [{ path, nullable: nullable || allowsNull(schema) }];
  const own = nullable ? [{ path, nullable }] : [];
  const members = Object.entries(
    schema.properties ?? { '*': schema.additionalProperties as Schema },
  );
  return [
    ...own,
    ...members.flatMap(([name, member]) => walk(`${path}.${name}`.replace(/^\./, ''), member)),
  ];
}

/** The members of all kinds; what several have is one. */
function unionOf(kinds: readonly Field[][]): Field[] {
  return [...new Map(kinds.flat().map((field) => [field.path, field])).values()];
}

/** The short form of a plain value that may be null. */
function allowsNull({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}

const inSchema = walk('', z.toJSONSchema(resultSchema) as Schema);

function byPath(fields: readonly Field[]): string[] {
  return fields.map(({ path, nullable }) => `${path}${nullable ? ' may be null' : ''}`).sort();
}

describe('docs/reference/results.md', () => {
  it('names every field of the schema and no other, each once, and says which may be null', () => {
    expect(inSchema.length).toBeGreaterThan(200);
    expect(byPath(documented)).toEqual(byPath(inSchema));
  });

  it('gives a unit and a meaning for each', () => {
    for (const { cells } of rows)
      expect(cells.map((cell) => cell !== '')).toEqual([true, true, true, true]);
  });

  it.each([
    [/_bytes$|_bytes\.(server|clients)$/, /^bytes$/],
    [/_per_s$/, /\/s$/],
    [/(?<!_per)_s$/, /^s$/],
    [/^cells.*_us$/, /^(µs|→ .*)$/],
    [/cpu_us/, /^CPU-µs$/],
  ])('a name ending like %s has the unit %s', (name, unit) => {
    const named = rows.filter(({ cells }) => name.test(pathOf(cells).replace(/\[\]$/, '')));
    expect(named).not.toEqual([]);
    for (const { cells } of named) expect(cells[1], cells[0]).toMatch(unit);
  });
});
