import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareResults } from '../../../bench/compare/compare.js';
import type { LabResult } from '../../../bench/result/result.js';
import { renderHtmlComparison } from '../../../reports/html/comparison/report.js';
import { renderComparisonMarkdown } from '../../../reports/markdown/compare.js';
import { type Finished, lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';
import { makeRepeated, makeRuns, spread } from '../../support/result/repeated.js';

/** Two files of eight runs each, read as they were before sessions were the sample. */
const ASSUMED = '--same-session-assumption';

const runs = (from: number): ReturnType<typeof makeRuns> =>
  makeRuns(spread(from, 2, 8).map((p50) => ({ p50 })));
const results = {
  before: makeRepeated(1, runs(1000)),
  slower: makeRepeated(2, runs(1200)),
  same: makeRepeated(3, runs(1001)),
  other: makeRepeated(4, makeRuns([{}], { clients: 7 })),
  lossy: halfLost(makeRepeated(6, runs(1001))),
  smaller: makeRepeated(5, [...runs(1001), ...makeRuns([{}, {}], { codec: 'msgpack' })]),
};
/** The same, of which half of the messages never arrived. */
function halfLost(result: LabResult): LabResult {
  return {
    ...result,
    cells: result.cells.map((cell) => ({ ...cell, delivered: Math.floor(cell.expected! * 0.5) })),
  };
}

let dir: string;
const at = (name: string): string => join(dir, `${name}.json`);
/** Five sessions around this p50. */
const five = (from: number): string[] => [0, 1, 2, 3, 4].map((i) => at(`${from}-${i}`));
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-compare-'));
  for (const [name, result] of Object.entries(results))
    await writeFile(at(name), JSON.stringify(result));
  for (const from of [1000, 1200])
    for (const [i, path] of five(from).entries())
      await writeFile(path, JSON.stringify(makeRepeated(10 + i, runs(from + i))));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('lab compare', () => {
  /** Of the commands below that read nothing but files, by what names them. */
  let answers: ReadonlyMap<string, Finished>;
  beforeAll(async () => {
    const commands = new Map<string, string[]>([
      ...gates.map(([what, names, gate]): [string, string[]] => [
        what,
        [at('before'), ...names.map(at), '--fail-on', gate, ASSUMED],
      ]),
      ...powerless.map(([names, flags]): [string, string[]] => [
        names.join(),
        [...names.map(at), ...flags, '--fail-on', 'worse'],
      ]),
      ...refused.map(([names, flags]): [string, string[]] => [
        [...names, ...flags].join(),
        [...names.map(at), ...flags],
      ]),
    ]);
    const given = await labEach([...commands.values()].map((args) => ['compare', ...args]));
    answers = new Map([...commands.keys()].map((name, i) => [name, given[i]!]));
  });

  it('prints a table with a verdict per metric, and succeeds whatever they are', async () => {
    const { code, stdout, stderr } = await lab(['compare', at('before'), at('slower'), ASSUMED]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^worse +latency p50 +1\.01 ms +1\.21 ms +\+19\.9 % +\+19\.3 to \+20\.5 % +<0\.001$/m,
    );
    expect(stdout).toContain('B against A: 1 worse, 4 equivalent');
  });

  it('prints one JSON document with --json, with the reference from stdin too', async () => {
    const { code, stdout } = await lab(
      ['compare', '-', at('slower'), '--json', '--metrics', 'p50,loss', ASSUMED],
      {
        input: JSON.stringify(results.before),
      },
    );
    expect(code).toBe(0);
    const inputs = [
      { name: '-', result: results.before },
      { name: at('slower'), result: results.slower },
    ];
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(
        JSON.stringify(compareResults(inputs, { metrics: ['p50', 'loss'], sameSession: true })),
      ),
    );
  });

  it('prints Markdown with --markdown, and writes it with --export-md beside the table', async () => {
    const inputs = ['before', 'slower'] as const;
    const markdown = renderComparisonMarkdown(
      compareResults(inputs.map((name) => ({ name: at(name), result: results[name] }))),
    );
    const paths = inputs.map(at);
    expect((await lab(['compare', ...paths, '--markdown'])).stdout).toBe(markdown);
    const file = join(dir, 'summary.md');
    const { stdout } = await lab(['compare', ...paths, '--export-md', file]);
    expect(stdout).toContain('B against A');
    expect(await readFile(file, 'utf8')).toBe(markdown);
  });

  it('prints its page with --html, and writes it with --export-html beside the table', async () => {
    const inputs = ['before', 'slower'] as const;
    const page = renderHtmlComparison(
      compareResults(inputs.map((name) => ({ name: at(name), result: results[name] }))),
    );
    expect((await lab(['compare', ...inputs.map(at), '--html'])).stdout).toBe(page);
    const file = join(dir, 'compared.html');
    await lab(['compare', ...inputs.map(at), '--export-html', file]);
    expect(await readFile(file, 'utf8')).toBe(page);
  });

  const gates: readonly (readonly [string, string[], string, number])[] = [
    ['a slower one', ['slower'], 'worse', 99],
    ['an equal one', ['same'], 'worse', 0],
    ['a slower one after an equal one', ['same', 'slower'], 'worse,inconclusive', 99],
    ['more cells than before', ['smaller'], 'worse,inconclusive,missing', 0],
  ];

  it.each(gates)('--fail-on is a gate: %s', (what, _names, _gate, expected) => {
    const { code, stdout, stderr } = answers.get(what)!;
    expect(code).toBe(expected);
    expect(stdout).toContain('B against A');
    if (expected === 99) expect(stderr).toMatch(/^--fail-on worse: 1 worse, /);
  });

  it('takes several sessions a side, and says how many', async () => {
    const { code, stdout, stderr } = await lab([
      ...['compare', ...five(1000), '--against', ...five(1200)],
      ...['--fail-on', 'worse'],
    ]);
    expect({ code, stderr }).toEqual({
      code: 99,
      stderr: '--fail-on worse: 1 worse, 4 equivalent\n',
    });
    expect(stdout).toContain('sessions A 5, B 5');
    expect(stdout).toMatch(/^worse +latency p50/m);
    expect(stdout).toContain('sessions: 5 against 5');
  });

  it('of one session a side says that it is one, and claims nothing', async () => {
    const { code, stdout } = await lab(['compare', at('before'), at('slower')]);
    expect(code).toBe(0);
    expect(stdout).toContain('sessions: 1 against 1: inconclusive');
    expect(stdout).toContain('B against A: 0 worse, 5 inconclusive');
  });

  const powerless: readonly (readonly [string[], string[], string, string])[] = [
    [['before', 'slower'], [], 'sessions: 1 against 1', 'give 5 sessions a side'],
    [['other', 'other'], [ASSUMED], 'too few runs', '--repeat 5 or more'],
  ];

  it.each(powerless)('--fail-on worse that cannot fail is refused: %j %j', (names, _, why, how) => {
    const { code, stdout, stderr } = answers.get(names.join())!;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('LAB_ERR_NO_EFFECT: --fail-on worse cannot fail');
    expect(stderr).toContain(why);
    expect(stderr).toContain(how);
  });

  it('--fail-on missing does not let a cell that is gone pass', async () => {
    const { code, stderr } = await lab([
      'compare',
      at('smaller'),
      at('same'),
      '--fail-on',
      'missing',
    ]);
    expect(code).toBe(99);
    expect(stderr).toContain('--fail-on missing');
  });

  it('nor a percentile that only the reference has, as the candidate lost the messages it is made of', async () => {
    const args = ['compare', at('before'), at('lossy'), ASSUMED, '--metrics', 'p99', '--fail-on'];
    const worse = await lab([...args, 'worse']);
    expect(worse.code).toBe(0);
    expect(worse.stderr).toContain(
      '--fail-on worse says nothing about latency p99 where only the reference',
    );
    expect(await lab([...args, 'worse,missing'])).toMatchObject({
      code: 99,
      stderr: expect.stringContaining('--fail-on missing'),
    });
  });

  const refused: readonly (readonly [string[], string[], string, string])[] = [
    [['before'], [], 'LAB_ERR_USAGE', 'there is nothing to compare'],
    [['before', 'other'], [], 'LAB_ERR_BAD_VALUE', 'shares no cell with'],
    [['before', 'gone'], [], 'LAB_ERR_RESULT_UNREADABLE', 'there is no such file'],
    [['before', 'same'], ['--margin', '5'], 'LAB_ERR_BAD_VALUE', "--margin '5'"],
    [['before', 'same'], ['--metrics', 'p98'], 'LAB_ERR_BAD_VALUE', 'did you mean p99?'],
    [['before', 'same'], ['--fail-on', 'wors'], 'LAB_ERR_BAD_VALUE', 'did you mean worse?'],
    [
      ['before', 'same'],
      ['--json', '--markdown'],
      'LAB_ERR_USAGE',
      '--json and --markdown both claim stdout',
    ],
    [
      ['before', 'same'],
      ['--export-md', '/nowhere/a.md'],
      'LAB_ERR_EXPORT_PATH',
      "--export-md '/nowhere/a.md'",
    ],
  ];

  it.each(refused)('refuses lab compare %j %j', (names, flags, id, message) => {
    const { code, stdout, stderr } = answers.get([...names, ...flags].join())!;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`lab: ${id}: `);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^ {2}hint: /m);
  });

  it('takes one result from stdin, not two', async () => {
    const { code, stderr } = await lab(['compare', '-', '-'], { input: '{}' });
    expect(code).toBe(2);
    expect(stderr).toContain('only one result can come from stdin');
  });

  it('its help shows examples and the exit codes', async () => {
    const { code, stdout } = await lab(['compare', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('lab compare base*.json --against new*.json --fail-on worse');
    expect(stdout).toContain('(default: 5%)');
    expect(stdout).toContain('99');
  });
});

it('the arithmetic is there by its public names', async () => {
  const script = `
    import { rfc3550Jitter, reordering } from 'streampulse-lab/metrics';
    import { bootstrapMedian, hodgesLehmann, mannWhitney } from 'streampulse-lab/stats';
    console.log(JSON.stringify([
      rfc3550Jitter([0, 1000], [100, 1260]),
      reordering([1, 2, 4, 3]).reordered,
      mannWhitney([1, 2, 3], [4, 5, 6], 'exact'),
      hodgesLehmann([1, 2, 3], [4, 5, 6]),
      bootstrapMedian([1, 2, 3], { seed: 1 }),
    ]));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(JSON.parse(stdout)).toEqual([
    [10],
    1,
    { u1: 0, p: 0.1 },
    3,
    { median: 2, low: 1, high: 3 },
  ]);
});
