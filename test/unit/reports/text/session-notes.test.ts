import { expect, it } from 'vitest';
import type { LabResult } from '../../../../bench/result/result.js';
import { sessionRemark } from '../../../../reports/text/session-notes.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

type Measured = Pick<LabResult, 'noise_floor_us' | 'baselines'>;

/** A run of two sessions that measured this before their first cell. */
function resumed(measured: Measured, server?: LabResult['config']['effective']['server']) {
  const result = makeMatrix();
  const { noise_floor_us, baselines } = measured;
  const session = {
    started_at: result.startedAt,
    duration_s: 1,
    cells: [],
    measured_again: [],
    ended: null,
    noise_floor_us,
    baselines,
    baselines_other_sizes: [],
    links: [],
  };
  const { config } = result;
  const effective = { ...config.effective, ...(server === undefined ? {} : { server }) };
  return { ...result, config: { ...config, effective }, sessions: [session, session] };
}

function leftOut(): Measured {
  const { ping, echo, ...size } = makeMatrix().baselines;
  const none = { available: false, reason: 'left out', received: 0, rtt_us: null };
  const tcp = { ...echo.tcp, ...none };
  const udp = { ...echo.udp, ...none };
  return {
    noise_floor_us: null,
    baselines: { ...size, ping: { ...ping, ...none }, echo: { tcp, udp } },
  };
}

it('a resumed run says that its baselines were measured each time', () => {
  expect(sessionRemark(resumed(makeMatrix()))).toMatch(/Ping, echo and noise floor were measured/);
});

it('a resumed run without baselines does not speak of them', () => {
  expect(sessionRemark(resumed(leftOut()))).toBe('The machine may have changed in between.');
});

it('a resumed run against a target says that the server may be another one', () => {
  const server = { kind: 'target', urls: ['tcp://feed.example:7400'] } as const;
  expect(sessionRemark(resumed(makeMatrix(), { ...server, urls: [...server.urls] }))).toMatch(
    /^The machine and the server may have changed in between\./,
  );
});

it('a run that was not resumed remarks nothing', () => {
  expect(sessionRemark(makeMatrix())).toBe('');
});
