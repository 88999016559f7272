/**
 * A server in a process that may have few files open: they do not run out, whoever connects, and
 * health is never deaf.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lab } from '../../support/cli/lab.js';
import { servingWith } from '../../support/cli/serving.js';
import { until } from '../../support/conformance/transport-support.js';

/** Connections that have sent this and wait, and what became of them does not matter. */
async function strangers(url: string, count: number, sent: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let i = 0; i < count; i++) {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    sockets.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    socket.write(sent);
  }
}

describe('lab serve', () => {
  it.each([1, 10_000])(
    'with 64 open files says at once that they are too few (--max-clients %i)',
    async (most) => {
      const args = ['serve', '--port', '0', '--http-port', '0', '--max-clients', String(most)];
      const { code, stderr } = await lab(args, { openFiles: 64 });
      expect(stderr).toMatch(
        /^lab: LAB_ERR_FD_LIMIT: a server needs at least \d+ open files, the limit is 64\n/,
      );
      expect(stderr).toContain('hint: raise it with: ulimit -n ');
      expect(code).toBe(2);
    },
  );

  it('that is asked for more clients than files says how many there can be', async () => {
    const args = ['serve', '--port', '0', '--http-port', '0', '--max-clients', '250'];
    const { code, stderr } = await lab(args, { openFiles: 256 });
    expect(stderr).toMatch(
      /LAB_ERR_FD_LIMIT: --max-clients 250 needs \d+ open files, the limit is 256/,
    );
    const [, most = ''] = /or allow at most (\d+) clients/.exec(stderr) ?? [];
    expect(code).toBe(2);
    const server = await servingWith({ openFiles: 256 }, '--max-clients', most);
    expect(await server.metric('lab_clients_limit')).toBe(Number(most));
  });

  it.each([128, 256, 1_024])(
    'with %i, held by strangers, lets in who has something to say, and health answers',
    async (openFiles) => {
      const server = await servingWith({ openFiles }, '-t', 'tcp,udp,ws', '--log-level', 'info');
      const count = Math.min(openFiles, 300);
      const health = async (): Promise<number> =>
        (await fetch(`${server.line.http}/healthz`)).status;
      await Promise.all([
        strangers(server.url('tcp'), count, '{'),
        strangers(server.url('ws'), count, 'G'),
        strangers(server.line.http!, count, 'G'),
      ]);
      expect(await health()).toBe(200);
      const places = await server.metric('lab_clients_limit');
      const clients = Math.min(places, 100) + 1;
      for (let i = 0; i < clients; i++) {
        const client = await server.tcp();
        client.socket.write('{}\n');
        await until(() => client.bytes > 0, `the answer to client ${i + 1} of ${clients}`);
        const reason = i < places ? undefined : 'LAB_ERR_MAX_CLIENTS';
        expect(client.controls[0]?.reason, `client ${i + 1} of ${places}`).toBe(reason);
      }
      expect(await health()).toBe(200);
      // With many files all of them find a place to wait in.
      const evicted = await server.metric('lab_connections_evicted_total');
      if (count === openFiles) expect(evicted).toBeGreaterThan(0);
      expect(await server.metric('lab_process_open_fds')).toBeLessThan(openFiles);
      server.child.kill('SIGTERM');
      const { code, stderr } = await server.finished;
      expect(stderr).not.toMatch(/EMFILE|LAB_ERR_/);
      expect(code).toBe(0);
    },
  );
});
