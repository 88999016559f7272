import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../bench/compare/comparison.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { renderHtmlComparison } from '../../../reports/html/comparison/report.js';
import { renderHtmlReport } from '../../../reports/html/run/report.js';
import { escapeHtml, jsonForScript } from '../../../reports/html/view/escape.js';
import type { PageModel } from '../../../reports/html/view/model.js';
import { replaceHidden } from '../../../reports/visible-text.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { compare } from '../../support/result/compared.js';
import { LEDGER_OPEN, makeResult } from '../../support/result/result-factory.js';

const CELLS: readonly CellResult[] = [
  makeCell({ seconds: 2 }),
  makeCell({ transport: 'udp', seconds: 2, reasons: [LEDGER_OPEN] }),
].map((cell) => ({ ...cell, completion_us: null, staleness_us: null }));

/** A result that says `text` wherever a file may say what it likes. */
function saying(text: string): LabResult {
  const cells = CELLS.map(
    (cell): CellResult => ({
      ...cell,
      id: `${cell.id}${text}`,
      transport: `${cell.transport}${text}`,
      codec: `json${text}`,
      link: `delay=1ms${text}`,
      verdict: {
        ...cell.verdict,
        reasons: cell.verdict.reasons.map((reason) => ({
          ...{ ...reason, code: `CODE${text}` },
          ...{ message: `message${text}`, hint: `hint${text}` },
        })),
      },
    }),
  );
  const result = makeResult(cells, { command: `lab run${text}`, startedAt: `now${text}` });
  const { environment, config } = result;
  const { os, kernel, cpu, node } = environment;
  return {
    ...result,
    incomplete: true,
    ended: { code: 'QUIT', message: `why${text}` },
    tool: { name: `tool${text}`, version: text },
    config: { ...config, effective: { ...config.effective, inject: `delay${text}` } },
    environment: {
      ...environment,
      ...{ os: os + text, kernel: kernel + text, cpu: cpu + text, node: node + text, git: text },
      doctor: environment.doctor.map((check) => ({
        ...{ ...check, check: check.check + text, value: check.value + text },
        advice: check.advice === null ? null : check.advice + text,
      })),
    },
  };
}

function comparing(text: string): Comparison {
  const comparison = compare([saying(text), saying(text)]);
  const { reference } = comparison;
  const sessions = reference.sessions.map((run) => ({ ...run, name: text, git: text }));
  return { ...comparison, reference: { ...reference, sessions } };
}

/**
 * Every tag in its order, with the names of its attributes, as a browser would find them: wherever
 * a `<` begins one outside of script and style. But those for commands in sentences.
 */
function skeleton(html: string): string[] {
  const markup = html.replaceAll(/(<(script|style)\b[^>]*>)[\s\S]*?(<\/\2>)/gi, '$1$3');
  return [...markup.matchAll(/<([a-z!/?][^\s>]*)([^>]*)/gi)]
    .filter(([, name]) => !/^\/?code$/.test(name!))
    .map(([, name, rest]) => [name, ...attributesOf(rest!)].join(' '));
}

/** What stands between quotes is taken out, so what remains are names, or text that got out. */
function attributesOf(rest: string): string[] {
  return rest.replaceAll(/="[^"]*"/g, ' ').split(/[\s/]+/);
}

const PIECES = ['</script>', '<!--', ']]>', '"', "'", '<img src=x onerror=a()>', '&', '\u2028'];
const MORE = [
  '\u2029',
  '\u202e',
  '\u0000',
  '\ud800',
  '`',
  '</style>',
  '</title>',
  '\n',
  'javascript:',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES, ...MORE), fc.string({ maxLength: 6 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '');

describe('what a result says', () => {
  const harmless = { report: skeleton(renderHtmlReport(saying('word'))) };

  it('is text on its page: no element and no attribute comes of it', () => {
    expect(harmless.report.filter((tag) => tag.startsWith('script'))).toEqual([
      'script  type id ',
      'script ',
    ]);
    fc.assert(
      fc.property(hostile, (text) => {
        expect(skeleton(renderHtmlReport(saying(text)))).toEqual(harmless.report);
      }),
      { numRuns: 25 },
    );
  });

  it('is text on the page of a comparison', () => {
    const expected = skeleton(renderHtmlComparison(comparing('word')));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(skeleton(renderHtmlComparison(comparing(text)))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('is the same in the model that the script reads', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = renderHtmlReport(saying(text));
        const [, json] = /id="model">([\s\S]*?)<\/script>/.exec(html)!;
        const model = JSON.parse(json!) as PageModel;
        expect(model.table.rows[0]!.cells[0]!.text).toBe(`tcp${text}/json${text}`);
      }),
      { numRuns: 10 },
    );
  });
});

describe('text for an element or attribute', () => {
  it('has no mark of markup and nothing hidden, and says the same to a reader', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = escapeHtml(text);
        expect(html).not.toMatch(/[<>"'\u2028\u202e]/);
        const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" } as const;
        const read = html.replaceAll(
          /&(amp|lt|gt|quot|#39);/g,
          (_, name: keyof typeof entities) => entities[name],
        );
        expect(read).toBe(replaceHidden(text, (char) => (char === '\n' ? char : '\ufffd')));
      }),
    );
  });
});

describe('JSON for a script', () => {
  it('is the value again, and can end neither an element nor a line', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), hostile, (value, text) => {
        const json = jsonForScript({ value, text });
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
      }),
    );
  });
});
