import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../../bench/config.js';
import type { LabResult, VerdictReason } from '../../../../bench/result/result.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { renderPlan } from '../../../../cli/ui/plan-table.js';
import { renderRun } from '../../../../cli/ui/run/table.js';
import type { Style } from '../../../../cli/ui/style.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeResult } from '../../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;
const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => [...line].length));

const lossy: VerdictReason = {
  code: 'RATE_MISSED',
  severity: 'INVALID',
  message: 'only 61.2 % of the planned rate was published',
  hint: 'lower --rate, or use a faster machine',
};
const doubtful: VerdictReason = {
  code: 'CPU_STEAL',
  severity: 'SUSPECT',
  message: '4 % of the CPU time was stolen',
  hint: 'use a quieter machine',
};

/** The table without the findings of the doctor above and the free text below it. */
function tableOf(text: string): string {
  return text.split('\n\n').find((block) => block.includes('verdict'))!;
}

describe('the table of a run', () => {
  it('stands below the card, which says who to choose, or what to run to know', () => {
    const cells = ['tcp', 'udp'].map((transport) => makeCell({ transport }));
    const command = 'lab run --seed 3';
    const open = renderRun(makeResult(cells, { command }), 80, plain);
    expect(open).toMatch(/^CANNOT RANK {2}(tcp|udp)\/line-json and /);
    const [run] = open.split('\n').filter((line) => line.startsWith('RUN'));
    expect(run).toMatch(/^RUN {10}lab run --seed 3 --repeat \d+ \(about .*\)$/);
    const won = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((run) =>
      ['tcp', 'udp'].map((transport) => {
        const p99 = (transport === 'tcp' ? 9_000 : 3_000) + run;
        return makeCell({ transport, run }, { latency_us: { ...makeCell().latency_us, p99 } });
      }),
    );
    expect(renderRun(makeResult(won), 80, plain)).toMatch(
      /^CHOOSE {3}udp\/line-json.*\nBECAUSE {2}(.|\n)*3\.00 ms(.|\n)*\nUNLESS {3}/,
    );
  });

  it('stands below what the doctor calls bad, and below nothing else of it', () => {
    const text = renderRun(makeResult([makeCell()]), 100, plain);
    const found = makeResult([]).environment.doctor;
    const bad = found.filter(({ status }) => status === 'bad');
    expect(bad.length).toBeGreaterThan(0);
    expect(found.length).toBeGreaterThan(bad.length);
    const above = text.slice(0, text.indexOf('verdict'));
    for (const { check, status, value } of found)
      expect(above.includes(`✘ ${check}: ${value}`)).toBe(status === 'bad');
  });

  it('stays within the terminal for the widest figures', () => {
    const cell = makeCell(
      {
        transport: 'udp',
        codec: 'line-json',
        clients: 100_000,
        rate: 9_999_999,
        run: 999,
        reasons: [lossy],
      },
      {
        goodput: { messages_per_s: 123_456_789.5, bytes_per_s: 1 },
        loss_ratio: 0.000001,
        latency_us: { ...makeCell().latency_us, p50: 999_600, p99: 59_940_000, max: 123_456_789 },
        ping_ratio: { p50: 123_456.7, p99: null, reason: null },
        cpu_us_per_delivery: { server: 123_456.7, clients: null },
      },
    );
    for (const width of [80, 100, 240]) {
      const text = renderRun(makeResult([cell, makeCell()]), width, plain);
      expect(widest(tableOf(text))).toBeLessThanOrEqual(width);
      expect(tableOf(text)).toContain('✘ INVALID');
    }
  });

  it('leaves out first what says least, and says what it left out', () => {
    const memory = { ...makeCell().rss_bytes, server_per_client: 9_000 };
    const cell = makeCell({ transport: 'udp', dropped: 5_000 }, { rss_bytes: memory });
    const order = [
      ...['RTT ratio', 'max', 'memory a client', 'messages a send', 'delivered/s', 'p50'],
      ...['server CPU/msg', 'lost to', 'loss'],
    ];
    const seen = new Set<number>();
    for (let width = 30; width <= 140; width++) {
      const text = tableOf(renderRun(makeResult([cell]), width, plain)).replaceAll('\n  ', ' ');
      const hidden = /^hidden: (.*); wider terminal or --json$/m.exec(text)?.[1]?.split(', ') ?? [];
      expect(new Set(hidden)).toEqual(new Set(order.slice(0, hidden.length)));
      expect(text).toContain('p99');
      seen.add(hidden.length);
    }
    expect([...seen].sort((a, b) => b - a)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('has the messages of a send beside the CPU, and the cause of a loss beside it', () => {
    const cell = makeCell({ transport: 'udp', dropped: 5_000 });
    const wire = { ...cell.wire, messages_per_send: 12.5 };
    const table = tableOf(renderRun(makeResult([{ ...cell, wire }]), 140, plain));
    expect(table).toMatch(/0\.50 % {2}socket buffer .* 1\.20 µs {3}12\.5$/m);
    expect(tableOf(renderRun(makeResult([makeCell()]), 140, plain))).not.toContain('lost to');
  });

  it('never outgrows a narrow terminal, and keeps the verdict there', () => {
    const result = makeResult([makeCell({ reasons: [lossy] }), makeCell({ codec: 'msgpack' })]);
    for (let width = 50; width <= 100; width++) {
      const table = tableOf(renderRun(result, width, plain));
      expect(widest(table)).toBeLessThanOrEqual(width);
      expect(table).toMatch(/✘ INVALID +tcp/);
    }
  });

  it('shows the offered load above the cells that it was offered to', () => {
    const text = renderRun(makeResult([makeCell({ clients: 1_000, rate: 100 })]), 100, plain);
    expect(text).toContain('1,000 clients × 100 msg/s × 128 B → 100,000 deliveries/s offered');
  });

  it('gives each doubt with its cells, worst first, and each hint once', () => {
    const cells = [
      makeCell({ reasons: [doubtful] }),
      makeCell({ codec: 'msgpack', reasons: [doubtful, lossy] }),
      makeCell({
        transport: 'udp',
        reasons: [{ ...doubtful, message: '5 % of the CPU time was stolen' }],
      }),
    ];
    const text = renderRun(makeResult(cells), 100, plain);
    const at = (part: string): number => text.indexOf(part);
    expect(at('✘ INVALID tcp/msgpack: only 61.2 %')).toBeGreaterThan(0);
    expect(at('⚠ SUSPECT tcp/line-json and tcp/msgpack: 4 %')).toBeGreaterThan(
      at('✘ INVALID tcp/msgpack: only'),
    );
    expect(at('⚠ SUSPECT udp/line-json: 5 %')).toBeGreaterThan(0);
    expect(text.split('→ use a quieter machine')).toHaveLength(2);
  });

  it('says what is missing beyond the loss', () => {
    const cell = makeCell();
    const skipped = 250_000;
    const ledger = {
      ...cell.ledger,
      delivered: cell.expected! - skipped,
      dropped_by_policy: skipped,
    };
    const text = renderRun(
      makeResult([{ ...cell, loss_ratio: 0, delivered: cell.expected! - skipped, ledger }]),
      200,
      plain,
    );
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '25.0 % of what was expected is missing, more than the loss: 250,000 skipped',
    );
  });

  it('ends with the command that reproduces it', () => {
    const result = makeResult([], { command: `lab run --clients ${'1,'.repeat(80)}2 --seed 3` });
    expect(renderRun(result, 80, plain).trimEnd().split('\n').at(-1)).toBe(
      `again   ${result.command}`,
    );
  });

  it('says on the card alone that nothing is ranked', () => {
    const cells = ['tcp', 'udp'].map((transport) => makeCell({ transport, reasons: [doubtful] }));
    const text = renderRun(makeResult(cells), 80, plain);
    expect(text).toMatch(/^CANNOT RANK /);
    expect(text).not.toContain('Nothing is ranked');
  });

  it('says once what to run when too few runs were made to rank by: on the card', () => {
    const cells = ['tcp', 'udp'].map((transport) => makeCell({ transport }));
    const command = 'lab run --repeat 1 --seed 3';
    // One pair, six metrics: five runs, as 6 × 2 ÷ C(10, 5) = 0.048 is the first below 0.05.
    const text = renderRun(makeResult(cells, { command }), 80, plain);
    expect(text).toMatch(/^RUN +lab run --seed 3 --repeat 5 \(about .*\)$/m);
    expect(text).not.toContain('to rank');
  });

  it('has a dash where there is no figure', () => {
    const cell = makeCell();
    const none = { ...cell.latency_us, p50: null, p99: null, max: null };
    const text = renderRun(
      makeResult([{ ...cell, latency_us: none, loss_ratio: null }]),
      100,
      plain,
    );
    expect(tableOf(text)).toMatch(/tcp\/line-json +100,000 +– +– +– +–/);
    expect(text).not.toMatch(/null|NaN|undefined/);
  });

  it('survives a run that was stopped before its first cell', () => {
    const text = renderRun(makeResult([], { incomplete: true }), 100, plain);
    expect(text).toContain('0 cells measured; the run did not reach its end');
  });
});

describe('the table of repeats', () => {
  /** `count` runs of TCP and UDP, in turn; the UDP ones may have something against them. */
  function repeated(
    count: number,
    reasonsOf: (run: number) => VerdictReason[] = () => [],
  ): LabResult {
    const cells = Array.from({ length: count }, (_, i) => [
      makeCell(
        { run: i + 1, seconds: 1 },
        { latency_us: { ...makeCell().latency_us, p99: 14_000 + 1_000 * i } },
      ),
      makeCell({
        transport: 'udp',
        run: i + 1,
        seconds: 1,
        dropped: i === 1 ? 5_000 : 0,
        reasons: reasonsOf(i + 1),
      }),
    ]);
    return makeResult(cells.flat());
  }

  it('has one row for each cell from three runs on: the median, its interval and the verdicts', () => {
    const table = tableOf(renderRun(repeated(5), 100, plain));
    expect(table).toMatch(/✔ VALID 5\/5 +tcp\/line-json .* 16\.0 ms +14\.0 to 18\.0 ms /);
    expect(table.split('\n').filter((line) => line.includes('line-json'))).toHaveLength(2);
  });

  it('has a row for each run below three', () => {
    const table = tableOf(renderRun(repeated(2), 100, plain));
    expect(table.match(/line-json #[12]/g)).toHaveLength(4);
    expect(table).not.toContain('95 %');
  });

  it('shows the worst verdict with its count, and the loss of all runs that count', () => {
    const one = tableOf(
      renderRun(
        repeated(5, (run) => (run === 3 ? [lossy] : [])),
        120,
        plain,
      ),
    );
    // 5,000 lost of 4 × 100,000: the INVALID run is in no figure.
    expect(one).toMatch(/✘ INVALID 1\/5 +udp\/line-json +\S+ +1\.25 %/);
    expect(one).toContain('✔ VALID 5/5');
  });

  it('gives a reason that comes again once, with the runs it was in', () => {
    const busy = (run: number): VerdictReason[] =>
      run < 4 ? [{ ...doubtful, message: `${run} % of the CPU time was stolen` }] : [];
    const text = renderRun(repeated(5, busy), 100, plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      '⚠ SUSPECT udp/line-json (3 runs): 1 % of the CPU time was stolen (and 2 like it)',
    );
  });

  it('stays within a narrow terminal without losing the verdict', () => {
    const result = repeated(12, () => [lossy]);
    for (let width = 80; width <= 100; width++) {
      const table = tableOf(renderRun(result, width, plain));
      expect(widest(table)).toBeLessThanOrEqual(width);
      expect(table).toContain('✘ INVALID 12/12  udp');
    }
  });

  it('says how --repeat auto ended', () => {
    const repeat = {
      mode: 'auto',
      runs: 5,
      metric: 'p99',
      target: 0.05,
      outcome: 'reached',
    } as const;
    const text = renderRun({ ...repeated(5), repeat }, 100, plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'runs 5 runs of each cell, interleaved: --repeat auto ended with the 95 % interval',
    );
  });
});

describe('the plan', () => {
  it('lists every cell in the order it runs', () => {
    const behind = planCells({ ...DEFAULT_CONFIG, links: ['none', '4g'] });
    expect(renderPlan({ cells: behind, seconds: 75 }, 100, plain)).toMatch(/payload +link +window/);
    const text = renderPlan(
      { cells: planCells({ ...DEFAULT_CONFIG, repeat: 2 }), seconds: 75 },
      100,
      plain,
    );
    expect(text).not.toMatch(/payload +link/);
    expect(text.match(/^ *\d+ {2}(tcp|udp)/gm)).toHaveLength(8);
    expect(text.endsWith('8 cells, about 75 s\n')).toBe(true);
  });

  it('says below of every cell what it has no column for', () => {
    const config = { ...DEFAULT_CONFIG, flushes: ['0', '2ms'], warmupMs: 500, seed: 7 };
    const plan = { cells: planCells(config), seconds: 75, setup: config };
    const text = renderPlan(plan, 100, plain);
    expect(text).toMatch(/codec +flush +clients/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'every cell: repair none, congestion default, policy drop-oldest, link none, warm-up 0.5 s, source synthetic, seed 7 ',
    );
  });

  it('on a narrow terminal has columns for what differs, and says the rest below', () => {
    const config = { ...DEFAULT_CONFIG, flushes: ['0', '2ms'], links: ['none', '4g'] };
    const text = renderPlan({ cells: planCells(config), seconds: 75 }, 70, plain);
    expect(widest(text)).toBeLessThanOrEqual(70);
    expect(text).toMatch(/# +transport +codec +flush +link +run\n/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'clients 100, feed msg/s 100, deliveries/s 10,000, payload 40 B, window 5 s',
    );
  });

  it('says how far it may go on', () => {
    const cells = planCells({ ...DEFAULT_CONFIG, repeat: 'auto' });
    const text = renderPlan(
      { cells, seconds: 100, latest: { runs: 20, seconds: 400 } },
      100,
      plain,
    );
    expect(text).toContain(
      '20 cells, about 100 s; --repeat auto may go on, to 20 runs of each and 7 min at most',
    );
  });
});
