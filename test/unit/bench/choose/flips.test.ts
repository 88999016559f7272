/** What would change a choice, of which the data say where. */
import { describe, expect, it } from 'vitest';
import type { ChoiceDocument, ChoiceFlip } from '../../../../bench/choose/document.js';
import { makeChoice, type RunSpec, type StackSpec } from '../../../support/result/choice.js';
import { ask, chosen } from '../../../support/result/choosing.js';
import type { Where } from '../../../support/result/loss-sweep.js';

const TCP = { transport: 'tcp' };
const UDP = { transport: 'udp' };
const at = (loss: number, rtt = 50): Where => ({ rtt, loss, burst: null });
const wobble = (run: number): number => 1 + (((run * 3) % 8) - 3.5) / 400;

/** Exact but for its runs' scatter: egress by stack and loss in percent. */
const bytesAt =
  (of: (transport: string, loss: number) => number) =>
  ({ transport }: StackSpec, { where }: { readonly where?: Where }, run: number): RunSpec => ({
    bytes: of(transport, where?.loss ?? 0) * wobble(run),
    ...{ cpu: 0, rss: 0 },
  });

function flip(document: ChoiceDocument, axis: string, direction: string, of?: string): ChoiceFlip {
  return document.flips.find(
    (one) => one.axis === axis && one.direction === direction && (of ?? one.of) === one.of,
  )!;
}

const name = ({ stacks }: ChoiceDocument, i: number | null): string | null =>
  i === null ? null : stacks[i]!.transport;

describe('a flip', () => {
  const losses = [0, 0.5, 1, 2];

  it('is found at a loss of 0.8 % where costs cross there, between the cells at 0.5 and 1 %', () => {
    // tcp: 100 + 50 × loss, udp: 140 whatever is lost.
    const result = makeChoice(
      losses.map((loss) => ({ where: at(loss) })),
      [TCP, UDP],
      8,
      bytesAt((transport, loss) => (transport === 'tcp' ? 100 + 50 * loss : 140)),
    );
    const document = ask(result, { links: ['delay=25000us/loss=0.5%'] });
    expect(chosen(document)).toEqual(['tcp']);
    const found = flip(document, 'loss', 'up');
    expect(found).toMatchObject({ kind: 'interpolated', low: 0.005, high: 0.01, now: 0.005 });
    // A grid step is a 200th of the way between two cells.
    expect(Math.abs(found.at! - 0.008)).toBeLessThan(0.005 / 200);
    expect(name(document, found.becomes)).toBe('udp');
    expect(flip(document, 'loss', 'down')).toMatchObject({ kind: 'none', low: 0, high: 0.005 });
  });

  it('is found at 0.8 % where an objective is missed from there on', () => {
    const result = makeChoice(
      losses.map((loss) => ({ where: at(loss) })),
      [TCP, UDP],
      8,
      ({ transport }, { where }, run) => ({
        // 500 ms at a loss of 0.8 %.
        staleness: (transport === 'tcp' ? 100_000 + 500_000 * where!.loss : 90_000) * wobble(run),
        bytes: transport === 'tcp' ? 100 : 300,
      }),
    );
    const document = ask(result, {
      links: ['delay=25000us/loss=0.5%'],
      slo: 'staleness_p99<500ms',
    });
    const found = flip(document, 'loss', 'up');
    expect(found.kind).toBe('interpolated');
    expect(Math.abs(found.at! - 0.008)).toBeLessThan(0.00005);
    // The median of the runs is what the objective is held against.
    expect(flip(document, 'objective', 'down')).toMatchObject({ kind: 'exact' });
    expect(flip(document, 'objective', 'down').at! / 350_000).toBeCloseTo(1, 2);
  });

  it('is never looked for beyond the last measured cell, nor at cells where a stack is missing', () => {
    const result = makeChoice(
      [0.5, 0.6, 2].map((loss) => ({ where: at(loss) })),
      [TCP, UDP],
      8,
      (stack, spot, run) =>
        stack.transport === 'udp' && spot.where!.loss === 2
          ? null
          : bytesAt((transport, loss) => (transport === 'tcp' ? 100 + 50 * loss : 140))(
              stack,
              spot,
              run,
            ),
    );
    const document = ask(result, { links: ['delay=25000us/loss=0.5%'] });
    expect(flip(document, 'loss', 'up')).toMatchObject({ kind: 'none', at: null, high: 0.006 });
  });

  it('is only known to lie between two cells where a figure of one of them does not exist', () => {
    const result = makeChoice(
      [{ where: at(0) }, { where: at(5) }],
      [TCP, UDP],
      8,
      ({ transport }, { where }) => ({
        bytes: transport === 'tcp' ? 200 : 100,
        // More than 1 % is lost: no p99 of all messages.
        loss: transport === 'udp' ? where!.loss / 100 : 0,
      }),
    );
    const document = ask(result, { links: ['delay=25000us'], slo: 'p99<50ms' });
    expect(chosen(document)).toEqual(['udp']);
    const found = flip(document, 'loss', 'up');
    expect(found).toMatchObject({ kind: 'between', at: null, low: 0, high: 0.05 });
    expect(name(document, found.becomes)).toBe('tcp');
  });

  it('goes along the round trip, the rate and the clients as well', () => {
    const spots = [
      { where: at(1, 50) },
      { where: at(1, 250) },
      { where: at(1, 50), rate: 200 },
      { where: at(1, 50), clients: 40 },
    ];
    const result = makeChoice(spots, [TCP, UDP], 8, ({ transport }, spot, run) => {
      const { where, rate = 100, clients = 20 } = spot;
      const dearer = (where!.rtt - 50) / 100 + (rate - 100) / 50 + (clients - 20) / 10;
      return {
        bytes: (transport === 'tcp' ? 100 + 20 * dearer : 120) * wobble(run),
        cpu: 0,
        rss: 0,
      };
    });
    const question = { links: ['delay=25000us/loss=1%'], clients: 20, ratePerSecond: 100 };
    const document = ask(result, question);
    expect(flip(document, 'rtt', 'up').at).toBeCloseTo(150_000, -3);
    // Costs per client-hour grow with the rate, of both: they cross where their bytes do.
    expect(flip(document, 'rate', 'up')).toMatchObject({ low: 100, high: 200, now: 100 });
    expect(flip(document, 'clients', 'up').at).toBeCloseTo(30, 0);
    expect(flip(document, 'loss', 'up')).toBeUndefined();
  });

  it('of a price is where the costs of two stacks are equal', () => {
    const result = makeChoice([{}], [TCP, UDP], 8, ({ transport }) => ({
      bytes: transport === 'tcp' ? 200 : 100,
      cpu: transport === 'tcp' ? 1 : 9,
      rss: 0,
    }));
    const prices = { 'cpu-hour': 0.04, 'gb-egress': 0.05, 'gb-ram-hour': 0 };
    const document = ask(result, { prices });
    expect(chosen(document)).toEqual(['udp']);
    // Of a delivery: 100 B more at e a GB against 8 µs more at c an hour of a core.
    const cpu = (0.05 * 100e-9 * 3600) / 8e-6;
    const egress = (0.04 * 8e-6) / 3600 / 100e-9;
    expect(flip(document, 'price', 'up', 'cpu-hour').at).toBeCloseTo(cpu, 4);
    expect(flip(document, 'price', 'down', 'gb-egress').at).toBeCloseTo(egress, 6);
    expect(document.flips.filter(({ of }) => of === 'gb-ram-hour')).toEqual([]);
  });

  it('of an objective is the limit that the chosen one just misses, or a cheaper one just meets', () => {
    const result = makeChoice([{}], [TCP, UDP, { transport: 'ws' }], 8, ({ transport }) => ({
      p99: { tcp: 30_000, udp: 10_000, ws: 70_000 }[transport]!,
      bytes: { tcp: 150, udp: 200, ws: 100 }[transport]!,
    }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(chosen(document)).toEqual(['tcp']);
    const [down, up] = (['down', 'up'] as const).map((one) => flip(document, 'objective', one));
    expect([down!.at, name(document, down!.becomes)]).toEqual([30_000, 'udp']);
    expect([up!.at, name(document, up!.becomes)]).toEqual([70_000, 'ws']);
    expect([down!.distance, up!.distance]).toEqual([0.4, 20 / 70]);
  });
});
