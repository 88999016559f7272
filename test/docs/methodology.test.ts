import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resultSchema } from '../../bench/result/result.js';
import { constantIn, headings, inlineCode, readProject, tableRows } from '../support/docs/docs.js';

const markdown = readProject('docs/design/methodology.md');
const prose = markdown.replaceAll(/\s+/g, ' ');
const code = inlineCode(markdown);

/** The load of a cell: what was asked for is not a measurement. */
const ASKED = ['clients', 'rate_per_s', 'size_bytes', 'run', 'duration_s', 'warmup_s'];

/** Members of a cell that hold a figure, at whatever depth. */
function families(): string[] {
  const schema = z.toJSONSchema(resultSchema.shape.cells.element);
  return Object.entries(schema.properties ?? {})
    .filter(
      ([name, member]) =>
        !ASKED.includes(name) && /"type":\[?"(number|integer)"/.test(JSON.stringify(member)),
    )
    .map(([name]) => name);
}

const per = (share: number): string => `${Number((share * 100).toFixed(6))} %`;
const ms = (micros: number): string => `${micros / 1_000} ms`;

/** What the page says of each constant of the code. */
const QUOTED: readonly [string, string, (value: number) => string][] = [
  [
    'bench/verdict/rate.ts',
    'RATE_TOLERANCE',
    (v) => `| RATE_MISSED | INVALID | \`rate_ratio\` below ${per(1 - v)}, `,
  ],
  [
    'bench/verdict/rate.ts',
    'LAG_FLOOR_MICROS',
    (v) => `above the latency p50 and at least ${ms(v)} |`,
  ],
  [
    'bench/verdict/cpu.ts',
    'SUSPECT_UTILIZATION',
    (v) => `SUSPECT | \`loop_utilization\` of ${per(v)} or more |`,
  ],
  [
    'bench/verdict/cpu.ts',
    'SATURATED_UTILIZATION',
    (v) => `INVALID | \`loop_utilization\` of ${per(v)} or more`,
  ],
  ['bench/verdict/cpu.ts', 'OWN_SHARE', (v) => `\`busiest_cores\` below ${per(v)} of`],
  ['bench/verdict/cpu.ts', 'SUSPECT_WAIT', (v) => `\`run_queue_ratio\` above ${per(v)} while`],
  ['bench/verdict/cpu.ts', 'SUSPECT_OTHERS', (v) => `others used more than ${v} of a core`],
  ['bench/verdict/cpu.ts', 'SUSPECT_OWN_WAIT', (v) => `or above ${per(v)} whoever`],
  ['bench/verdict/cpu.ts', 'SUSPECT_THROTTLED', (v) => `in more than ${per(v)} of its periods`],
  ['bench/verdict/instrument.ts', 'DOMINANT', (v) => `above ${per(v)} of the latency p99`],
  ['bench/verdict/instrument.ts', 'TIMER_MICROS', (v) => `less ${ms(v)} that are the timer's own`],
  ['bench/verdict/instrument.ts', 'INSTRUMENT_FLOOR_MICROS', (v) => `above ${ms(v)} and above`],
  ['bench/verdict/instrument.ts', 'STALL_FLOOR_MICROS', (v) => `stood still for ${ms(v)} or more`],
  [
    'bench/result/ledger.ts',
    'UNATTRIBUTED_LIMIT',
    (v) => `unattributed above ${per(v)} of expected |`,
  ],
  [
    'bench/result/ledger.ts',
    'UNATTRIBUTED_LIMIT',
    (v) => `more than ${per(v)} of \`expected\` makes the cell INVALID`,
  ],
  [
    'bench/record/distribution.ts',
    'SAMPLES_BEYOND',
    (v) => `at least ${v} samples lie beyond it: \`N·(1−X) ≥ ${v}\``,
  ],
  [
    'bench/record/distribution.ts',
    'SAMPLES_BEYOND',
    (v) => `p50 needs ${v * 2}, p90 ${v * 10}, p99 1,000, p99.9 10,000`,
  ],
  [
    'bench/record/latency-recorder.ts',
    'HIGHEST_MICROS',
    (v) => `range 0 to 2^${Math.log2(v + 1)} − 1 µs`,
  ],
  [
    'src/metrics/sequence-tracker.ts',
    'MAX_GAPS',
    (v) => `Up to ${v.toLocaleString('en')} gaps are remembered`,
  ],
  ['src/pacer/schedule.ts', 'SHORTEST_TICK_MICROS', (v) => `not more often than every ${ms(v)} (`],
  ['src/pacer/schedule.ts', 'RECORDED_TICK_MICROS', (v) => `(${ms(v)} for a recorded pace)`],
  ['bench/config.ts', 'tmaxMs', (v) => `(\`--tmax\`, ${v / 1_000} s by default)`],
  ['bench/probe/baselines.ts', 'PINGS', (v) => `\`ping\`, ${v} requests, `],
  ['bench/probe/baselines.ts', 'PING_INTERVAL_MS', (v) => `requests, ${v} ms apart`],
  ['bench/probe/ping/command.ts', 'MIN_SIZE', (v) => `at least ${v} bytes`],
  ['bench/probe/baselines.ts', 'ECHOES', (v) => `${v} exchanges after`],
  ['bench/probe/echo/echo.ts', 'WARMUP', (v) => `exchanges after ${v} that do not count`],
  [
    'bench/cell/window-ping.ts',
    'PING_INTERVAL_MS',
    (v) => `the same ping every ${v} ms in the window`,
  ],
  [
    'bench/workload/clock-offset.ts',
    'CLOCK_TOLERANCE_MICROS',
    (v) => `clock differs by more than ${v} µs`,
  ],
  [
    'bench/cell/target-window.ts',
    'HEADROOM_MICROS',
    (v) => `less the fastest before the window, plus ${ms(v)};`,
  ],
  [
    'bench/verdict/target.ts',
    'CLOCK_FLOOR_MICROS',
    (v) => `only to within more than ${ms(v)} and more than`,
  ],
  ['bench/cell/clock-offset.ts', 'EXCHANGES', (v) => `Up to ${v} subscriptions in the warm-up`],
  ['bench/run/estimate.ts', 'CEILING_MS', (v) => `A ${v / 1_000} s window follows`],
  [
    'bench/probe/ceiling/ceiling.ts',
    'WARMUP_SHARE',
    (v) => (v === 1 / 5 ? 'a warm-up of a fifth of that' : '?'),
  ],
  [
    'bench/probe/ceiling/pump.ts',
    'SLICE_MS',
    (v) => `the event loop has its turn every ${ms(v * 1_000)}`,
  ],
  ['bench/process/usage.ts', 'LOOP_DELAY_RESOLUTION_MS', (v) => `delay of a ${v} ms timer`],
  [
    'bench/worker-subscriber/main.ts',
    'MARK_MS',
    (v) => `the last delivery (clients), looked at every ${v} ms`,
  ],
  ['bench/worker-server/main.ts', 'MARK_MS', (v) => `looked at every ${v} ms`],
  [
    'src/transports/datagram/wire.ts',
    'HEADER_BYTES',
    (v) => `the ${v}-byte header of each UDP datagram`,
  ],
  ['bench/verdict/cpu.ts', 'SUSPECT_STEAL', (v) => `cpu_steal_ratio\` above ${per(v)} |`],
  [
    'bench/verdict/verdict.ts',
    'SUSPECT_STRANGERS',
    (v) => `more than ${v} connections or datagrams`,
  ],
  ['bench/verdict/verdict.ts', 'DRAIN_SHARE', (v) => `\`drain_s\` above ${per(v)} of the window`],
  ['bench/verdict/verdict.ts', 'DRAIN_FLOOR_S', (v) => `of the window and above ${v} s |`],
  ['bench/cell/target-end.ts', 'SHORT_PAUSE_MICROS', (v) => `in the last ${v / 1e6} s or more of`],
  ['bench/cell/target-end.ts', 'LONG_PAUSE', (v) => `more than ${v} times its mean pause`],
  ['bench/worker-subscriber/drain.ts', 'LONGEST_MS', (v) => `for each at most ${v / 1_000} s;`],
  ['bench/worker-subscriber/receive-drops.ts', 'AHEAD_MS', (v) => `from ${v} ms before the window`],
  ['bench/worker-subscriber/content-check.ts', 'EVERY', (v) => `decodes every ${v}th message`],
  ['bench/record/staleness.ts', 'PERIOD_MICROS', (v) => `every ${ms(v)} of the window`],
  ['bench/record/staleness.ts', 'TRACKED_KEYS', (v) => `up to ${v} × ${v} in each process`],
  ['bench/record/staleness.ts', 'TRACKED_SUBSCRIBERS', (v) => `up to ${v} × ${v} in each process`],
  ['bench/config.ts', 'FEWEST_TO_WEIGH', (v) => `fewer than ${v} clients`],
  [
    'bench/run/subscriber-processes.ts',
    'NATIVE_PER_PROCESS',
    (v) => `one for ${v.toLocaleString('en')} a second over native sockets`,
  ],
  [
    'bench/run/subscriber-processes.ts',
    'NODE_PER_PROCESS',
    (v) => `for ${v.toLocaleString('en')} over Node's, and`,
  ],
  ['bench/config.ts', 'FEWEST_AUTO_RUNS', (v) => `makes ${v} rounds`],
  ['bench/config.ts', 'ciTarget', (v) => `at most \`--ci\` (${per(v)}) of the median`],
  ['bench/config.ts', 'maxRepeat', (v) => `\`--max-repeat\` (${v}) rounds`],
  ['src/stats/bootstrap.ts', 'RESAMPLES', (v) => `${v.toLocaleString('en')} times, draw`],
  ['src/stats/bootstrap.ts', 'CONFIDENCE', (v) => `holds the middle ${per(v)} of those`],
  ['src/transports/udp-multicast/server.ts', 'BEAT_MS', (v) => `sent every ${v} ms without load`],
  [
    'src/transports/udp-multicast/feed.ts',
    'BUSY_ANNOUNCE_MS',
    (v) => `and every ${v === 1_000 ? 'second' : v} under load`,
  ],
  [
    'bench/compare/decide.ts',
    'DEFAULT_MARGIN',
    (v) => `[Comparing runs](#comparing-runs), with a margin of ${per(v)} (`,
  ],
];

describe('docs/design/methodology.md', () => {
  it.each(families())('defines %s, a figure of every cell', (name) => {
    expect(code.some((text) => text.split(/[^\w]/).includes(name)) || fenced(name)).toBe(true);
  });

  it.each(QUOTED)('quotes %s, %s, as the code has it', (file, name, said) => {
    const value = constantIn(file, name);
    expect(value, `${name} in ${file}`).toBeDefined();
    expect(prose).toContain(said(value!));
  });

  it('has a row for every reason of docs/reference/errors.md and for no other', () => {
    const rows = tableRows(markdown).filter(({ heading }) => heading === 'Verdicts');
    const named = rows.slice(1).flatMap(({ cells }) => (cells[0] ?? '').split(', '));
    expect(named.sort()).toEqual(
      headings(readProject('docs/reference/errors.md'), 3, 'Verdict reasons').sort(),
    );
  });

  it('says nothing that the code has outgrown', () => {
    expect(prose).not.toMatch(/not computed|one `dgram` send/);
  });

  it('names the file that computes a figure, and every file it names exists', () => {
    const files = [...markdown.matchAll(/\]\((?:\.\.\/)+([^)]+\.ts)\)/g)].map(
      ([, file = '']) => file,
    );
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) expect(readProject(file), file).not.toBe('');
  });
});

function fenced(name: string): boolean {
  return new RegExp(`^${name}\\b.*=`, 'm').test(markdown);
}
