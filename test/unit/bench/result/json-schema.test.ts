import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { resultJsonSchema, SCHEMA_PATH } from '../../../../bench/result/json-schema.js';
import { migrate } from '../../../../bench/result/migrations/migrate.js';
import { resultSchema } from '../../../../bench/result/result.js';
import { readProject } from '../../../support/docs/docs.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeInterrupted, makeMatrix, makeResult } from '../../../support/result/result-factory.js';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(resultJsonSchema()),
);
const errorsOf = (document: unknown): unknown => (validate(document) ? [] : validate.errors);

const FIXTURES = readdirSync('test/fixtures').filter((name) => /^result-.*\.json$/.test(name));

describe('the JSON Schema of a result', () => {
  it('is the committed one (npm run schema writes it)', () => {
    expect(readProject(SCHEMA_PATH)).toBe(resultJsonSchema());
  });

  it.each([
    ['a matrix', makeMatrix()],
    ['an interrupted run', makeInterrupted()],
    ['a run without cells', makeResult([])],
    [
      'a broken threshold',
      makeResult([makeCell()], {
        thresholds: [
          { expression: 'p99<1ms', cell: 'a', value: null, limit: 1000, unit: 'us', passed: false },
        ],
      }),
    ],
  ])('accepts %s', (_what, result) => {
    expect(errorsOf(JSON.parse(JSON.stringify(result)))).toEqual([]);
  });

  it.each(FIXTURES)('accepts %s', (name) => {
    expect(errorsOf(JSON.parse(readFileSync(`test/fixtures/${name}`, 'utf8')))).toEqual([]);
  });

  it('accepts a result of lab 0.1.0 once it is read, not before', () => {
    const older: unknown = JSON.parse(readProject('test/fixtures/lab-0.1.0-result.json'));
    expect(errorsOf(older)).not.toEqual([]);
    expect(errorsOf(migrate(older))).toEqual([]);
  });

  it('judges like the schema it is made from, whichever member is missing, unknown or of another type', () => {
    const document = JSON.stringify(
      makeResult([makeCell({ transport: 'udp', seconds: 1, clients: 10 })]),
    );
    let judged = 0;
    for (const path of pathsOf(JSON.parse(document))) {
      for (const change of [
        remove,
        turn([]),
        turn(null),
        turn(-1.5),
        turn('x'),
        turn({ x: 1 }),
        addMember,
      ]) {
        const changed: unknown = JSON.parse(document);
        change(changed, path);
        expect(validate(changed), `${change.name} ${path.join('.')}`).toBe(
          resultSchema.safeParse(changed).success,
        );
        judged += 1;
      }
    }
    expect(judged).toBeGreaterThan(1_000);
  });
});

type Path = readonly string[];

/** Paths of all members, of lists only those of the first element. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const below = Object.entries(typeof value === 'object' && value !== null ? value : {});
  const members = Array.isArray(value) ? below.slice(0, 1) : below;
  return [
    ...(path.length > 0 ? [path] : []),
    ...members.flatMap(([name, member]) => pathsOf(member, [...path, name])),
  ];
}

function parentOf(document: unknown, path: Path): Record<string, unknown> {
  const parent = path
    .slice(0, -1)
    .reduce((value, name) => (value as Record<string, unknown>)[name], document);
  return parent as Record<string, unknown>;
}

function remove(document: unknown, path: Path): void {
  const parent = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else delete parent[path.at(-1)!];
}

function addMember(document: unknown, path: Path): void {
  const value = parentOf(document, path)[path.at(-1)!];
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    Object.assign(value, { news: 1 });
}

function turn(into: unknown): (document: unknown, path: Path) => void {
  return (document, path) => {
    parentOf(document, path)[path.at(-1)!] = into;
  };
}
