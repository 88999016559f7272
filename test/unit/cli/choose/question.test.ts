/** The question by flags, a file and a dialogue. */
import { describe, expect, it } from 'vitest';
import { askedOf } from '../../../../cli/choose/asked.js';
import { askQuestion, confirm } from '../../../../cli/choose/dialogue.js';
import { questionParts } from '../../../../cli/choose/question-file.js';
import { type AskedPart, QUESTION_FLAGS } from '../../../../cli/choose/question-flags.js';
import { parseConfig } from '../../../../cli/config-file/document.js';

const part = (flag: string, text: string): AskedPart =>
  QUESTION_FLAGS.find(({ flags }) => flags.includes(flag))!.parse(text, flag);
const file = (text: string): AskedPart[] => questionParts(parseConfig('q.yaml', text));

describe('flags of a question', () => {
  it('make it together, a deadline as an objective', () => {
    const { question, deadlineMs } = askedOf([
      part('--clients', '1k'),
      part('--rate', '0.5'),
      part('--link', 'none,delay=25ms/loss=1%'),
      part('--slo', 'loss=0'),
      part('--deadline', '1m30s'),
      part('--multicast', 'may'),
    ]);
    expect(question).toMatchObject({
      ...{ clients: 1_000, ratePerSecond: 0.5, multicast: 'may', headroom: 0.6, weights: null },
      links: ['none', 'delay=25ms/loss=1%'],
    });
    expect(question.objectives.map(({ expression }) => expression)).toEqual([
      'loss=0',
      'p99<90000ms',
    ]);
    expect(question.objectives[1]!.limit).toBe(90_000_000);
    expect(deadlineMs).toBe(90_000);
  });

  it.each<[string, AskedPart[], string]>([
    ['browsers by multicast', [{ browsers: true }, { multicast: 'must' }], 'contradict each other'],
    [
      'a deadline beside its limit',
      [part('--slo', 'p99<5ms'), { deadlineMs: 50 }],
      'limits p99 twice',
    ],
  ])('%s are refused', (_, parts, problem) => {
    expect(() => askedOf(parts)).toThrow(problem);
  });

  it.each([
    ['--weights', 'p99=0', 'weighs nothing'],
    ['--weights', 'p98=1', 'is not known'],
    ['--headroom', '0%', 'is out of range'],
    ['--multicast', 'maybe', 'is not known'],
    ['--price', 'cpu-hour=-1', 'is negative'],
  ])('%s %s is refused: %s', (flag, text, problem) => {
    expect(() => part(flag, text)).toThrow(problem);
  });
});

describe('a question in a file', () => {
  it('has the flags as its keys, with lists and maps', () => {
    const parts = file(
      'clients: 200\nrate: 100\nlink: [none, 4g]\nslo: [p99<50ms, loss=0]\nbrowsers: true\nreliable: false\nmulticast: false\nprice:\n  cpu-hour: 0.03\n',
    );
    expect(askedOf(parts).question).toMatchObject({
      ...{ clients: 200, ratePerSecond: 100, links: ['none', '4g'], browsers: true },
      ...{ reliable: false, multicast: 'no', prices: { 'cpu-hour': 0.03 } },
    });
  });

  it.each([
    ['client: 3', /q.yaml:1.*client is no key of a question/],
    ['browsers: 3', /q.yaml:1.*neither true nor false/],
    ['slo: p99<5', /q.yaml:1.*has no unit/],
    ['- 3', /is no question/],
    ['clients:\n  a:\n    b: 1', /is no value of a question/],
  ])('%j is refused', (text, problem) => {
    expect(() => file(text)).toThrow(problem);
  });
});

/** Somebody who gives these answers. */
function terminal(answers: readonly string[]) {
  const left = [...answers];
  const said: string[] = [];
  return {
    said,
    ask: (prompt: string): Promise<string> => {
      const answer = left.shift();
      return answer === undefined
        ? Promise.reject(new Error(`asked ${prompt}`))
        : Promise.resolve(answer);
    },
    say: (text: string): void => void said.push(text),
  };
}

describe('the dialogue', () => {
  it('takes defaults for empty answers, and asks again for what it cannot read', async () => {
    const one = terminal(['200', '', 'many', '64', 'none,4g', 'y', '', '', '200ms', '', '']);
    const { parts, words } = await askQuestion(one);
    const { question } = askedOf(parts);
    expect(question).toMatchObject({
      ...{ clients: 200, ratePerSecond: 100, sizeBytes: 64, links: ['none', '4g'] },
      ...{ reliable: true, browsers: false, multicast: 'no', prices: {} },
    });
    expect(one.said).toEqual([expect.stringContaining("'many'")]);
    expect(words).toEqual([
      ['--clients', '200'],
      ['--rate', '100'],
      ['--size', '64'],
      ['--link', 'none,4g'],
      ['--reliable', ''],
      ['--deadline', '200ms'],
    ]);
  });

  it('knows yes from no', async () => {
    expect(await confirm(terminal(['']), 'now?')).toBe(true);
    expect(await confirm(terminal(['perhaps', 'N']), 'now?')).toBe(false);
  });
});
