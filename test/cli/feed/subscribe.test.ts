import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '../../../src/sources/registry.js';
import { feedServer } from '../../support/cli/feed-server.js';
import { finish, lab, start } from '../../support/cli/lab.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lab-subscribe-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const lines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('lab subscribe', () => {
  it.each(['line-json', 'msgpack'])(
    'prints the same canonical lines, whatever the codec on the wire: %s',
    async (codec) => {
      const server = await feedServer();
      const running = finish(
        start(['subscribe', server.url, '-k', codec, '--stats', '--count', '3']),
      );
      await server.joined();
      server.broadcast.publish('AAPL', { price: 219.68, note: 'é\u001b' }, 1_795_287_600_123_456);
      server.broadcast.publish('blob', Uint8Array.of(222, 173, 190, 239), 1_795_287_600_123_457);
      server.broadcast.publish('n', 7, 1_795_287_600_123_458);
      const { code, stdout, stderr } = await running;
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout:
          '{"seq":1,"time":1795287600123456,"key":"AAPL","value":{"price":219.68,"note":"é\\u001b"}}\n' +
          '{"seq":2,"time":1795287600123457,"key":"blob","value":"3q2+7w==","encoding":"base64"}\n' +
          '{"seq":3,"time":1795287600123458,"key":"n","value":7}\n',
      });
      expect(JSON.parse(stderr)).toMatchObject({
        received: 3,
        expected: 3,
        missed: 0,
        gaps: 0,
        epoch: server.broadcast.epoch,
      });
    },
  );

  it('ends well when the feed is over, and when its reader has had enough', async () => {
    const server = await feedServer();
    const whole = finish(start(['subscribe', server.url]));
    const child = start(['subscribe', server.url]);
    await server.joined(2);
    for (let i = 0; i < 500; i++) server.broadcast.publish('k', i);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    const publishing = setInterval(() => server.broadcast.publish('k', 'more'), 5);
    const [code] = await once(child, 'exit');
    clearInterval(publishing);
    expect(code).toBe(0);
    await server.close();
    const { code: ended, stdout, stderr } = await whole;
    expect({ ended, stderr }).toEqual({ ended: 0, stderr: 'lab: the feed is over\n' });
    expect(lines(stdout)).toHaveLength(server.broadcast.next - 1);
  });

  it('--raw prints the values alone: bytes as they are, text and JSON with a newline', async () => {
    const server = await feedServer();
    const running = finish(start(['subscribe', server.url, '--raw', '-n', '3', '-k', 'msgpack']));
    await server.joined();
    server.broadcast.publish('a', Uint8Array.from(Buffer.from('MPEG')));
    server.broadcast.publish('a', 'text');
    server.broadcast.publish('a', { b: [1, null] });
    expect(await running).toMatchObject({ code: 0, stdout: 'MPEGtext\n{"b":[1,null]}\n' });
  });

  it('a gap is a line on stderr, and never one on stdout', async () => {
    const server = await feedServer({ retention: { messages: 5, bytes: 1e6 } });
    for (let i = 0; i < 20; i++) server.broadcast.publish('k', i);
    const { code, stdout, stderr } = await lab(['subscribe', server.url, '--from', '3', '-n', '5']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'lab: gap: 13 messages missing (seq 3 to 15): the server no longer has them\n',
    });
    expect(lines(stdout).map(({ seq }) => seq)).toEqual([16, 17, 18, 19, 20]);
    expect((await lab(['subscribe', server.url, '--from', '3', '-n', '5', '--quiet'])).stderr).toBe(
      '',
    );
  });

  it('Ctrl-C ends it with 130, after what there is', async () => {
    const server = await feedServer();
    const child = start(['subscribe', server.url]);
    const running = finish(child);
    await server.joined();
    server.broadcast.publish('k', 1);
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    expect(await running).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('"seq":1'),
      stderr: '',
    });
  });

  it('says when nobody is there, and with --retry waits until somebody is', async () => {
    const server = await feedServer();
    await server.close();
    const { code, stdout, stderr } = await lab(['subscribe', server.url]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^lab: LAB_ERR_CONNECT: .*\n {2}hint: .*\n$/);
    const child = start(['subscribe', server.url, '--retry']);
    const running = finish(child);
    await once(child.stderr!, 'data');
    child.kill('SIGTERM');
    expect((await running).stderr).toMatch(/^lab: reconnecting .*\(attempt 1\): LAB_ERR_CONNECT: /);
  });

  it('--alert says when an alert becomes true, and --alert-exit ends with a code', async () => {
    const server = await feedServer();
    const running = finish(
      start(['subscribe', server.url, '--alert', 'AAPL<215 and IBM>1', '--alert-exit', '7']),
    );
    await server.joined();
    for (const [key, price] of [
      ['AAPL', 214],
      ['IBM', 0],
      ['IBM', 2],
      ['AAPL', 1],
    ] as const)
      server.broadcast.publish(key, { price });
    const { code, stdout, stderr } = await running;
    expect({ code, stderr }).toEqual({
      code: 7,
      stderr: 'lab: alert: AAPL < 215 and IBM > 1 (seq 3, IBM = {"price":2})\n',
    });
    expect(lines(stdout).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('--exec runs a program with the message in its environment: nothing in it is ever a command', async () => {
    const path = folder();
    const program = join(path, 'note.sh');
    // One argument and every variable in a line of its own; the shell here is the program's own
    // business.
    writeFileSync(
      program,
      `#!/bin/sh\n{ printf '%s\\n' "$#" "$1" "$LAB_KEY" "$LAB_SEQ" "$LAB_VALUE" "$LAB_VALUE_PRICE" "$LAB_VALUE_A_B" "$LAB_ALERT"; } > '${path}/out'\nexit 3\n`,
    );
    chmodSync(program, 0o755);
    const server = await feedServer();
    const evil = `$(touch ${path}/hit); touch ${path}/hit`;
    const args = [
      'subscribe',
      server.url,
      '--alert',
      `${JSON.stringify(evil)} > 1`,
      '-n',
      '1',
      '--exec',
      program,
      '--',
      evil,
    ];
    const running = finish(start(args));
    await server.joined();
    const value = { price: 2, 'a-b': evil, list: [1] };
    server.broadcast.publish(evil, value);
    const { code, stderr } = await running;
    expect(readFileSync(join(path, 'out'), 'utf8').split('\n')).toEqual([
      '1',
      evil,
      evil,
      '1',
      JSON.stringify(value),
      '2',
      evil,
      `${JSON.stringify(evil)} > 1`,
      '',
    ]);
    expect(existsSync(join(path, 'hit'))).toBe(false);
    expect({ code, failed: stderr.split('\n').at(-2) }).toEqual({
      code: 0,
      failed: `lab: --exec ${program}: exit code 3`,
    });
  });

  it('--view draws one table, and leaves it', async () => {
    const server = await feedServer();
    const running = finish(start(['subscribe', server.url, '--view', '-n', '2']));
    await server.joined();
    server.broadcast.publish('AAPL', { price: 200 });
    server.broadcast.publish('AAPL', { price: 201.5 });
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(stdout).toContain('nothing missing');
    expect(stdout).toMatch(/AAPL +201\.5 +\+1\.5 +\+0\.75 /);
  });
});

describe('lab record', () => {
  it('writes what a replay plays back: same keys, values and times, without the snapshot', async () => {
    const file = join(folder(), 'feed.ndjson');
    const server = await feedServer();
    server.broadcast.publish('old', 0, 1_000);
    const running = finish(
      start(['record', server.url, '-o', file, '--count', '3', '-k', 'msgpack']),
    );
    await server.joined();
    const items = [
      { key: 'AAPL', value: { price: 1.5 }, time: 1_795_287_600_000_000 },
      { key: 'blob', value: Buffer.of(1, 2), time: 1_795_287_600_000_250 },
      { key: 'AAPL', value: { price: 1.25 }, time: 1_795_287_600_300_000 },
    ];
    for (const { key, value, time } of items) server.broadcast.publish(key, value, time);
    const { code, stdout, stderr } = await running;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^lab: recorded 3 messages \(\d+ B\) in [\d.]+ s to '.*feed\.ndjson', nothing missing\n$/,
    );
    const replay = await openSource(`replay:${file}`, {
      seed: 1,
      sizeBytes: 0,
      symbols: 1,
      loop: false,
    });
    const played = [];
    for await (const item of replay) played.push(item);
    expect(played).toEqual(items);
  });

  it('Ctrl-C ends the file with a whole line', async () => {
    const file = join(folder(), 'feed.ndjson');
    const server = await feedServer();
    const child = start(['record', server.url, '-o', file]);
    const running = finish(child);
    await server.joined();
    for (let i = 0; i < 100; i++) server.broadcast.publish('k', i);
    while (!existsSync(file) || readFileSync(file, 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    const { code, stderr } = await running;
    const text = readFileSync(file, 'utf8');
    expect({ code, whole: text.endsWith('\n') }).toEqual({ code: 130, whole: true });
    expect(stderr).toContain(`recorded ${lines(text).length} messages`);
  });

  it('a recording with a gap exits 4 and says how much is missing', async () => {
    const server = await feedServer({ retention: { messages: 5, bytes: 1e6 } });
    for (let i = 0; i < 20; i++) server.broadcast.publish('k', i);
    const { code, stdout, stderr } = await lab([
      'record',
      server.url,
      '-o',
      '-',
      '--from',
      '1',
      '--count',
      '5',
    ]);
    expect(code).toBe(4);
    expect(lines(stdout)).toHaveLength(5);
    expect(stderr).toContain('gap: 15 messages missing (seq 1 to 15)');
    expect(stderr).toContain('15 missing in 1 gaps');
  });

  it('--duration ends it, and not even --force empties a file that was there when no feed is', async () => {
    const file = join(folder(), 'feed.ndjson');
    writeFileSync(file, 'precious');
    const server = await feedServer();
    await server.close();
    expect((await lab(['record', server.url, '-o', file, '--force'])).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const other = await feedServer();
    const again = ['record', other.url, '-o', file, '--duration', '50ms'];
    expect(await lab([...again, '--force'])).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toBe('');
    // What is empty is nobody's recording.
    expect(await lab(again)).toMatchObject({ code: 0 });
  });

  it('never overwrites a recording that appeared while it waited for a server', async () => {
    const file = join(folder(), 'feed.ndjson');
    const server = await feedServer();
    const { port } = new URL(server.url);
    await server.close();
    const child = start(['record', server.url, '-o', file, '--retry', '--count', '1']);
    const running = finish(child);
    await once(child.stderr!, 'data');
    writeFileSync(file, 'precious');
    await feedServer({}, Number(port));
    expect(await running).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it.runIf(process.platform === 'linux')(
    'a full disk leaves whole lines and an error that counts them, and nothing is said to be missing or not',
    async () => {
      const file = join(folder(), 'feed.ndjson');
      const server = await feedServer();
      // The limit of a file's size is a disk that is full, for everybody and not only root.
      const script = `trap '' XFSZ; ulimit -f 8; exec "$@"`;
      const child = spawn('sh', [
        '-c',
        script,
        'sh',
        process.execPath,
        'bin/lab.js',
        'record',
        server.url,
        '-o',
        file,
      ]);
      const running = finish(child);
      await server.joined();
      const publishing = setInterval(() => {
        for (let i = 0; i < 50; i++)
          server.broadcast.publish('k', `${i} is of no length in particular`);
      }, 5);
      const { code, stderr } = await running;
      clearInterval(publishing);
      const text = readFileSync(file, 'utf8');
      expect({ code, whole: text.endsWith('\n') }).toEqual({ code: 1, whole: true });
      const count = lines(text).length;
      expect(stderr).toMatch(
        /^lab: LAB_ERR_EXPORT_FAILED: .*feed\.ndjson' cannot be written: EFBIG/m,
      );
      expect(stderr).toContain(`; ${count} whole messages (`);
      expect(stderr).not.toContain('nothing missing');
      const { code: replayed } = await lab(['run', '--source', `replay:${file}`, '--dry-run']);
      expect(replayed).toBe(0);
    },
  );

  it.runIf(existsSync('/dev/full'))(
    'nor does a device without room pass for a recording',
    async () => {
      const server = await feedServer();
      const running = lab(['record', server.url, '-o', '/dev/full', '--count', '3']);
      await server.joined();
      for (let i = 0; i < 3; i++) server.broadcast.publish('k', i);
      const { code, stderr } = await running;
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /LAB_ERR_EXPORT_FAILED: .*ENOSPC.*; 0 whole messages \(0 B\) are in it/,
      );
      expect(stderr).not.toContain('recorded');
    },
  );

  it('--duration of more than 24.8 days is as long as it says', async () => {
    const server = await feedServer();
    const child = start(['record', server.url, '-o', '-', '--duration', '597h']);
    const running = finish(child);
    await server.joined();
    server.broadcast.publish('k', 1);
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    expect(await running).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('recorded 1 messages'),
    });
  });
});
