import { expect, it } from 'vitest';
import { cellInFlags } from '../../../../cli/run/cell-in-flags.js';
import { makeCell } from '../../../support/result/cell-factory.js';

it('what went wrong in a cell names flags, in its verdict and where its ceiling is missing', () => {
  const cell = makeCell(
    {},
    {
      verdict: {
        status: 'INVALID',
        reasons: [
          {
            code: 'WORKER_TIMEOUT',
            severity: 'INVALID',
            message: '`udpSender` gso cannot be used here',
            hint: 'lower `clients` or `ratesPerSecond`',
          },
        ],
      },
      ceiling: {
        available: false,
        reason: '`udpSender` gso cannot be used here',
        messages_per_s: null,
        ratio: null,
      },
    },
  );
  const { verdict, ceiling } = cellInFlags(cell);
  expect(verdict.reasons[0]).toMatchObject({
    message: '--udp-sender gso cannot be used here',
    hint: 'lower --clients or --rate',
  });
  expect(ceiling?.reason).toBe('--udp-sender gso cannot be used here');
  expect(cellInFlags(makeCell()).ceiling).toEqual(makeCell().ceiling);
});
