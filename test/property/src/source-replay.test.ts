import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { parseCsv } from '../../../src/sources/replay/csv/csv.js';
import { parseNdjson } from '../../../src/sources/replay/ndjson.js';
import type { RecordedFile } from '../../../src/sources/replay/row.js';
import { replayOf } from '../../support/source/sources.js';

function fileOf(contents: string): RecordedFile {
  return { path: 'feed', bytes: Buffer.from(contents), baseName: 'feed' };
}

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
/** Text rich in what CSV gives a meaning to. */
const csvText = fc.oneof(
  text,
  fc.string({
    unit: fc.constantFrom('"', ',', '\r', '\n', ' ', 'a', '1', '\ufeff'),
    maxLength: 12,
  }),
);

/** What is certainly no number, so that it must come back as it went in. */
const csvWord = csvText.map((field) => `${field}~`);

describe('CSV', () => {
  test('any text round-trips through a quoted field, as key and as value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(csvWord, csvWord), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const lines = [['key', 'note'], ...rows.map((row) => row.map(quoted))].map((row) =>
            row.join(','),
          );
          const { items } = parseCsv(fileOf(lines.join(end)));
          expect(items).toEqual(rows.map(([key, note]) => ({ key, value: { note } })));
        },
      ),
    );
  });

  test('any finite number round-trips through a field', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const { items } = parseCsv(fileOf(`key,v\na,${number}\n`));
        expect(items).toEqual([
          { key: 'a', value: { v: number === 0 ? Number(String(number)) : number } },
        ]);
      }),
    );
  });

  test('a bad row is named by the line it starts on, whatever stands before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(csvWord, fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 8 }),
        (rows) => {
          const before = `key,note\n${rows.map(([field, end]) => `k,${quoted(field)}${end}`).join('')}`;
          const line = before.split(/\r\n|\r|\n/).length;
          expect(() => parseCsv(fileOf(`${before}bad\n`))).toThrow(`feed:${line}: 1 fields`);
        },
      ),
    );
  });
});

describe('NDJSON', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !Object.is(value, -0));

  test('any JSON value round-trips through the wire form', () => {
    fc.assert(
      fc.property(
        text,
        json,
        fc.integer({ min: 631_152e9, max: 4_102_444e9 }),
        (key, value, time) => {
          const line = JSON.stringify({ seq: 1, time, key, value });
          const { items } = parseNdjson(fileOf(`${line}\n`));
          expect(JSON.stringify(items)).toBe(JSON.stringify([{ key, value: value, time }]));
        },
      ),
    );
  });

  test('any bytes round-trip through base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const value = Buffer.from(bytes).toString('base64');
        const { items } = parseNdjson(
          fileOf(
            JSON.stringify({
              seq: 1,
              time: 1_795_287_600_000_007,
              key: 'k',
              value,
              encoding: 'base64',
            }),
          ),
        );
        expect(Buffer.from(items[0]?.value as Uint8Array)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('hostile input', () => {
  const pieces = [
    '{',
    '}',
    '[',
    '"',
    ',',
    '\n',
    '\r',
    '\\',
    ':',
    'key',
    'time',
    'date',
    'value',
    'seq',
    '1',
    '1e999',
    '-',
    '2000-01-01',
    ';',
    '\t',
    '|',
    'sep=;',
    '9007199254740993',
    '1700000000',
    '17:24',
    '1/2/2000',
    'NA',
    ' ',
    '\ufeff',
    '\0',
    'é',
  ];
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .string({ unit: fc.constantFrom(...pieces), maxLength: 80 })
      .map((characters) => Buffer.from(characters)),
    fc
      .array(fc.constantFrom(...pieces), { maxLength: 80 })
      .map((parts) => Buffer.from(parts.join(''))),
  );

  test('any bytes are either replayed or refused with a LAB_ERR_SOURCE_* error', async () => {
    const check = async (name: string, bytes: Buffer) => {
      try {
        for (const { key, value, time } of await replayOf(name, bytes)) {
          expect(key).toBeTypeOf('string');
          expect(JSON.stringify(value)).toBeTypeOf('string');
          expect(time === undefined || Number.isSafeInteger(time)).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
        expect((error as LabError).code).toMatch(/^LAB_ERR_SOURCE_(MALFORMED|EMPTY)$/);
      }
    };
    const names = fc.constantFrom('a.csv', 'a.ndjson', 'a');
    await fc.assert(fc.asyncProperty(names, contents, check), { numRuns: 400 });
  });
});
