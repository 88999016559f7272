import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import type { RunEvent } from '../../../../bench/events.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { RunSource } from '../../../../cli/live/run-source.js';
import type { LivePart } from '../../../../reports/html/view/live.js';
import { makeCell } from '../../../support/result/cell-factory.js';

const CONFIG: RunConfig = {
  ...DEFAULT_CONFIG,
  transports: ['tcp', 'udp'],
  codecs: ['msgpack'],
  clients: [100],
  ratesPerSecond: [1_000],
  sizesBytes: [40],
  durationsMs: [3_000],
  repeat: 2,
};
const CELLS = planCells(CONFIG);

/** A page of a run, with a clock that stands. */
class Rig {
  readonly source = new RunSource(
    CONFIG,
    () => 4,
    'lab run',
    () => undefined,
    [],
    () => new Date(2026, 10, 21, 14, 5, 9),
    () => 0,
  );
  readonly #parts = new Map<string, () => LivePart>();
  /** Ids of the parts that the last look replaced. */
  changed: string[] = [];

  tell(...events: readonly RunEvent[]): this {
    for (const event of events) this.source.onEvent(event, 0);
    return this.look();
  }

  look(nowMs = 0): this {
    this.changed = [];
    this.source.refresh((id, make) => {
      this.changed.push(id);
      this.#parts.set(id, make);
    }, nowMs);
    return this;
  }

  part<K extends LivePart['kind']>(id: string, kind: K): Extract<LivePart, { kind: K }> {
    const part = this.#parts.get(id)!();
    expect(part.kind).toBe(kind);
    return part as Extract<LivePart, { kind: K }>;
  }

  tile(label: string): string | undefined {
    return this.part('status', 'status').tiles.find((tile) => tile.label === label)?.text;
  }
}

const START: RunEvent = { type: 'start', cells: CELLS, estimateSeconds: 16 };
const first = CELLS[0]!;
const BEGIN: RunEvent = { type: 'cell-start', index: 0, total: 4, cell: first };
const second = (at: number, p50: number, p99: number | null, missing = 0): RunEvent => ({
  type: 'second',
  second: at,
  delivered: 99_000,
  p50Micros: p50,
  p99Micros: p99,
  account: { missing, instrumentShare: 0.125 },
});
const END: RunEvent = {
  type: 'cell-end',
  index: 0,
  total: 4,
  result: makeCell(
    {},
    {
      id: first.id,
      run: first.run,
      transport: first.transport,
      codec: first.codec,
      verdict: {
        status: 'SUSPECT',
        reasons: [{ code: 'CPU_CONTENDED', severity: 'SUSPECT', message: 'busy', hint: 'wait' }],
      },
    },
  ),
};

describe('a run on its live page', () => {
  it('has a grid of its plan that fills cell by cell, run by run', () => {
    const rig = new Rig().tell(START);
    const states = (): readonly (readonly string[])[] =>
      rig.part('grid', 'grid').grid.rows.map(({ runs }) => runs);
    expect(
      rig
        .part('grid', 'grid')
        .grid.rows.map(({ name }) => name)
        .sort(),
    ).toEqual(['tcp/msgpack', 'udp/msgpack']);
    expect(states().flat()).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    rig.tell(BEGIN);
    expect(states()[0]).toEqual(['running', 'waiting']);
    rig.tell(END);
    expect(states()[0]).toEqual(['SUSPECT', 'waiting']);
  });

  it('shows of the cell that runs the last second, what is missing and the bias', () => {
    const interval: RunEvent = {
      type: 'interval',
      elapsedSeconds: 1.5,
      deliveredPerSecond: 98_700,
      p99Micros: 9_999,
    };
    const rig = new Rig().tell(START, BEGIN, second(0, 900, 3_000), second(1, 850, 3_200, 0.02));
    rig.tell(interval);
    expect(rig.tile('delivered/s')).toMatch(/^98\.7k of 100(k|,000)$|^98,700 of 100,000$/);
    expect(rig.tile('p50')).toBe('850 µs');
    expect(rig.tile('p99')).toBe('3.20 ms');
    expect(rig.tile('missing so far')).toBe('2.00 %');
    expect(rig.tile('instrument share')).toBe('12.5 %');
  });

  it('draws the seconds of the window of the cell that runs, and no second of its drain', () => {
    const rig = new Rig().tell(START, BEGIN);
    expect(rig.part('latencies', 'chart').chart).toBeNull();
    rig.tell(second(0, 900, null), second(1, 850, 3_200), second(2, 870, 3_100));
    rig.tell(second(3, 90_000, 90_000));
    const { x, series } = rig.part('latencies', 'chart').chart!;
    expect(x.at).toEqual([0, 1, 2]);
    expect(series.map(({ values }) => values)).toEqual([
      [900, 850, 870],
      [null, 3_200, 3_100],
    ]);
    expect(rig.tile('p50')).toBe('870 µs');
  });

  it('logs verdicts with their codes, the newest first, with the time of day', () => {
    const rig = new Rig().tell(START, BEGIN, END);
    const [newest] = rig.part('reasons', 'log').lines;
    expect(newest).toMatchObject({ at: '14:05:09', status: 'SUSPECT' });
    expect(newest!.text).toMatch(/^1\/4 ⚠ SUSPECT .*\(CPU_CONTENDED\)$/);
  });

  it('replaces only what has changed, and the status always', () => {
    const rig = new Rig().tell(START);
    expect(rig.look().changed).toEqual(['status']);
    rig.tell(BEGIN);
    expect(rig.changed).toEqual(expect.arrayContaining(['status', 'grid', 'latencies']));
    rig.tell(second(0, 900, 3_000));
    expect(rig.changed.sort()).toEqual(['deliveries', 'latencies', 'status']);
  });

  it('ends with the outcome and without the cell that ran', () => {
    const rig = new Rig().tell(START, BEGIN, second(0, 900, 3_000));
    rig.source.end('finished', 'The run is over.');
    rig.look();
    expect(rig.part('status', 'status')).toEqual({
      kind: 'status',
      state: 'finished',
      text: 'The run is over.',
      tiles: [],
    });
    expect(rig.part('latencies', 'chart').chart).toBeNull();
  });

  it('keeps the last 200 lines of a long run', () => {
    const rig = new Rig().tell(START);
    for (let i = 0; i < 300; i++) rig.tell(END);
    expect(rig.part('reasons', 'log').lines).toHaveLength(200);
  });
});
