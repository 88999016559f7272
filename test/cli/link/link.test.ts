/** `lab link` from the outside: what it refuses, and a program behind it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { lab } from '../../support/cli/lab.js';
import { whyNoLink } from '../../support/link/link-rig.js';

const reason = await whyNoLink();
/** A machine that is busy at the wrong moment refuses a link, and says so. */
const BUSY = { retry: 3 };

describe('lab link', () => {
  it.each([
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
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await lab(['link', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

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

    it('runs a program behind it, with its input, output and exit code', BUSY, async () => {
      const script =
        'cat; echo $LAB_LINK_CLIENT; ping -n -c 5 -i 0.05 -q $LAB_LINK_SERVER >&2; exit 7';
      const { code, stdout, stderr } = await lab(
        ['link', 'exec', '--profile', 'delay=3ms', '--', 'sh', '-c', script],
        { input: 'in\n' },
      );
      expect(stderr).toContain('up:   5 packets, 420 bytes, 420 of them delivered\n');
      expect({ code, stdout }).toEqual({ code: 7, stdout: 'in\n198.18.0.1\n' });
    });

    it('starts a server first, and ends it and all that it started', BUSY, async () => {
      const serve = `require('node:net').createServer((socket) => socket.end('served')).listen(9000)`;
      const connect = `require('node:net').connect(9000, process.env.LAB_LINK_SERVER).pipe(process.stdout)`;
      const server = `sleep 4321 & exec '${process.execPath}' -e "${serve}"`;
      const { code, stdout } = await lab([
        ...['link', 'exec', 'none', '--server', server],
        ...['--', process.execPath, '-e', connect],
      ]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'served' });
      expect(spawnSync('pgrep', ['-x', '-f', 'sleep 4321']).status).toBe(1);
    });

    it('says so when the server does not start', BUSY, async () => {
      const { code, stderr } = await lab([
        ...['link', 'exec', 'none', '--server', 'exit 3'],
        ...['--', 'true'],
      ]);
      expect(stderr).toContain(
        'LAB_ERR_WORKER_DIED: the server ended (exit code 3) before it listened',
      );
      expect(code).toBe(1);
    });
  },
);
