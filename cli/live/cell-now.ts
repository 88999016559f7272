/** The cell that is being measured: its figures of the last second, and of all seconds a chart. */
import type { CellPlan } from '../../bench/config.js';
import type { RunEvent } from '../../bench/events.js';
import { formatCount, formatMicros, formatPercent, MISSING } from '../../reports/format.js';
import type { TileModel } from '../../reports/html/view/live.js';
import type { ChartModel } from '../../reports/html/view/model.js';

type Second = Extract<RunEvent, { type: 'second' }>;

/** Of a longer window, the last of them. */
const MOST_SECONDS = 600;

export class CellNow {
  readonly #plan: CellPlan;
  readonly #seconds: Second[] = [];
  #perSecond: number | null = null;

  constructor(plan: CellPlan) {
    this.#plan = plan;
  }

  /** What comes twice a second, from the warm-up on. */
  interval(perSecond: number): void {
    this.#perSecond = perSecond;
  }

  /** What comes after the window, while it drains, is no second of it. */
  second(second: Second): void {
    if (second.second * 1_000 >= this.#plan.durationMs) return;
    this.#seconds.push(second);
    if (this.#seconds.length > MOST_SECONDS) this.#seconds.shift();
  }

  get tiles(): TileModel[] {
    const last = this.#seconds.at(-1);
    const { missing = null, instrumentShare = null } = last?.account ?? {};
    const offered = offeredPerSecond(this.#plan);
    const rate = this.#perSecond === null ? null : Math.round(this.#perSecond);
    return [
      {
        label: 'delivered/s',
        text: `${formatCount(rate)}${offered === null ? '' : ` of ${formatCount(offered)}`}`,
        hint: 'To all clients, of what is offered, over the last half second',
      },
      {
        label: 'p50',
        text: formatMicros(last?.p50Micros ?? null),
        hint: 'Latency of the last whole second of the window',
      },
      {
        label: 'p99',
        text: formatMicros(last?.p99Micros ?? null),
        hint: `Of the last whole second; ${MISSING} with fewer than 1,000 deliveries in it`,
      },
      {
        label: 'missing so far',
        text: formatPercent(missing),
        hint: 'Of the messages up to the last that each client has, those that it has not: late, reordered and repaired ones may still come. The loss is told at the end',
      },
      {
        label: 'instrument share',
        text: formatPercent(instrumentShare),
        hint: `Of the mean latency to the receipt, what is the lab's own clients; ${MISSING} where the kernel stamps too little`,
      },
    ];
  }

  /** Null before the first second that has a figure. */
  get latencies(): ChartModel | null {
    const values = (of: (second: Second) => number | null): (number | null)[] =>
      this.#seconds.map(of);
    const p50 = values(({ p50Micros }) => p50Micros);
    const p99 = values(({ p99Micros }) => p99Micros);
    if ([...p50, ...p99].every((value) => value === null)) return null;
    return {
      title: 'Latency of each second',
      x: this.#axis,
      y: { kind: 'us', label: 'latency' },
      series: [
        { id: 'p50', name: 'p50', status: 'VALID', style: 0, values: p50 },
        { id: 'p99', name: 'p99', status: 'VALID', style: 1, values: p99 },
      ],
    };
  }

  get deliveries(): ChartModel | null {
    if (this.#seconds.length === 0) return null;
    const values = this.#seconds.map(({ delivered }) => delivered);
    return {
      title: 'Delivered in each second',
      x: this.#axis,
      y: { kind: 'per_s', label: 'deliveries' },
      series: [{ id: 'delivered', name: 'delivered', status: 'VALID', style: 2, values }],
    };
  }

  get #axis(): ChartModel['x'] {
    return {
      kind: 'seconds',
      label: 'seconds of the window',
      at: this.#seconds.map(({ second }) => second),
    };
  }
}

/** Null where nobody but the server, or its recording, knows. */
function offeredPerSecond(plan: CellPlan): number | null {
  if (plan.kind === 'target' || plan.ratePerSecond === null) return null;
  return plan.ratePerSecond * plan.clients;
}
