/** A program of the user's behind a link. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { anyAlive, finish, lab, start } from '../../support/cli/lab.js';
import { whyNoLink } from '../../support/link/link-rig.js';

const reason = await whyNoLink();
/** A machine that is busy at the wrong moment refuses a link, and says so. */
const BUSY = { retry: 3 };

describe.skipIf(reason !== undefined)(
  `lab link exec${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
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

    it('hands a signal on, and ends with the program that it ended', BUSY, async () => {
      const script = "trap 'echo asked to end; exit 9' TERM; echo ready; sleep 600 & wait";
      const child = start(['link', 'exec', 'none', '--', 'sh', '-c', script]);
      const ended = finish(child);
      child.stdout?.on('data', (text) => {
        if (String(text).includes('ready')) child.kill('SIGTERM');
      });
      const { code, stdout } = await ended;
      expect({ code, stdout }).toEqual({ code: 9, stdout: 'ready\nasked to end\n' });
      expect(anyAlive(child)).toBe(false);
    });
  },
);
