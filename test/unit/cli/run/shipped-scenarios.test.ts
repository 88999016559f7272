import { describe, expect, it } from 'vitest';
import { ALPHA } from '../../../../bench/compare/decide.js';
import { fewestRuns } from '../../../../bench/compare/power.js';
import type { RunConfig } from '../../../../bench/config.js';
import { estimateSeconds } from '../../../../bench/run/estimate.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { runConfig } from '../../../../cli/args/run-config.js';
import { loadPreset } from '../../../../cli/config-file/load.js';
import { readProject, tableRows } from '../../../support/docs/docs.js';

const LOSSY = ['lossy-link', 'lossy-link-full'];
const names = ['quotes-to-phones', 'telemetry-to-dashboards', 'game-tick', 'order-book-burst'];

async function configOf(path: string | undefined, scenario?: string): Promise<RunConfig> {
  return runConfig((await loadPreset(path, scenario)).parts);
}

describe('the shipped scenarios', () => {
  it('are the four that a user recognises, and sweeps', async () => {
    await expect(loadPreset(undefined, '?')).rejects.toMatchObject({
      hint: expect.stringContaining(
        `choose from: ${[...names.slice(0, 3), 'scaling', ...names.slice(3), ...LOSSY].join(', ')}`,
      ),
    });
  });

  it.each(names)('%s takes under a minute and compares both transports', async (name) => {
    const config = await configOf(undefined, name);
    const cells = planCells(config);
    expect(estimateSeconds(config, cells)).toBeLessThan(60);
    expect(new Set(cells.map(({ transport }) => transport))).toEqual(new Set(['tcp', 'udp']));
  });

  it('lossy-link takes twelve minutes, and can rank at each of its links', async () => {
    const config = await configOf(undefined, 'lossy-link');
    const cells = planCells(config);
    expect(estimateSeconds(config, cells)).toBeLessThan(12.5 * 60);
    const { stacks, repeat } = config;
    const pairs = (stacks!.length * (stacks!.length - 1)) / 2;
    expect(fewestRuns(pairs, ALPHA)).toBeLessThanOrEqual(Number(repeat));
  });

  it('lossy-link-full has every loss and burst at every round trip once, with runs to rank', async () => {
    const config = await configOf(undefined, 'lossy-link-full');
    const { stacks, links, repeat } = config;
    const losses = ['', '/loss=0.1%', '/loss=1%', '/loss=5%'];
    const bursts = losses.slice(1).map((loss) => `${loss}/burst=3`);
    const all = ['5ms', '25ms', '75ms'].flatMap((delay) =>
      [...losses, ...bursts].map((loss) => `delay=${delay}${loss}`),
    );
    expect(links.toSorted()).toEqual(all.toSorted());
    const pairs = (links.length * stacks!.length * (stacks!.length - 1)) / 2;
    expect(fewestRuns(pairs, ALPHA)).toBeLessThanOrEqual(Number(repeat));
    expect(planCells(config)).toHaveLength(21 * stacks!.length * Number(repeat));
  });

  it.each([
    ['quotes-to-phones', { clients: [1_000] }],
    ['telemetry-to-dashboards', { clients: [50], sourceOptions: { symbols: 200 } }],
    ['game-tick', { clients: [200], ratesPerSecond: [60] }],
  ])('%s has the numbers of its name', async (name, numbers) => {
    expect(await configOf(undefined, name)).toMatchObject(numbers);
  });
});

describe('docs/guide/scenarios.md', () => {
  const doc = readProject('docs/guide/scenarios.md');

  it.each(names)('describes %s in the numbers that it has', async (name) => {
    const { clients, ratesPerSecond: rates, sizesBytes: sizes } = await configOf(undefined, name);
    const cells = tableRows(doc).find((row) => row.cells[0] === `\`${name}\``)!.cells;
    const number = (value: number): string => value.toLocaleString('en');
    const feed = rates!.map(number).join(' and ');
    expect(cells[2]).toContain(`${number(clients[0]!)} clients, ${feed} msg/s, ${sizes[0]} B`);
    expect(cells[3]).toBe(rates!.map((rate) => number(rate * clients[0]!)).join(' and '));
  });
});
