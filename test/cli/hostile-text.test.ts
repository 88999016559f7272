/**
 * Text of others never reaches a terminal raw, whatever command shows it and wherever it comes
 * from.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { feedServer } from '../support/cli/feed-server.js';
import { type Finished, finish, lab, start } from '../support/cli/lab.js';
import { labEach } from '../support/cli/lab-batch.js';

/**
 * One of each kind: CSI, OSC, BEL, C1, CR, bidi, zero width, separators, tags, a lone surrogate.
 * Each has a word, so that it is seen.
 */
const HOSTILE = [
  'csi\u001b[38;5;196m\u001b[2J',
  'osc\u001b]0;pwned\u0007',
  'link\u001b]8;;http://evil.example\u001b\\',
  'c1\u009b31m\u009d0;pwned\u009c\u0085',
  'cr\roverwritten',
  'del\u007f\b\b',
  'bidi\u202egpj\u2066x\u2069\u061c',
  'zero\u200b\u2060\ufeff\u00ad',
  'lines\u2028\u2029',
  'tags\u{e0041}\u{e0001}',
  'half\ud800',
].join(' ');
const SHORT = 'csi\u001b[38;5;196m c1\u009b31m bidi\u202e zero\u200b tag\u{e0041}';
/** As UTF-8 carries it. */
const SENT = HOSTILE.replace('\ud800', '');

const RAW = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const rawIn = (text: string): string[] =>
  (text.match(RAW) ?? []).map((char) => `U+${char.codePointAt(0)?.toString(16)}`);

function expectClean({ stdout, stderr }: Finished, ...words: string[]): void {
  expect({ stdout: rawIn(stdout), stderr: rawIn(stderr) }).toEqual({ stdout: [], stderr: [] });
  for (const word of words) expect(stdout + stderr).toContain(word);
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-hostile-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A server that says `bytes` to whoever connects, and leaves. */
async function saying(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const WELCOME =
  '{"control":"welcome","protocol":1,"codec":"line-json","epoch":"0000000000000000","next":1,"oldest":1,"snapshot":0,"heartbeat_ms":1000}\n';
const inJson = JSON.stringify(SENT).slice(1, -1);

describe('what a server says', () => {
  const said: readonly (readonly [string, string])[] = [
    ['a line that is not JSON', `${SENT.replaceAll('\n', ' ')}\n`],
    ['a control message that nobody knows', `{"control":"${inJson}"}\n`],
    ['the welcome', WELCOME.replace('0000000000000000', inJson)],
    ['a sequence number', `${WELCOME}{"seq":"${inJson}","time":1,"key":"k","value":1}\n`],
    ['the reason of its end', `${WELCOME}{"control":"end","reason":"${inJson}"}\n`],
    [
      'an answer to a request',
      `{"control":"error","code":"LAB_ERR_X${inJson}","message":"${inJson}"}\n`,
    ],
  ];

  it('in a subscription', async () => {
    const urls = await Promise.all(said.map(([, bytes]) => saying(bytes)));
    const all = await labEach(urls.map((url) => ['subscribe', url, '--no-reconnect', '--debug']));
    for (const [i, [what]] of said.entries()) {
      const debug = all[i]!;
      expectClean(debug);
      // Nor does a line of theirs in the stack pass for one of the lab's.
      expect(debug.stderr.match(/^\S.*/gm), what).toHaveLength(1);
    }
  });

  it('the same to a benchmark', async () => {
    const url = await saying(`${WELCOME}{"control":"end","reason":"error: ${inJson}"}\n`);
    const args = ['-d', '200ms', '-w', '0', '-c', '1', '--no-save', '--skip-baselines'];
    expectClean(await lab(['run', '--target', url, ...args], { cwd: dir }));
  });

  it('why it closes a WebSocket', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => socket.close(4_000, SHORT));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expectClean(await lab(['subscribe', url, '--no-reconnect']));
  });

  it('keys and values, which are said exactly, as JSON can', async () => {
    const server = await feedServer();
    server.broadcast.publish(SENT, { [SENT]: SENT }, 1_795_287_600_123_456);
    const alert = ['--alert', `${'x'} > 1`];
    const finished = await lab(['subscribe', server.url, '--count', '1', '--plain', ...alert]);
    expectClean(finished);
    expect(JSON.parse(finished.stdout)).toMatchObject({ key: SENT, value: { [SENT]: SENT } });
    // The server may not have seen yet that this one left.
    await expect.poll(() => server.broadcast.counters.clients, { interval: 5 }).toBe(0);
    const file = join(dir, 'feed.ndjson');
    const child = start(['record', server.url, '-o', file, '--count', '1', '--force']);
    await server.joined(1);
    server.broadcast.publish(SENT, SENT, 1_795_287_600_123_457);
    expectClean(await finish(child));
    const recorded = await readFile(file, 'utf8');
    expect(rawIn(recorded)).toEqual([]);
    expect(JSON.parse(recorded)).toMatchObject({ key: SENT, value: SENT });
  });
});

describe('what a file says', () => {
  const fixture = (): Promise<string> => readFile('test/fixtures/result-matrix.json', 'utf8');

  it('a result: the report, its charts, the comparison, each in every form', async () => {
    const result = JSON.parse(await fixture());
    result.environment.cpu = HOSTILE;
    result.environment.kernel = HOSTILE;
    result.command = HOSTILE;
    result.baselines.ping = {
      ...result.baselines.ping,
      available: false,
      reason: HOSTILE,
      hint: HOSTILE,
      rtt_us: null,
    };
    for (const cell of result.cells) {
      cell.codec = `json ${SHORT}`;
      cell.verdict = {
        status: 'SUSPECT',
        reasons: [{ code: SHORT, severity: 'SUSPECT', message: HOSTILE, hint: HOSTILE }],
      };
    }
    const bad = join(dir, `bad ${SHORT}.json`);
    await writeFile(bad, JSON.stringify(result));
    await writeFile(join(dir, 'good.json'), await fixture());
    const out = join(dir, 'report');
    const finished = await labEach([
      ['report', bad],
      ['report', bad, '-o', out],
      ['compare', 'test/fixtures/result-matrix.json', bad],
      ['compare', bad, bad],
      ['compare', bad, bad, '--json'],
      ['compare', bad, bad, '--markdown'],
    ]);
    for (const one of finished) expectClean(one);
    expectClean(finished[0]!, 'csi', 'bidi', 'tags');
  });

  const files = [
    ['a result that is not JSON', 'report', 'n.json', SENT],
    ['a configuration', 'run --config', 'c.yaml', `"${inJson}": 1\n`],
    [
      'a configuration that is not YAML',
      'run --config',
      'd.yaml',
      `a: [${SENT.replaceAll(/[[\]]/g, '')}\n  "`,
    ],
    ['a value of a configuration', 'run --config', 'e.yaml', `transport: "${inJson}"\n`],
    ['a recording', 'run --source', 'f.csv', `time,"${SENT}","${SENT}"\n1,2,3\n`],
    ['a recorded row', 'run --source', 'g.ndjson', `${SENT.replaceAll('\n', ' ')}\n`],
  ] as const;
  let answers: Finished[];
  beforeAll(async () => {
    const commands = files.map(async ([, command, name, contents]) => {
      const path = join(dir, `${SHORT} ${name}`);
      await writeFile(path, contents);
      return [...command.split(' '), command.endsWith('--source') ? `replay:${path}` : path];
    });
    answers = await labEach(await Promise.all(commands));
  });

  it.each(files.map(([what], index) => [what, index] as const))(
    '%s that cannot be read, and its name',
    (_, index) => {
      const finished = answers[index]!;
      expect([1, 2]).toContain(finished.code);
      expectClean(finished);
    },
  );
});

describe('what was typed', () => {
  const typed = [
    ['run', '--transport', HOSTILE],
    ['run', `--${HOSTILE}`],
    [HOSTILE],
    ['subscribe', HOSTILE],
    ['record', 'tcp://127.0.0.1:1', '-o', `/no/such/${HOSTILE}`],
    ['serve', '--source', `replay:${HOSTILE}`],
    ['run', '--threshold', HOSTILE],
    ['run', '--print-config', '--source', `replay:${HOSTILE}`],
  ];
  let answers: Finished[];
  beforeAll(async () => {
    answers = await labEach(typed, { cwd: dir });
  });

  it.each(typed.map((_, index) => [index]))('%#', (index) => {
    const finished = answers[index]!;
    expectClean(finished);
    expect(finished.stderr.length).toBeLessThan(5_000);
  });

  it('the lab’s own colours come through, and no others do', async () => {
    const { stderr } = await lab(['run', '--transport', HOSTILE], { env: { FORCE_COLOR: '1' } });
    expect(stderr).toContain('\u001b[31m');
    const own = ['1', '22', '31', '36', '39'].map((code) => `\u001b[${code}m`);
    const rest = own.reduce((text, sequence) => text.replaceAll(sequence, ''), stderr);
    expect(rawIn(rest)).toEqual([]);
  });

  it('a very long text is cut', async () => {
    const { stderr } = await lab(['report', 'x'.repeat(100_000)], { cwd: dir });
    expect(stderr.length).toBeLessThan(5_000);
  });
});
