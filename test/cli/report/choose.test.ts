/** `lab choose --from`: the answer from files, and what is refused. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHOICE_SCHEMA_PATH,
  type ChoiceDocument,
  choiceSchema,
} from '../../../bench/choose/document.js';
import { type Finished, lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';
import { readProject } from '../../support/docs/docs.js';
import { makeChoice } from '../../support/result/choice.js';

const STACKS = [{ transport: 'tcp' }, { transport: 'udp' }];
const good = makeChoice([{}], STACKS, 8, ({ transport }, _, run) => ({
  bytes: (transport === 'tcp' ? 200 : 120) + run,
}));
const files = {
  good,
  tie: makeChoice([{}], STACKS, 8, () => ({})),
  elsewhere: { ...good, startedAt: 'x', environment: { ...good.environment, cpu: 'another' } },
  search: {
    ...{ schema: 'lab-search/v1', vary: 'rate', goals: [{ expression: 'p99<50ms' }] },
    machine: { cpu: good.environment.cpu, cores: 2, kernel: good.environment.kernel },
    combinations: STACKS.map(({ transport }) => ({
      ...{ transport, codec: 'msgpack', flush: 'auto', repair: 'none', congestion: 'default' },
      ...{ policy: 'drop-oldest', link: null, clients: 100, rate_per_s: null, size_bytes: 128 },
      answers: [{ lower: 500 }],
    })),
  },
};

let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-choose-'));
  for (const [name, content] of Object.entries(files))
    await writeFile(at(`${name}.json`), JSON.stringify(content));
  await writeFile(at('question.yaml'), "slo: [p99<50ms, 'loss=0']\nprice: {cpu-hour: 0.03}\n");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const from = (...names: string[]): string[] => [
  '--from',
  ...names.map((name) => at(`${name}.json`)),
];

/** What is wrong, with the flags that show it, and how the answer begins. */
const refusals: readonly [string, () => string[], RegExp][] = [
  [
    'another machine',
    () => from('good', 'elsewhere'),
    /LAB_ERR_BAD_VALUE: these results cannot be mixed: cpu is/,
  ],
  [
    'a load that is not there',
    () => [...from('good'), '-c', '9'],
    /nothing was measured at 9 clients/,
  ],
  [
    'a unit that is missing',
    () => [...from('good'), '--slo', 'p99<5'],
    /--slo "p99<5" has no unit/,
  ],
  [
    'objectives that contradict',
    () => [...from('good'), '--slo', 'p99<5ms,p99>6ms'],
    /contradict each other/,
  ],
  [
    'a negative price',
    () => [...from('good'), '--price', 'cpu-hour=-1'],
    /--price 'cpu-hour=-1' is negative/,
  ],
  ['a search alone', () => from('search'), /LAB_ERR_USAGE: there is no result to choose from/],
  ['a file that is not there', () => from('gone'), /LAB_ERR_RESULT_UNREADABLE/],
  [
    'measuring beside --from',
    () => [...from('good'), '--quick'],
    /--quick has no effect with --from/,
  ],
  ['no load at all', () => ['--quick'], /LAB_ERR_USAGE: a choice needs a load to measure/],
  [
    'two files',
    () => [at('question.yaml'), '--yaml', at('question.yaml')],
    /two files hold a question/,
  ],
];

describe('lab choose --from', () => {
  it('answers with a card and a table, the same each time, and exits 0', async () => {
    const [one, other] = await labEach([
      ['choose', at('question.yaml'), ...from('good'), '-o', at('kept')],
      ['choose', at('question.yaml'), ...from('good')],
    ]);
    expect(one!.code).toBe(0);
    expect(one!.stdout).toBe(other!.stdout);
    const words = one!.stdout.split('\n').flatMap((line) => /^([A-Z]+) {2,}/.exec(line)?.[1] ?? []);
    expect(words).toEqual(['CHOOSE', 'BECAUSE', 'UNLESS', 'COST']);
    expect(one!.stdout).toMatch(/^CHOOSE +udp\/msgpack: best in 100 %/);
    const kept = await readFile(at('kept/choice.md'), 'utf8');
    expect(kept).toContain('![What would change the choice](flips.svg)');
    expect(await readFile(at('kept/flips.svg'), 'utf8')).toContain('<svg');
  });

  it('gives a document that its schema describes, at the capacity that a search found', async () => {
    const { code, stdout } = await lab(['choose', ...from('good', 'search'), '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as ChoiceDocument;
    const schema = new Ajv2020().compile(JSON.parse(readProject(CHOICE_SCHEMA_PATH)) as object);
    expect(schema(document), JSON.stringify(schema.errors)).toBe(true);
    expect(choiceSchema.parse(document)).toEqual(document);
    expect(document.stacks.map(({ cost }) => cost!.at)).toEqual(['capacity', 'capacity']);
  });

  it('says of a tie that nothing can be chosen, and exits 1', async () => {
    const { code, stdout } = await lab(['choose', ...from('tie')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^CANNOT CHOOSE +tcp\/msgpack and udp\/msgpack are the same/);
  });

  it('refuses what cannot be answered', async () => {
    const answers: Finished[] = await labEach(refusals.map(([, args]) => ['choose', ...args()]));
    for (const [i, [what, , message]] of refusals.entries()) {
      expect(answers[i]!.stderr, what).toMatch(message);
      expect(answers[i]!.code, what).toBe(2);
    }
  });
});
