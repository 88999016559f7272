/** A link has no name on the machine: whoever dies, nothing is left of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  holdersOf,
  linkCommand,
  linkSpec,
  openTestLink,
  said,
  startIn,
  type Traces,
  tracesOf,
  way,
  whyNoLink,
} from '../../support/link/link-rig.js';

const SPEC = linkSpec(way(1_000), way(1_000));
const reason = await whyNoLink();

/**
 * A coordinator with a link, what that takes, and a program at an end of it: the leader of a process
 * group of its own.
 */
async function coordinator(): Promise<{ readonly pid: number; readonly traces: Traces }> {
  // What it starts at an end outlives its parent there: it has a session of its own.
  const then = `
    const { spawnSync } = await import('node:child_process');
    const [program, ...args] = link.clientEnd.enter(['setsid', '--fork', 'sleep', '4322']);
    spawnSync(program, args, { stdio: 'ignore' });
    process.send([link.serverEnd, link.clientEnd].map((end) => end.enter([])));
    setInterval(() => {}, 1_000);`;
  const [node = '', ...args] = linkCommand(then);
  const child = spawn(node, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [server = [], client = []] = await said<string[][]>(child);
  const traces = tracesOf({
    serverEnd: { enter: () => server },
    clientEnd: { enter: () => client },
  });
  return { pid: child.pid ?? Number.NaN, traces };
}

describe.skipIf(reason !== undefined)(`a link${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('is gone when it is closed, however often', async () => {
    const link = await openTestLink(SPEC);
    const traces = tracesOf(link);
    expect(holdersOf(traces)).toEqual([String(traces.pid)]);
    expect(new Set(traces.namespaces).size).toBe(2);
    expect(networkInterfaces()).not.toHaveProperty('lab0');
    await Promise.all([link.close(), link.close()]);
    await link.close();
    expect(await link.closed).toBe(undefined);
    expect(holdersOf(traces)).toEqual([]);
  });

  it('says so when its emulator is killed, and nothing is left', async () => {
    const link = await openTestLink(SPEC);
    const traces = tracesOf(link);
    process.kill(traces.pid, 'SIGKILL');
    expect(await link.closed).toMatchObject({ code: 'LAB_ERR_WORKER_DIED' });
    await expect(link.book()).rejects.toMatchObject({ code: 'LAB_ERR_WORKER_DIED' });
    expect(holdersOf(traces)).toEqual([]);
    await link.close();
  });

  it('does not outlive a coordinator that is killed with its group, nor does who is behind it', async () => {
    const { pid, traces } = await coordinator();
    expect(holdersOf(traces)).toHaveLength(2);
    process.kill(-pid, 'SIGKILL');
    await expect.poll(() => holdersOf(traces)).toEqual([]);
  });

  it('leaves Ctrl-C, which all of the group get, to its coordinator, and ends with it', async () => {
    const link = await openTestLink(SPEC);
    process.kill(tracesOf(link).pid, 'SIGINT');
    expect((await link.book()).clients.length).toBe(3);
    const { pid, traces } = await coordinator();
    process.kill(-pid, 'SIGINT');
    await expect.poll(() => holdersOf(traces)).toEqual([]);
  });

  it('ends with the last process in it, also when that outlives the emulator', async () => {
    const link = await openTestLink(SPEC);
    const traces = tracesOf(link);
    const child = startIn(link.clientEnd, `process.send('there'); setInterval(() => {}, 1_000);`);
    await said(child);
    expect(holdersOf(traces).toSorted()).toEqual(
      [String(traces.pid), String(child.pid)].toSorted(),
    );
    await link.close();
    expect(holdersOf(traces)).toEqual([String(child.pid)]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(holdersOf(traces)).toEqual([]);
  });

  it('is not disturbed by the death of what is behind it', async () => {
    const link = await openTestLink(SPEC);
    const echo = `import { createSocket } from 'node:dgram';
      const socket = createSocket('udp4');
      socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address));
      socket.bind(9_000, '${link.serverAddress}', () => process.send('bound'));`;
    const ask = `import { createSocket } from 'node:dgram';
      const socket = createSocket('udp4');
      socket.on('message', () => process.send('echoed'));
      socket.bind(0, '${link.clientAddress(0)}');
      setInterval(() => socket.send('?', 9_000, '${link.serverAddress}'), 10);`;
    for (let round = 0; round < 2; round++) {
      const server = startIn(link.serverEnd, echo);
      await said(server);
      const client = startIn(link.clientEnd, ask);
      await said(client);
      server.kill('SIGKILL');
      await once(server, 'exit');
      client.kill('SIGKILL');
      await once(client, 'exit');
    }
    expect((await link.book()).noRoom).toBe(0);
  });

  it('knows nothing of another one at the same time', async () => {
    const links = await Promise.all([openTestLink(SPEC), openTestLink(SPEC)]);
    const [one, other] = links.map(tracesOf);
    expect(new Set([...one!.namespaces, ...other!.namespaces]).size).toBe(4);
    const bound = `import { createServer } from 'node:net';
      createServer().listen(9_000, '${links[0].serverAddress}', () => process.send('bound'));`;
    await Promise.all(links.map((link) => said(startIn(link.serverEnd, bound))));
    await links[0].close();
    expect((await links[1].book()).noRoom).toBe(0);
  });
});
