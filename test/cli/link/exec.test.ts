/** A program of the user's behind a link. */
import { beforeAll, describe, expect, it } from 'vitest';
import { anyAlive, type Finished, familyOf, finish, lab, start } from '../../support/cli/lab.js';
import { whyNoLink } from '../../support/link/link-rig.js';

const reason = await whyNoLink();
/** A machine that is busy at the wrong moment refuses a link, and says so. */
const BUSY = { retry: 3 };
const REFUSED = 'LAB_ERR_LINK_UNVERIFIED';

const SERVE = `require('node:net').createServer((socket) => socket.end('served')).listen(9000)`;
const CONNECT = `require('node:net').connect(9000, process.env.LAB_LINK_SERVER).pipe(process.stdout)`;

describe.skipIf(reason !== undefined)(
  `lab link exec${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    describe('with a server at the other end', () => {
      let finished: Finished;
      let isLeft: boolean;

      beforeAll(async () => {
        const node = `'${process.execPath}' -e`;
        const script = `cat; echo $LAB_LINK_CLIENT; ping -n -c 5 -i 0.05 -q $LAB_LINK_SERVER >&2; ${node} "${CONNECT}"; exit 7`;
        const args = [
          ...['link', 'exec', '--profile', 'delay=3ms'],
          ...['--server', `sleep 4321 & exec ${node} "${SERVE}"`, '--', 'sh', '-c', script],
        ];
        for (let tries = 0; tries <= BUSY.retry; tries++) {
          const child = start(args, { input: 'in\n' });
          finished = await finish(child);
          isLeft = anyAlive(child);
          if (!finished.stderr.includes(REFUSED)) return;
        }
      });

      it('runs a program behind it, with its input, output and exit code', () => {
        const { code, stdout, stderr } = finished;
        expect({ code, stdout }, stderr).toEqual({ code: 7, stdout: 'in\n198.18.0.1\nserved' });
      });

      it('says what passed the link', () => {
        // Five pings, and a connection.
        const up = /^ {2}up: {3}(\d+) packets, (\d+) bytes, \2 of them delivered$/m.exec(
          finished.stderr,
        );
        expect(Number(up?.[1]), finished.stderr).toBeGreaterThan(5);
        expect(Number(up?.[2])).toBeGreaterThan(5 * 84);
      });

      it('ends the server and all that it started', () => {
        expect(isLeft).toBe(false);
      });
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

    it('killed leaves nobody, in the background or in a session of its own', BUSY, async () => {
      const script =
        'sleep 600 & setsid --fork sleep 601; sh -c "sleep 602 & wait" & echo ready; wait';
      const server = `sleep 603 & exec '${process.execPath}' -e "${SERVE}"`;
      const child = start(['link', 'exec', 'none', '--server', server, '--', 'sh', '-c', script]);
      const ended = finish(child);
      let there: number[] = [];
      child.stdout?.once('data', () => {
        there = familyOf(child);
        child.kill('SIGKILL');
      });
      await ended;
      // The lab, its emulator, two commands, and what each of these has started.
      expect(there.length).toBeGreaterThanOrEqual(8);
      await expect.poll(() => familyOf(child)).toEqual([]);
    });
  },
);
