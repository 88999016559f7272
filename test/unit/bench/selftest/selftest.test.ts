import { describe, expect, it } from 'vitest';
import { Checks, type SelftestCheck } from '../../../../bench/selftest/check.js';
import { FAULT_INJECTIONS, type ScenarioName } from '../../../../bench/selftest/fault-injection.js';
import { chance, FaultStage, type Packet } from '../../../../bench/selftest/faults.js';
import { SCENARIOS } from '../../../../bench/selftest/scenarios.js';
import { messagesIn, receiptsOf } from '../../../../bench/selftest/truth.js';
import { runVirtualCell } from '../../../../bench/selftest/virtual-cell.js';
import { VirtualClock } from '../../../../bench/selftest/virtual-clock.js';
import { Random, seedState } from '../../../../src/random.js';

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];
const SEEDS = [1, 2, 2 ** 53 - 1];
/** What each scenario found with the first of the seeds. */
const found = new Map<ScenarioName, readonly SelftestCheck[]>();

async function checksOf(name: ScenarioName, seed: number): Promise<readonly SelftestCheck[]> {
  const known = seed === SEEDS[0] ? found.get(name) : undefined;
  const checks = known ?? (await SCENARIOS[name](seed, {}));
  if (seed === SEEDS[0]) found.set(name, checks);
  return checks;
}

describe('the self-test', () => {
  it.each(NAMES)(
    'recovers every figure of %s within its tolerance, whatever the seed',
    async (name) => {
      for (const seed of SEEDS) {
        const checks = await checksOf(name, seed);
        expect(checks.filter(({ passed }) => !passed)).toEqual([]);
        for (const check of checks) expect(check.name).toMatch(new RegExp(`^${name}: `));
      }
    },
  );

  it.each(NAMES)('fails %s when the instrument is broken for it', async (name) => {
    const checks = await SCENARIOS[name](1, FAULT_INJECTIONS[name]);
    expect(checks.some(({ passed }) => !passed)).toBe(true);
  });

  it('has a breakage for every scenario and no other', () => {
    expect(Object.keys(FAULT_INJECTIONS)).toEqual(NAMES);
  });

  it('injects every kind of fault: no figure but those that must be 0 is trivially recovered', async () => {
    const all = (await Promise.all(NAMES.map((name) => checksOf(name, SEEDS[0]!)))).flat();
    const nothing = all.filter(({ injected }) => injected === 0).map(({ name }) => name);
    expect(nothing).toEqual([
      'delay: max latency without delay',
      'loss: reordered',
      'duplicates: reordered',
      'stall: unattributed in the ledger',
      'instrument: skew max',
      'instrument: jitter max',
    ]);
  });
});

describe('a virtual cell', () => {
  it('is the same to the last digit with the same seed, and another one with another', async () => {
    const cell = (seed: number) =>
      runVirtualCell(
        {
          seed,
          durationMs: 300,
          faults: (_packet, random) => ({
            arrivals: chance(random, 0.2) ? [] : [random.nextInt(900)],
          }),
        },
        {},
      );
    // The cost of the process is measured, even here.
    const figures = ({
      server: _s,
      clients_use: _c,
      rss_bytes: _r,
      ...rest
    }: object & Record<string, unknown>) => rest;
    const [one, again, other] = [await cell(3), await cell(3), await cell(4)];
    expect(figures(again.cell)).toEqual(figures(one.cell));
    expect(again.arrived).toEqual(one.arrived);
    expect(other.arrived).not.toEqual(one.arrived);
  });

  it('without faults is VALID, delivers everything at once and has nothing to explain', async () => {
    const { cell } = await runVirtualCell({ durationMs: 1_000, warmupMs: 100 }, {});
    expect(cell).toMatchObject({
      published: 1_000,
      delivered: 4_000,
      lost: 0,
      duplicates: 0,
      corrupt: 0,
    });
    expect(cell.latency_us).toMatchObject({ count: 4_000, min: 0, max: 0, negative: 0 });
    expect(cell.ledger).toMatchObject({ unattributed: 0, balanced: true });
    expect(cell.verdict).toEqual({ status: 'VALID', reasons: [] });
  });

  it('that loses without a reason is INVALID, because nothing explains it', async () => {
    const faults = ({ seq }: Packet) => ({ arrivals: seq % 100 === 0 ? [] : [0] });
    const { cell } = await runVirtualCell({ durationMs: 1_000, faults }, {});
    expect(cell.verdict.reasons.map(({ code }) => code)).toEqual(['LEDGER_UNBALANCED']);
  });
});

describe('the fault stage', () => {
  const packet = (client: number, seq: number): Packet => ({
    client,
    seq,
    messages: 2,
    bytes: Buffer.from('ab'),
  });

  it('delivers each copy when its fate says, and writes down what it did and what arrived', () => {
    const clock = new VirtualClock(1_000);
    const fates = [
      { arrivals: [] },
      { arrivals: [0, 700] },
      { arrivals: [300], bytes: Buffer.from('xy') },
    ];
    const stage = new FaultStage(clock, ({ seq }) => fates[(seq - 1) / 2]!, 1);
    const got: string[] = [];
    for (const seq of [1, 3, 5]) {
      stage.carry(packet(0, seq), (bytes) => got.push(`${seq}:${bytes}@${clock.now()}`));
    }
    expect(got).toEqual(['3:ab@1000']);
    clock.advanceTo(2_000);
    expect(got).toEqual(['3:ab@1000', '5:xy@1300', '3:ab@1700']);
    expect(stage.injected.map(({ copies, corrupted }) => [copies, corrupted])).toEqual([
      [0, false],
      [2, false],
      [1, true],
    ]);
    expect(messagesIn(stage.injected.filter(({ copies }) => copies === 0))).toBe(2);
    expect(receiptsOf(stage.arrived, 1)[0]!.map(({ seq, at }) => [seq, at])).toEqual([
      [3, 1_000],
      [4, 1_000],
      [5, 1_300],
      [6, 1_300],
      [3, 1_700],
      [4, 1_700],
    ]);
  });

  it('gives each subscriber a random stream of its own: what happens to one depends on no other', () => {
    const drawn = (clients: readonly number[]): number[][] => {
      const numbers: number[][] = [[], []];
      const stage = new FaultStage(
        new VirtualClock(0),
        ({ client }, random) => {
          numbers[client]!.push(random.nextUint32());
          return { arrivals: [] };
        },
        5,
      );
      for (const client of clients) stage.carry(packet(client, 1), () => {});
      return numbers;
    };
    const [first, second] = drawn([0, 1, 0, 1]);
    expect(drawn([0, 0, 1, 1])).toEqual([first, second]);
    expect(first).not.toEqual(second);
  });

  it('chance is true as often as it says', () => {
    const random = new Random(seedState(1));
    const hits = Array.from({ length: 100_000 }, () => chance(random, 0.03)).filter(Boolean).length;
    // Three standard deviations of a binomial distribution.
    expect(Math.abs(hits - 3_000)).toBeLessThan(3 * Math.sqrt(100_000 * 0.03 * 0.97));
    expect(chance(random, 0)).toBe(false);
    expect(chance(random, 1)).toBe(true);
  });
});

describe('the virtual clock', () => {
  it('fires in order of due time, then of creation, at exactly the due time, what is added meanwhile too', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.setTimeout(note('c'), 0.002);
    clock.setTimeout(() => {
      fired.push(`a@${clock.now()}`);
      clock.setImmediate(note('d'));
      clock.setTimeout(note('late'), 1);
    }, 0.001);
    clock.setTimeout(note('b'), 0.001);
    const never = clock.setTimeout(note('never'), 0.001);
    never.cancel();
    never.cancel();
    clock.advanceTo(1_000);
    expect(fired).toEqual(['a@1', 'b@1', 'd@1', 'c@2']);
    expect(clock.now()).toBe(1_000);
    clock.advanceTo(1_001);
    expect(fired.at(-1)).toBe('late@1001');
  });

  it('keeps to whole microseconds, where a fraction of a millisecond has no exact double', () => {
    const clock = new VirtualClock(1_700_000_000_000_000);
    let at = 0;
    clock.setTimeout(() => {
      at = clock.now();
    }, 1.001);
    clock.advanceTo(1_700_000_000_100_000);
    expect(at).toBe(1_700_000_000_001_001);
  });
});

describe('a check', () => {
  it('passes within its tolerance, the edge included, and never without a figure', () => {
    const checks = new Checks('x');
    checks.exact('exact', 'messages', 5, 5);
    checks.exact('off by one', 'messages', 5, 6);
    checks.exact('missing', 'messages', 0, null);
    checks.percentile('edge', 30_000, 30_030);
    checks.percentile('beyond', 30_000, 30_031);
    expect(checks.all.map(({ name, passed }) => [name, passed])).toEqual([
      ['x: exact', true],
      ['x: off by one', false],
      ['x: missing', false],
      ['x: edge', true],
      ['x: beyond', false],
    ]);
  });
});
