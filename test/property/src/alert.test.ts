import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, OPERATORS } from '../../../src/client/alert/ast.js';
import { parseAlert } from '../../../src/client/alert/parse.js';
import { printAlert } from '../../../src/client/alert/print.js';
import { LabError } from '../../../src/errors.js';

const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('AAPL', 'and', 'OR', 'BRK.B', 'BTC-USD', '7'),
);
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (value === 0 ? 0 : value));

const { alert } = fc.letrec<{ alert: Alert; comparison: Alert; junction: Alert }>((tie) => ({
  alert: fc.oneof({ maxDepth: 3, depthIdentifier: 'alert' }, tie('comparison'), tie('junction')),
  comparison: fc.record({
    type: fc.constant('compare' as const),
    key: name,
    path: fc.array(name, { maxLength: 2 }),
    operator: fc.constantFrom(...OPERATORS),
    number,
  }),
  junction: fc.record({
    type: fc.constantFrom('and' as const, 'or' as const),
    terms: fc.array(tie('alert'), { minLength: 2, maxLength: 3, depthIdentifier: 'alert' }),
  }),
}));

describe('the grammar of alerts', () => {
  it('reads back what it prints', () => {
    fc.assert(
      fc.property(alert, (given) => {
        const text = printAlert(given);
        fc.pre(text.length <= 4_096);
        expect(parseAlert(text)).toEqual(given);
      }),
    );
  });

  it('any text gives an alert or a LabError', () => {
    const anyText = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((units) => String.fromCharCode(...units));
    const token = fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'AAPL',
      '.',
      '"',
      '\\',
      '<',
      '>=',
      '=',
      '1',
      '-',
      ' ',
      'e5',
      '\n',
      '\ud800',
    );
    const text = fc.oneof(
      anyText,
      fc.array(token, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(parseAlert(printAlert(parseAlert(input)))).toEqual(parseAlert(input));
        } catch (error) {
          if (!(error instanceof LabError)) throw error;
          expect(error.code).toBe('LAB_ERR_BAD_VALUE');
          expect(error.hint).toBeDefined();
        }
      }),
      { numRuns: 500 },
    );
  });
});
