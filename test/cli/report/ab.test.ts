/** What `lab ab` refuses before it measures anything, and what it says then. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-ab-refused-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const REFUSED: readonly (readonly [args: string[], id: string, message: string])[] = [
  [['--flush 0'], 'LAB_ERR_USAGE', 'needs the flags of A and of B'],
  [['', '', ''], 'LAB_ERR_USAGE', 'two sides, and 3 are given'],
  [['', '', '--bloks', '3'], 'LAB_ERR_USAGE', 'did you mean --blocks?'],
  [['', '', '-c 5', '-t udp'], 'LAB_ERR_USAGE', "--both '-c 5 …'"],
  [['', '', '--both', '--flsh 0'], 'LAB_ERR_USAGE', "--both: unknown option '--flsh'"],
  [['--flsh 0', ''], 'LAB_ERR_USAGE', "A: unknown option '--flsh'"],
  [['', '--flush never'], 'LAB_ERR_BAD_VALUE', "B: --flush 'never' is not a flush mode"],
  [['', '--group 239.1.1.1'], 'LAB_ERR_NO_EFFECT', 'B: --group has no effect with --transport tcp'],
  [['', '-t quic'], 'LAB_ERR_UNKNOWN_TRANSPORT', 'B: '],
  [["'", ''], 'LAB_ERR_USAGE', "a quotation with ' does not end"],
  [['--repeat 3', ''], 'LAB_ERR_NO_EFFECT', 'A: --repeat has no effect in an A/B'],
  [['', '--ceiling'], 'LAB_ERR_NO_EFFECT', 'B: --ceiling has no effect in an A/B'],
  [['-c 1,2', ''], 'LAB_ERR_USAGE', '--clients has 2 of them in A and 1 in B'],
  [['', '', '--blocks', '1'], 'LAB_ERR_BAD_VALUE', "--blocks '1'"],
  [['', '--lab-b', '/nowhere'], 'LAB_ERR_BAD_VALUE', "--lab-b '/nowhere' holds no lab"],
  [['', '', '--lab-a', '.'], 'LAB_ERR_USAGE', 'two differences at once'],
  [['', '', '--json', '--markdown'], 'LAB_ERR_USAGE', 'both claim stdout'],
  [['', '', '--export-md', '/nowhere/a.md'], 'LAB_ERR_EXPORT_PATH', "--export-md '/nowhere/a.md'"],
  [['', '', '-o', '/dev/null/x'], 'LAB_ERR_EXPORT_PATH', '-o/--output'],
  [['--from', '.'], 'LAB_ERR_RESULT_UNREADABLE', "'.' holds no plan.json"],
  [['--from', '.', '--blocks', '3'], 'LAB_ERR_NO_EFFECT', '--blocks has no effect with --from'],
  [['', '', '--blocks', '8', '--fail-on', 'worse'], 'LAB_ERR_NO_EFFECT', 'give --blocks 9 or more'],
];

describe('lab ab', () => {
  let answers: Finished[];
  beforeAll(async () => {
    answers = await labEach(
      REFUSED.map(([args]) => ['ab', ...args]),
      { cwd: dir },
    );
  });

  it.each(REFUSED.map(([args, ...said], index) => [args, ...said, index] as const))(
    'refuses %j',
    async (_, id, message, index) => {
      const { code, stdout, stderr } = answers[index]!;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`lab: ${id}: `);
      expect(stderr).toContain(message);
      expect(stderr).toMatch(/^ {2}hint: /m);
      expect(await readdir(dir)).toEqual([]);
    },
  );

  it('says what stands against what and for how long, and stops with --dry-run', async () => {
    const args = ['ab', '-t tcp,udp', '-t udp,tcp', '--blocks', '20', '--dry-run'];
    const { code, stdout } = await lab(args, { cwd: dir });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^A {2}tcp\/line-json · .*\nB {2}udp\/line-json · /);
    expect(stdout).toContain('\nA  lab run --codec line-json ');
    expect(stdout).toMatch(/\n20 blocks of 8 cells \(ABBA\), about \d+ min\n$/);
  });

  it('its help has examples, defaults and exit codes', async () => {
    const { code, stdout } = await lab(['ab', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain("lab ab '--flush 0' '--flush 10ms'");
    expect(stdout).toContain('(default: 2%)');
    expect(stdout).toContain('99');
  });
});
