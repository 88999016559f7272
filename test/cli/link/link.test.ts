/** `lab link` from the outside: what it refuses, and what it tells. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finished, lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';
import { whyNoLink } from '../../support/link/link-rig.js';

const reason = await whyNoLink();

describe('lab link', () => {
  const refused: readonly (readonly [readonly string[], string])[] = [
    [[], 'LAB_ERR_USAGE: no link is given'],
    [['4g', 'lte'], "LAB_ERR_USAGE: 'lte' is one word too many"],
    [['4g', '--profile', 'lte'], 'LAB_ERR_USAGE: two links are given'],
    [['4gg'], "LAB_ERR_UNKNOWN_LINK: SPEC '4gg' is not known"],
    [['jitter=5ms'], "LAB_ERR_BAD_VALUE: SPEC up.jitter '5ms' is more than the delay"],
    [['exec', '4g'], 'LAB_ERR_USAGE: exec needs -- and a COMMAND'],
    [['4g', '--', 'true'], 'LAB_ERR_USAGE: a COMMAND needs exec'],
    [['exec', '4g', '--', 'no-such'], "LAB_ERR_BAD_VALUE: COMMAND 'no-such' is not found in PATH"],
    [['exec', '4g', '--', '/etc/passwd'], "COMMAND '/etc/passwd' is no program that may be run"],
    [['4g', '--server', 'true'], 'LAB_ERR_NO_EFFECT: --server has no effect without exec'],
    [['--list', '4g'], 'LAB_ERR_NO_EFFECT: a link has no effect with --list'],
  ];
  let answers: Finished[];
  beforeAll(async () => {
    answers = await labEach(refused.map(([args]) => ['link', ...args]));
  });

  it.each(refused.map(([args, message], i) => ({ args, message, i })))(
    'refuses $args',
    ({ message, i }) => {
      const { code, stdout, stderr } = answers[i]!;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(message);
    },
  );

  it('lists the profiles with their sources, and what is assumed', async () => {
    const { code, stdout } = await lab(['link', '--list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^profile +parts\n/);
    expect(stdout).toMatch(/^4g +delay=42ms500us\/rate=9mbit$/m);
    expect(stdout).toMatch(/^lan: Gigabit Ethernet behind one switch; assumed: all values$/m);
    const listed = JSON.parse((await lab(['link', '--list', '--json'])).stdout);
    expect(listed[1]).toMatchObject({ name: 'lan', parts: 'delay=100us/rate=1gbit' });
  });
});

describe.skipIf(reason !== undefined)(
  `lab link with a link${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    it('prints what was asked for beside what was found, and exits 1 only if one is outside', async () => {
      const { code, stdout } = await lab(['link', 'delay=5ms/loss=2%', '--json']);
      const { link, specification, seed, passed, checks } = JSON.parse(stdout);
      expect({ link, specification, seed }).toEqual({
        link: 'delay=5ms/loss=2%',
        specification: 'delay=5ms/loss=2%',
        seed: 1,
      });
      expect(code).toBe(passed ? 0 : 1);
      expect(checks.every(({ ok }: { ok: boolean }) => ok)).toBe(passed);
      const loss = checks.filter(({ what }: { what: string }) => what === 'loss');
      expect(loss).toMatchObject([
        { direction: 'up', unit: 'share', requested: 0.02 },
        { direction: 'down', unit: 'share', requested: 0.02 },
      ]);
    });
  },
);
