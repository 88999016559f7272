import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { anyAlive, type Finished, finish, lab, start } from '../../support/cli/lab.js';
import { serving } from '../../support/cli/serving.js';
import { range, until } from '../../support/conformance/transport-support.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A log line with this message. */
function logged({ stderr }: Finished, msg: string): Record<string, unknown> | undefined {
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).find((line) => line.msg === msg);
}

describe('lab serve', () => {
  it('shows three quotes to whoever only connects and reads three lines, over TCP and WebSocket', async () => {
    const server = await serving(
      '--source',
      'replay:examples/data/stocks.csv',
      '--transport',
      'tcp,ws',
    );
    const client = await server.tcp();
    const ws = new WebSocket(server.url('ws'));
    let frames = '';
    ws.addEventListener('message', ({ data }) => {
      frames += data;
    });
    const closed = new Promise((resolve) =>
      ws.addEventListener('close', ({ code }) => resolve(code)),
    );
    const framed = (): string[] => frames.split('\n').slice(0, -1);
    await until(() => client.lines.length >= 3 && framed().length >= 3, 'three lines');
    expect(client.lines.slice(0, 3)).toEqual([
      { seq: 1, time: expect.any(Number), key: 'MSFT', value: { price: 39.81 } },
      { seq: 2, time: expect.any(Number), key: 'AMZN', value: { price: 64.56 } },
      { seq: 3, time: expect.any(Number), key: 'IBM', value: { price: 100.52 } },
    ]);
    const quotes = framed().map((line) => JSON.parse(line));
    expect(quotes.slice(0, 3)).toEqual(client.lines.slice(0, 3));
    server.child.kill('SIGTERM');
    const end = await server.finished;
    expect([end.code, client.lines.at(-1)]).toEqual([0, { control: 'end', reason: 'closed' }]);
    expect(await closed).toBe(1000);
    expect(anyAlive(server.child)).toBe(false);
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

  const scoped = Object.entries(networkInterfaces())
    .flatMap(([name, all = []]) =>
      all.map(({ address, scopeid }) => ({ host: `${address}%${name}`, scopeid })),
    )
    .find(({ scopeid }) => scopeid !== undefined && scopeid > 0);
  const hosts = [
    ['localhost', '127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]', '::1'],
    ['0.0.0.0', '0.0.0.0', 'localhost'],
    ['::', '[::]', 'localhost'],
    ...(scoped === undefined
      ? []
      : [[scoped.host, `[${scoped.host.replace('%', '%25')}]`, scoped.host]]),
  ] as [string, string, string][];

  it.each(hosts)(
    'on --host %s prints URLs of %s and a command for %s',
    async (host, shown, typed) => {
      const ports = ['--port', '0', '--ws-port', '0', '--http-port', '0'];
      const child = start([
        'serve',
        '-t',
        'tcp,udp,ws',
        '--host',
        host,
        ...ports,
        '--log-level',
        'silent',
      ]);
      const finished = finish(child);
      let text = '';
      child.stdout?.on('data', (chunk) => {
        text += chunk;
      });
      await until(() => text.split('\n').length === 5, 'four lines');
      const urls = [...text.matchAll(/(\w+:\/\/\S+):\d+/g)].map(([, url]) => url);
      expect(urls).toEqual(['tcp', 'udp', 'ws', 'http'].map((scheme) => `${scheme}://${shown}`));
      expect(/try: nc (\S+) /.exec(text)?.[1]).toBe(typed);
      child.kill('SIGTERM');
      expect(await finished).toMatchObject({ code: 0, stderr: '' });
    },
  );

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
    expect(logged(end, 'serving')).toMatchObject({
      level: 'info',
      source: 'synthetic',
      http: 'off',
    });
    expect(logged(end, 'clients joined')).toMatchObject({
      level: 'debug',
      transport: 'tcp',
      clients: 1,
    });
    expect(logged(end, 'closing')).toMatchObject({ clients: 1, drain_ms: 50 });
    expect(logged(end, 'closed')).toBeDefined();
  });

  it('serves 20 others on, undisturbed, while strangers send garbage and a megabyte, and counts it', async () => {
    const server = await serving('--rate', '200');
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.tcp()));
    await until(() => clients.every(({ seqs }) => seqs.length > 0), 'data');
    const noise = Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 167 + 91) % 251));
    const nonsense = [
      'GET / HTTP/1.1\r\n\r\n',
      '\0\xff\n',
      Buffer.concat([noise, Buffer.from('\n')]),
      `{"keys":["${'x'.repeat(1024 * 1024)}"]}\n`,
      '{"keys":7}\n',
    ];
    for (const garbage of [...nonsense, '{"codec":"xml"}\n']) {
      const stranger = await server.tcp();
      stranger.socket.write(garbage);
      await until(() => stranger.ended, 'the refusal');
      // Who is cut off in the middle of a megabyte may not hear why.
      if (garbage.length < 1e6)
        expect(stranger.lines).toEqual([expect.objectContaining({ control: 'end' })]);
    }
    const seen = clients.map(({ seqs }) => seqs.at(-1)!);
    await until(
      () => clients.every(({ seqs }, i) => seqs.at(-1)! > seen[i]! + 5),
      'the feed to go on',
    );
    for (const { seqs, controls } of clients) {
      // The snapshot is one message of each of five symbols; from its newest on, every message
      // once, and not a word besides.
      const live = seqs.slice(4);
      expect([live, controls]).toEqual([range(live[0]!, live.at(-1)!), []]);
    }
    expect(await server.metric('lab_subscriptions_refused_total')).toBe(nonsense.length + 1);
    expect(await server.metric('lab_malformed_inputs_total')).toBe(nonsense.length);
    expect(await server.metric('lab_clients')).toBe(20);
    expect(await server.metric('lab_dropped_messages_total')).toBe(0);
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
    // Within a second it would be the same wish.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
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
    expect(logged(end, 'source ended')).toMatchObject({
      level: 'info',
      source: 'replay',
      items: 60,
    });
  });

  it('says at once which columns of a recording are what, and publishes what was named, slower than one a second', async () => {
    const file = join(folder, 'quotes.csv');
    writeFileSync(file, 'when; pair; price\n2025-02-13; BTC; 1,5\n2025-02-14; ETH; 2\n');
    const names = ['--time-column', 'when', '--rate', '0.5', '--on-end', 'exit'];
    const server = await serving('--source', `replay:${file}?key=pair`, ...names);
    const client = await server.tcp();
    const end = await server.finished;
    const data = client.lines.filter(
      (line) => typeof line === 'object' && line !== null && 'key' in line,
    );
    expect(data).toEqual([
      { seq: 1, time: expect.any(Number), key: 'BTC', value: { price: 1.5 } },
      { seq: 2, time: expect.any(Number), key: 'ETH', value: { price: 2 } },
    ]);
    expect(end.stderr.split('\n')[0]).toContain(
      'columns when, pair, price; time: when (dates, 2025-02-13T00:00:00Z to 2025-02-14T00:00:00Z); key: pair (2 keys); value: price',
    );
  });

  it('a number on stdin that no double holds is skipped, counted and told; it never comes out as another', async () => {
    const server = await serving('--source', 'stdin:lines:id');
    server.child.stdin?.end('{"id":9007199254740993}\n{"id":9007199254740992}\n');
    const client = await server.tcp();
    await until(() => client.lines.length > 0, 'the item after it');
    expect(client.lines[0]).toMatchObject({
      seq: 1,
      key: '9007199254740992',
      value: { id: 2 ** 53 },
    });
    const metrics = await (await fetch(`${server.line.http}/metrics`)).text();
    expect(metrics).toContain('lab_source_skipped_total 1\n');
    server.child.kill('SIGTERM');
    const { stderr } = await server.finished;
    expect(stderr).toContain('9007199254740993 would become 9007199254740992');
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
    expect(second.stderr).toContain(
      `LAB_ERR_PORT_IN_USE: port ${port} on 127.0.0.1 is in use (--port)\n`,
    );
    const http = new URL(server.line.http!).port;
    const third = await lab(['serve', '--port', '0', '--http-port', http]);
    expect(third.code).toBe(1);
    expect(third.stderr).toContain(`port ${http} on 127.0.0.1 is in use (--http-port)`);
  });

  it.each([
    [['--prot', '1'], 'LAB_ERR_USAGE', 'did you mean --port?'],
    [['--ws-port', '0'], 'LAB_ERR_NO_EFFECT', '--ws-port has no effect with --transport tcp\n'],
    [['--source', 'replay:/nope.csv'], 'LAB_ERR_SOURCE_UNREADABLE', '/nope.csv'],
  ])('refuses %j', async (args, code, said) => {
    const { code: exit, stdout, stderr } = await lab(['serve', ...args]);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`lab: ${code}: `);
    expect(stderr).toContain(said);
  });
});
