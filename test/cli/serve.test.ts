import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../conformance/transport-support.js';
import { RawClient } from '../integration/raw-client.js';
import { type Finished, finish, groupAlive, lab, start } from './support/lab.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Serving {
  readonly child: ChildProcess;
  readonly line: {
    readonly urls: string[];
    readonly http: string | null;
    readonly source: string;
    readonly pid: number;
  };
  readonly finished: Promise<Finished>;
  tcp(): Promise<RawClient>;
}

/** Starts `lab serve --json` on free ports and waits for its line. */
async function serving(...args: string[]): Promise<Serving> {
  // RawClient keeps its side open: closing then takes all of the drain time.
  const drain = args.includes('--drain') ? [] : ['--drain', '50ms'];
  const child = start(['serve', '--json', '--port', '0', '--http-port', '0', ...drain, ...args]);
  const finished = finish(child);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await finished;
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await until(() => text.includes('\n') || child.exitCode !== null, 'the server to say where it is');
  const line = JSON.parse(text);
  return {
    child,
    line,
    finished,
    tcp: () => {
      const { hostname, port } = new URL(line.urls.find((url: string) => url.startsWith('tcp:')));
      return RawClient.connect({ host: hostname, port: Number(port) });
    },
  };
}

/** A log line with this message. */
function logged({ stderr }: Finished, msg: string): Record<string, unknown> | undefined {
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).find((line) => line.msg === msg);
}

describe('lab serve', () => {
  it('shows three quotes to whoever only connects and reads three lines', async () => {
    const server = await serving('--source', 'replay:examples/data/stocks.csv');
    const client = await server.tcp();
    await until(() => client.lines.length >= 3, 'three lines');
    expect(client.lines.slice(0, 3)).toEqual([
      { seq: 1, time: expect.any(Number), key: 'MSFT', value: { price: 39.81 } },
      { seq: 2, time: expect.any(Number), key: 'AMZN', value: { price: 64.56 } },
      { seq: 3, time: expect.any(Number), key: 'IBM', value: { price: 100.52 } },
    ]);
    server.child.kill('SIGTERM');
    const end = await server.finished;
    expect([end.code, client.lines.at(-1)]).toEqual([0, { control: 'end', reason: 'closed' }]);
    expect(groupAlive(server.child)).toBe(false);
  });

  it('says where it serves, and what to type to see it', async () => {
    const child = start([
      'serve',
      '-t',
      'tcp,udp',
      '--port',
      '0',
      '--http-port',
      '0',
      '--log-level',
      'silent',
    ]);
    const finished = finish(child);
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    await until(() => text.split('\n').length === 4, 'three lines');
    expect(text).toMatch(
      /^serving synthetic on tcp:\/\/127\.0\.0\.1:(\d+) · try: nc 127\.0\.0\.1 \1 \| head -3\n/,
    );
    expect(text).toMatch(
      /\nand on udp:\/\/127\.0\.0\.1:\d+\nhealth and metrics on http:\/\/127\.0\.0\.1:\d+ /,
    );
    child.kill('SIGINT');
    expect(await finished).toEqual({ code: 0, stdout: text, stderr: '' });
  });

  it('logs JSON lines on stderr and nothing but its line on stdout', async () => {
    const server = await serving('--log-level', 'debug', '--no-http');
    expect(server.line).toMatchObject({
      event: 'serving',
      source: 'synthetic',
      http: null,
      pid: server.child.pid,
    });
    const client = await server.tcp();
    await until(() => client.lines.length > 0, 'data');
    server.child.kill('SIGTERM');
    const end = await server.finished;
    expect(JSON.parse(end.stdout)).toEqual(server.line);
    expect(logged(end, 'serving')).toMatchObject({ level: 'info', source: 'synthetic', http: 'off' });
    expect(logged(end, 'clients joined')).toMatchObject({ level: 'debug', transport: 'tcp', clients: 1 });
    expect(logged(end, 'closing')).toMatchObject({ clients: 1, drain_ms: 50 });
    expect(logged(end, 'closed')).toBeDefined();
  });

  it('serves others on while strangers send garbage, and counts it', async () => {
    const server = await serving('--rate', '100');
    const client = await server.tcp();
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\0\xff\n', '{"codec":"xml"}\n', '{"keys":7}\n']) {
      const stranger = await server.tcp();
      stranger.socket.write(garbage);
      await until(() => stranger.ended, 'the refusal');
      expect(stranger.lines).toEqual([expect.objectContaining({ control: 'end' })]);
    }
    const seen = client.seqs.length;
    await until(() => client.seqs.length > seen + 5, 'the feed to go on');
    const metrics = await (await fetch(`${server.line.http}/metrics`)).text();
    expect(metrics).toContain('lab_subscriptions_refused_total{transport="tcp"} 4\n');
    expect(metrics).toContain('lab_malformed_inputs_total{transport="tcp"} 3\n');
    expect(metrics).toContain('lab_clients{transport="tcp"} 1\n');
    server.child.kill('SIGTERM');
    const end = await server.finished;
    expect(logged(end, 'subscriptions refused')).toMatchObject({
      level: 'info',
      transport: 'tcp',
      full: false,
    });
  });

  it('that has a slow reader waits for it as long as --drain says, and a second signal ends it at once', async () => {
    const server = await serving('--rate', '1k', '--drain', '10m');
    const client = await server.tcp();
    await until(() => client.lines.length > 0, 'data');
    // Told its END, but it keeps its side open and reads nothing.
    client.socket.pause();
    server.child.kill('SIGTERM');
    const ready = async (): Promise<string> => (await fetch(`${server.line.http}/readyz`)).text();
    await expect.poll(ready).toBe('not ready: draining\n');
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(130);
  });

  it.each([
    ['exit', 0],
    ['hold', 0],
  ])('with --on-end %s, does as it says when the source ends', async (onEnd, code) => {
    const source = ['--source', 'replay:examples/data/stocks-2009.ndjson', '--rate', '1M'];
    const server = await serving(...source, '--on-end', onEnd);
    if (onEnd === 'hold') {
      const client = await server.tcp();
      await until(() => client.lines.length > 0, 'the snapshot');
      const answer = await fetch(`${server.line.http}/readyz`);
      expect([answer.status, await answer.text()]).toEqual([503, 'not ready: source ended\n']);
      server.child.kill('SIGTERM');
    }
    const end = await server.finished;
    expect(end.code).toBe(code);
    expect(logged(end, 'source ended')).toMatchObject({ level: 'info', source: 'replay', items: 60 });
  });

  it('reads its section of a file, flags override it, and lab run leaves it alone', async () => {
    const file = join(folder, 'lab.yaml');
    writeFileSync(
      file,
      'clients: 3\nserve:\n  transport: [tcp, udp]\n  codec: msgpack\n  max-clients: 1\n  no-http: true\n',
    );
    const server = await serving('--config', file, '--codec', 'line-json');
    expect(server.line).toMatchObject({ codec: 'line-json', http: null });
    expect(server.line.urls.length).toBe(2);
    const first = await server.tcp();
    await until(() => first.lines.length > 0, 'data');
    const second = await server.tcp();
    await until(() => second.ended, 'the refusal');
    expect(second.lines).toEqual([expect.objectContaining({ reason: 'LAB_ERR_MAX_CLIENTS' })]);
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(0);
    const plan = await lab(['run', '--config', file, '--dry-run']);
    expect([plan.code, plan.stderr]).toEqual([0, '']);
  });

  it('refuses a port that is taken, naming it and its flag, and leaves nothing behind', async () => {
    const server = await serving();
    const { port } = new URL(server.line.urls[0]!);
    const second = await lab(['serve', '--port', port]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`LAB_ERR_PORT_IN_USE: port ${port} on 127.0.0.1 is in use (--port)\n`);
    const http = new URL(server.line.http!).port;
    const third = await lab(['serve', '--port', '0', '--http-port', http]);
    expect(third.code).toBe(1);
    expect(third.stderr).toContain(`port ${http} on 127.0.0.1 is in use (--http-port)`);
  });

  it.each([
    [['--prot', '1'], 'LAB_ERR_USAGE', 'did you mean --port?'],
    [['--source', 'replay:/nope.csv'], 'LAB_ERR_SOURCE_UNREADABLE', '/nope.csv'],
  ])('refuses %j', async (args, code, said) => {
    const { code: exit, stdout, stderr } = await lab(['serve', '--ws-port', '0', ...args]);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`lab: ${code}: `);
    expect(stderr).toContain(said);
  });
});
