import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import { runConfig, runFlags } from '../../../cli/args/run-config.js';
import { longName } from '../../../cli/args/run-flag.js';
import { parseConfig } from '../../../cli/config-file/document.js';
import { jsonError } from '../../../cli/config-file/json-syntax.js';
import { configYaml } from '../../../cli/config-file/print.js';
import { readConfig } from '../../../cli/config-file/settings.js';
import { LabError } from '../../../src/errors.js';

/**
 * What reading it ends in: a configuration, or the error that a user is shown. Anything else is
 * thrown.
 */
function outcome(name: string, text: string): LabError | null {
  try {
    readConfig(parseConfig(name, text));
    return null;
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
}

const names = runFlags().map((flag) => longName(flag).slice(2));
/**
 * Pieces that YAML gives a meaning to, glued together: far more of them parse than of random
 * characters.
 */
const piece = fc.oneof(
  fc.constantFrom(
    ...names,
    'scenarios',
    'threshold',
    'description',
    'a',
    '__proto__',
    'constructor',
    '<<',
  ),
  fc.constantFrom(
    ': ',
    ':',
    '\n',
    '\n  ',
    '\n    ',
    '- ',
    '? ',
    ', ',
    '[',
    ']',
    '{',
    '}',
    '|',
    '>',
    '"',
    "'",
  ),
  fc.constantFrom(
    '&a ',
    '*a',
    '!!str ',
    '!x',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '#',
    '\t',
    '\r',
    '\\',
    '~',
    '@',
  ),
  fc.constantFrom(
    '1k',
    '5s',
    'recorded',
    'auto',
    'true',
    'null',
    '0',
    '-1',
    '.inf',
    '.nan',
    '1e400',
    'tcp',
    '5%',
  ),
  fc.string({ maxLength: 3 }),
);
const yamlish = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

describe('a configuration file', () => {
  it('of any text is read or refused with the file, a line and a column', () => {
    fc.assert(
      fc.property(
        fc.oneof(yamlish, fc.string({ unit: 'binary' })),
        fc.constantFrom('f.yaml', 'f.json'),
        (text, name) => {
          const error = outcome(name, text);
          if (error === null) return;
          expect(error.kind).toBe('usage');
          expect(error.message).toMatch(/^f\.(yaml|json):[1-9]\d*:[1-9]\d*/);
          expect(error.message).not.toMatch(/\p{Cc}/u);
          expect(error.hint).toBeTruthy();
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('nested as deep as its size allows is refused, in whatever brackets', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('[', '{a: ', '- ', '? ', 'a: [', '[?', '{? '),
        fc.nat(60_000),
        (open, length) => {
          const text = open.repeat(Math.floor(length / open.length) + 9);
          expect(outcome('f.yaml', text)?.message).toMatch(/nested|must be|not valid/);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('in JSON is never refused for what only YAML minds', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, fc.constantFrom('\t', '', ' '), (value, indent) => {
        const message = outcome('f.json', JSON.stringify({ a: value }, null, indent))?.message;
        expect(message).not.toContain('not valid');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the place where JSON ends', () => {
  it('is found exactly in the texts that JSON.parse refuses', () => {
    const valid = fc
      .tuple(fc.json(), fc.constantFrom('', '\t', '\n'))
      .map(([json, space]) => space + json);
    const jsonish = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '"',
          '"a"',
          '1',
          '-',
          '.5',
          'e9',
          '0',
          'null',
          ' ',
          '\\',
          '\u0001',
          '\u00a0',
        ),
      )
      .map((parts) => parts.join(''));
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
      .map(([json, at, text]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + text + json.slice(cut + 1);
      });
    fc.assert(
      fc.property(fc.oneof(valid, jsonish, damaged, fc.string()), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const error = jsonError(text);
        expect(error === null).toBe(parses);
        if (error !== null) expect(error.offset).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('--print-config', () => {
  it('gives any configuration back', () => {
    const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.uniqueArray(item, { minLength: 1, maxLength: 4 });
    const path = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const config = fc.record({
      clients: list(fc.integer({ min: 1, max: 100_000 })),
      sizesBytes: list(fc.integer({ min: 0, max: 512 * 1024 })),
      durationsMs: list(fc.integer({ min: 100, max: 86_400_000 })),
      warmupMs: fc.integer({ min: 0, max: 3_600_000 }),
      repeat: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 1_000 })),
      seed: fc.maxSafeNat(),
      source: fc.oneof(
        fc.constant('synthetic'),
        path.map((file) => `replay:${file}`),
      ),
      flushes: fc.subarray(['auto', '0', '2ms', '0.5ms'], { minLength: 1 }),
      host: fc.constantFrom('127.0.0.1', '::1', 'localhost', '0'),
      transportOptions: fc.record({
        receiveBufferBytes: fc.integer({ min: 1_024, max: 1024 ** 3 }),
      }),
    });
    fc.assert(
      fc.property(config, (part) => {
        const whole = runConfig([part]);
        const again = readConfig(parseConfig('f.yaml', configYaml(whole, []))).top;
        expect(runConfig([again.part])).toEqual({ ...DEFAULT_CONFIG, ...whole });
      }),
      { numRuns: 150 },
    );
  });
});
