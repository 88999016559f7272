/**
 * Every reason of a verdict, provoked for real: processes are stopped and killed, loads are too
 * high, files change under way. What a run says when nothing is wrong is left to other tests: a
 * loaded machine may find something.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReceiverChoice } from '../../../bench/config.js';
import { headings, readProject } from '../../support/docs/docs.js';
import {
  clockFaults,
  cutOff,
  divided,
  endSilent,
  type FaultScenario,
  HUGE_BUFFER_BYTES,
  overloaded,
  overloadedLate,
  serverFaults,
  silent,
  small,
  stalled,
  subscriberFaults,
} from '../../support/run/fault-scenarios.js';
import { signalWorkers, workersOf } from '../../support/run/faults.js';

/**
 * Reasons that no run can be brought to give, and why. test/unit/bench/verdict/verdict.test.ts has
 * the evidence for them made up.
 */
const UNPROVOKABLE: Readonly<Record<string, string>> = {
  CPU_STOLEN: 'only the host of a virtual machine can take its CPU time',
  SERVER_STARVED:
    'a loop that is busy by the clock for 90 % of the window, and kept from the CPU for most of it, takes a machine that starves it just so much',
  SUBSCRIBER_STARVED: 'likewise',
  SUBSCRIBERS_UNBALANCED:
    'losses that nothing explains, too few for LEDGER_UNBALANCED, would take a kernel that drops datagrams in silence',
  SOURCE_STARVED:
    'every source of the lab has its items in memory: 8,192 are kept ready, and a turn of the event loop publishes 2,000',
  LATENCY_OVERFLOW:
    'a message would have to arrive 35 minutes after it was due, and the test to wait that long',
};

/**
 * Reasons that only a server which is not the lab's own gives: provoked in
 * test/e2e/run/target.test.ts, or made up in test/unit/bench/figures/target.test.ts.
 */
const OF_TARGETS = ['TARGET_BEHIND', 'TARGET_SILENT', 'CLOCK_DISAGREES', 'CLOCK_UNVERIFIED'];

/** Provoked in test/e2e/run/strangers.test.ts. */
const OF_STRANGERS = ['STRANGERS'];

/** Provoked in test/e2e/run/causes.test.ts. */
const OF_CAUSES = ['CPU_CONTENDED', 'CPU_THROTTLED'];

/**
 * What a cell is given when a process of it fails, besides the reasons of its own: the code of the
 * error.
 */
const FAILURES = ['WORKER_DIED', 'WORKER_TIMEOUT', 'SOURCE_UNREADABLE'];

type Reason = readonly [code: string, severity: 'SUSPECT' | 'INVALID', says: RegExp, next: RegExp];

const provoked = new Set<string>();

/**
 * One test for each of these reasons: it is among those of the verdict, says what was seen and what
 * to do. A machine with too much else to do may keep a fault from striking in time: then it is
 * staged again.
 */
function provokes(staging: FaultScenario, cell: number, ...reasons: readonly Reason[]): void {
  for (const [code] of reasons) provoked.add(code);
  it.each(reasons)(
    '%s is among its reasons, and %s',
    { retry: 2 },
    async (code, severity, says, next) => {
      const { status, reasons: given } = await staging.verdict(cell);
      const reason = given.find((one) => one.code === code);
      if (reason === undefined) staging.forget();
      expect(reason, given.map(({ message }) => message).join('\n')).toMatchObject({
        code,
        severity,
      });
      expect(reason?.message).toMatch(says);
      expect(reason?.hint).toMatch(next);
      expect(`${reason?.message} ${reason?.hint}`).not.toMatch(
        /undefined|NaN|null|Infinity|\[object/,
      );
      if (severity === 'INVALID') expect(status).toBe('INVALID');
      else expect(['SUSPECT', 'INVALID']).toContain(status);
    },
  );
}

const linux = process.platform === 'linux';

beforeAll(() => {
  // Without the system's ping, which no reason looks at, every run is a second shorter.
  vi.stubEnv('PATH', '');
  // Takes its time in a process apart; the last test asks how it went.
  if (linux) silent.verdict(0).catch(() => {});
});

afterEach(() => {
  if (!linux) return;
  const left = workersOf('bench/worker-');
  // Ends a stopped process as well.
  signalWorkers('bench/worker-', 'SIGKILL');
  expect(left).toEqual([]);
});

afterAll(() => {
  vi.unstubAllEnvs();
  if (linux) endSilent();
});

/** Only the kernel's stamps tell it of one standstill: without them it is the time between reads. */
const INSTRUMENT: Reason = [
  'INSTRUMENT_DOMINATES',
  'SUSPECT',
  /^(the subscribers themselves are most of the receipt|the subscriber processes were late themselves): /,
  /lower --clients or --rate, or use more cores/,
];

describe.runIf(linux).each<ReceiverChoice>(['auto', 'node'])(
  'a run whose subscribers go wrong, receiver %s',
  (receiver) => {
    describe('its subscriber process stopped for 0.7 s in the window', () => {
      provokes(
        stalled(receiver),
        0,
        [
          'PROCESS_STALLED',
          'SUSPECT',
          /^a subscriber process stood still for (\d{3} ms|\d+(\.\d+)? s), beside a latency p99 of /,
          /run again on a quiet machine/,
        ],
        ...(receiver === 'node' ? [] : [INSTRUMENT]),
      );
    });

    describe('its subscriber process stopped until after the end of the window', () => {
      provokes(subscriberFaults(receiver), 0, [
        'BACKLOG_AT_END',
        'SUSPECT',
        /^deliveries went on for \d+\.\d\d s after a window of 1\.5 s: /,
        /lower --rate or --clients, or raise --duration/,
      ]);
    });

    describe('its subscriber process killed', () => {
      provokes(subscriberFaults(receiver), 1, [
        'WORKER_DIED',
        'INVALID',
        /^the subscriber process was killed by SIGKILL$/,
        /killed from outside, or out of memory/,
      ]);
    });

    describe('policy disconnect and a subscriber that does not read', () => {
      provokes(cutOff(receiver), 0, [
        'SUBSCRIBERS_CUT',
        'INVALID',
        /^subscriptions ended before the feed did: 1 × LAB_ERR_(LAGGED|CLOSED): ./,
        /--policy|server/,
      ]);
    });
  },
);

describe.runIf(linux)('a run that goes wrong', () => {
  describe('its server process stopped until after the end of the window', () => {
    provokes(
      serverFaults,
      0,
      [
        'RATE_MISSED',
        'INVALID',
        /^the server published at [1-8]\d\.\d % of the target rate$/,
        /lower --rate or --clients/,
      ],
      [
        'SEND_LAG_HIGH',
        'SUSPECT',
        /^the generator was late: its lag p99 \((\d{3} ms|\d+(\.\d+)? s)\) is above the latency p50 \(\d+(\.\d+)? (µs|ms|s)\)$/,
        /lower --rate or free some CPU/,
      ],
    );
  });

  describe('told to stop in the window', () => {
    provokes(serverFaults, 1, [
      'INTERRUPTED',
      'SUSPECT',
      /^the run was interrupted: the figures cover only what was published until then$/,
      /let it finish/,
    ]);
  });

  describe('told to stop before its window', () => {
    provokes(small, 0, [
      'NOTHING_DELIVERED',
      'INVALID',
      /^no message of the window reached any subscriber$/,
      /let the run reach its window/,
    ]);
  });

  describe('6 messages for 10 clients, through buffers of 1 GiB each', () => {
    const granted = (which: string): RegExp =>
      new RegExp(
        `^the kernel granted a ${which} buffer of \\d+ bytes, ${HUGE_BUFFER_BYTES} were requested$`,
      );
    provokes(
      small,
      1,
      [
        'TOO_FEW_SAMPLES',
        'SUSPECT',
        /^[1-6]\d? samples are too few for a p99 \(1,000 are needed\)$/,
        /raise --duration, --rate or --clients/,
      ],
      [
        'RECEIVE_BUFFER_SMALL',
        'SUSPECT',
        granted('receive'),
        /raise the limit: sysctl -w net\.core\.rmem_max=\d+$/,
      ],
      [
        'SEND_BUFFER_SMALL',
        'SUSPECT',
        granted('send'),
        /raise the limit: sysctl -w net\.core\.wmem_max=\d+$/,
      ],
    );
  });

  describe('more deliveries than its subscribers can read', () => {
    provokes(overloaded, 0, [
      'SUBSCRIBER_SATURATED',
      'INVALID',
      /^the event loop of a subscriber process was busy (99\.\d|100\.0) % of the window$/,
      /lower --clients or --rate/,
    ]);
  });

  describe('more messages than its server can publish', () => {
    provokes(
      overloaded,
      1,
      [
        'SERVER_SATURATED',
        'INVALID',
        /^the event loop of a server process was busy (99\.\d|100\.0) % of the window$/,
        /lower --rate or --clients/,
      ],
      ['RATE_MISSED', 'INVALID', /^the server /, /lower --rate or --clients/],
    );
  });

  describe('too much to do for all of the window but its beginning', () => {
    const busy = (who: string): RegExp =>
      new RegExp(`^the event loop of a ${who} process was busy 9\\d\\.\\d % of the window$`);
    provokes(
      overloadedLate,
      0,
      ['SERVER_BUSY', 'SUSPECT', busy('server'), /lower --rate or --clients/],
      ['SUBSCRIBER_BUSY', 'SUSPECT', busy('subscriber'), /lower --clients or --rate/],
    );
  });

  describe('a server that may not open a file for every subscriber', () => {
    provokes(clockFaults, 0, [
      'READINESS_INCOMPLETE',
      'INVALID',
      /^only \d of 10 clients had joined when the feed began: \d × /,
      /./,
    ]);
  });

  describe('a recording that was exchanged after the server had read it', () => {
    provokes(
      clockFaults,
      1,
      [
        'LEDGER_UNBALANCED',
        'INVALID',
        /^\d+ of \d+ deliveries are unaccounted for \(more than 0\.01 %\)$/,
        /no network does/,
      ],
      [
        'NEGATIVE_LATENCY',
        'SUSPECT',
        /^\d+ messages seem to have arrived before they were sent$/,
        /report this as a bug/,
      ],
    );
  });

  describe('a recording that was exchanged after the first of two servers had read it', () => {
    provokes(divided, 0, [
      'FEED_MISMATCH',
      'INVALID',
      /^the server processes did not publish the same feed: their feed_sha256 differ$/,
      /see that no file it reads changes/,
    ]);
  });

  describe('a recording that is gone when the server looks for it', () => {
    provokes(clockFaults, 2, [
      'SOURCE_UNREADABLE',
      'INVALID',
      /changing\.ndjson': there is no such file$/,
      /name a CSV or NDJSON file/,
    ]);
  });

  describe('a server that says nothing any more', () => {
    provokes(silent, 0, [
      'WORKER_TIMEOUT',
      'INVALID',
      /^the server process did not answer 'published' within \d+(\.\d+)? ms$/,
      /lower `clients` or `ratesPerSecond`/,
    ]);
  });
});

describe('the reasons of a verdict', () => {
  it('are all provoked above, or have a word on why they cannot be', () => {
    const documented = headings(readProject('docs/reference/errors.md'), 3, 'Verdict reasons');
    expect(documented.length).toBeGreaterThan(15);
    const covered = [
      ...provoked,
      ...OF_TARGETS,
      ...OF_STRANGERS,
      ...OF_CAUSES,
      ...Object.keys(UNPROVOKABLE),
    ];
    expect(covered.sort()).toEqual([...documented, ...FAILURES].sort());
  });
});
