import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { main } from '../../cli/main.js';
import { type Finished, lab } from '../support/cli/lab.js';

const version = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;

/**
 * The command line without a process of its own: for the many that must end before anything begins.
 */
async function labHere(args: readonly string[]): Promise<Finished> {
  const said = { stdout: '', stderr: '' };
  const names = ['stdout', 'stderr'] as const;
  const guards = names.map((name) => process[name].listeners('error'));
  const catching = names.map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
      said[name] += String(text);
      const written = rest.find((one) => typeof one === 'function');
      written?.(null);
      return true;
    }),
  );
  try {
    return { code: await main(args), ...said };
  } finally {
    for (const caught of catching) caught.mockRestore();
    // The guards that `main` sets last as long as a process, which here outlives the command.
    names.forEach((name, i) => {
      process[name].removeAllListeners('error');
      for (const guard of guards[i]!) process[name].on('error', guard as () => void);
    });
  }
}

describe('help', () => {
  it.each([
    'run',
    'ping',
    'ceiling',
    'micro',
    'selftest',
    'doctor',
    'link',
    'report',
    'serve',
    'subscribe',
    'record',
  ])('of lab %s shows examples, on stdout', async (command) => {
    const { code, stdout, stderr } = await labHere([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: lab ${command}`);
    expect(stdout).toMatch(new RegExp(`Examples:\n( {2}.*\n)*? {2}lab ${command}`));
  });

  it('is the same by either way to ask for it', async () => {
    expect(await labHere(['help', 'run'])).toEqual(await lab(['run', '-h']));
    expect(await labHere(['help'])).toEqual(await lab(['--help']));
  });

  it('goes to stderr when there was no command', async () => {
    const { code, stdout, stderr } = await lab([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: lab');
  });

  it('shows the default of every flag that has one', async () => {
    const { stdout } = await labHere(['run', '--help']);
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const preset of [
      'tcp,udp',
      'line-json,msgpack',
      '100',
      '40',
      '5s',
      '1s',
      'synthetic',
      'auto',
      '3s',
    ]) {
      expect(text).toContain(`(default: ${preset})`);
    }
  });
});

it('--version prints the version of the package and nothing else', async () => {
  expect(await lab(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a slip', () => {
  it.each([
    [['rnu'], 'LAB_ERR_USAGE', "unknown command 'rnu'", 'did you mean run?'],
    [['help', 'pnig'], 'LAB_ERR_USAGE', "unknown command 'pnig'", 'did you mean lab help ping?'],
    [
      ['run', '--clinets', '5'],
      'LAB_ERR_USAGE',
      "unknown option '--clinets'",
      'did you mean --clients?',
    ],
    [['run', 'tcp'], 'LAB_ERR_USAGE', "too many arguments for 'run'", 'see lab run --help'],
    [
      ['run', '--clients'],
      'LAB_ERR_USAGE',
      "'-c, --clients <list>' argument missing",
      'see lab run --help',
    ],
    [['report'], 'LAB_ERR_USAGE', "missing required argument 'result'", 'see lab report --help'],
    [
      ['run', '-c', '1', '--clients', '2'],
      'LAB_ERR_USAGE',
      '-c/--clients is given twice',
      'commas',
    ],
    [
      ['run', '-t', 'udpp'],
      'LAB_ERR_UNKNOWN_TRANSPORT',
      "-t/--transport 'udpp'",
      'did you mean udp?',
    ],
    [
      ['run', '-k', 'json'],
      'LAB_ERR_UNKNOWN_CODEC',
      "-k/--codec 'json'",
      'choose from: line-json, msgpack',
    ],
    [
      ['run', '--policy', 'drop-old'],
      'LAB_ERR_UNKNOWN_POLICY',
      '--policy',
      'did you mean drop-oldest?',
    ],
    [['serve', '--policy', 'block'], 'LAB_ERR_BAD_VALUE', '--policy', 'only `lab run` measures'],
    [['serve', '--max-backlog', 'rows=5'], 'LAB_ERR_BAD_VALUE', '--max-backlog', 'messages=1000'],
    [
      ['run', '--source', 'reply:a.csv'],
      'LAB_ERR_UNKNOWN_SOURCE',
      '--source',
      'did you mean replay?',
    ],
    [['micro', '-k', 'msgpak'], 'LAB_ERR_UNKNOWN_CODEC', "'msgpak'", 'did you mean msgpack?'],
  ])(
    'like lab %j exits 2 with %s, what was wrong and what was meant',
    async (args, id, message, hint) => {
      const { code, stdout, stderr } = await labHere(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const [first, second, ...rest] = stderr.split('\n');
      expect(first).toContain(`lab: ${id}: `);
      expect(first).toContain(message);
      expect(second).toMatch(/^ {2}hint: /);
      expect(second).toContain(hint);
      expect(rest).toEqual(['']);
    },
  );
});

describe('a value out of its range', () => {
  it.each([
    ['--clients', '0'],
    ['--clients', '1e9'],
    ['--clients', '-5'],
    ['--clients', 'abc'],
    ['--clients', ''],
    ['--clients', '10,,20'],
    ['--clients', '1k,1000'],
    ['--rate', '0'],
    ['--rate', '1.5x'],
    ['--rate', 'recorded'],
    ['--size', '1G'],
    ['--duration', '5'],
    ['--duration', '0s'],
    ['--warmup', '-1s'],
    ['--repeat', '0'],
    ['--seed', 'x'],
    ['--symbols', '0'],
    ['--flush', 'soon'],
    ['--port', '70000'],
    ['--host', '--help'],
    ['--datagram', '1500'],
    ['--rcvbuf', '1'],
    ['--tmax', '1ms'],
    ['--processes', '1000'],
    ['--speed', '0'],
  ])('is refused: %s %j', async (flag, value) => {
    const { code, stdout, stderr } = await labHere(['run', flag, value]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^lab: LAB_ERR_BAD_VALUE: .*\n {2}hint: .*\n$/);
    expect(stderr).toContain(flag);
    expect(stderr).toContain(`'${value}'`);
  });

  it('may be one that nothing in the run makes use of', async () => {
    const { code, stdout, stderr } = await labHere([
      'run',
      '-t',
      'tcp',
      '--group',
      '239.1.2.3',
      '--dry-run',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'lab: LAB_ERR_NO_EFFECT: --group has no effect with --transport tcp\n' +
        '  hint: leave --group out, or choose --transport udp-multicast\n',
    );
  });

  it.each([
    ['run', '--speed', '2'],
    ['run', '--target', 'tcp://127.0.0.1:1', '--size', '5'],
    ['serve', '--ws-port', '1'],
    ['run', '--no-save', '-o', 'x'],
    ['run', '--print-config', '--export-csv', 'x'],
    ['run', '--resume', 'x', '--clients', '5'],
    ['serve', '--rate', '1', '--speed', '2'],
    ['serve', '--http-port', '1', '--no-http'],
    ['subscribe', 'tcp://127.0.0.1:1', '--alert-exit', '3'],
    ['subscribe', 'tcp://127.0.0.1:1', '--sort', 'rate'],
    ['record', 'tcp://127.0.0.1:1', '-o', '-', '--force'],
  ])('has one code for that, in every command: %s %s', async (...args) => {
    const { code, stderr } = await labHere(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^lab: LAB_ERR_NO_EFFECT: .*\n {2}hint: .*\n$/);
  });

  it('may be that of the whole matrix', async () => {
    const { code, stderr } = await labHere(['run', '-c', '1,2,3', '--repeat', '1000']);
    expect(code).toBe(2);
    expect(stderr).toContain('LAB_ERR_BAD_VALUE: the matrix has 12000 cells');
  });
});

describe('an error', () => {
  it('shows its stack only when asked', async () => {
    const plain = await labHere(['run', '-c', '0']);
    const debug = await labHere(['run', '-c', '0', '--debug']);
    expect(plain.stderr).not.toContain('    at ');
    expect(debug.stderr).toContain('    at ');
  });

  it('is coloured only when asked, where there is no terminal', async () => {
    expect((await lab(['run', '-c', '0'])).stderr).not.toContain('\u001b[');
    expect((await lab(['run', '-c', '0'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(
      '\u001b[',
    );
  });
});

describe('--dry-run', () => {
  it('prints the cells in their order and how long they take', async () => {
    const { code, stdout, stderr } = await labHere([
      'run',
      '-t',
      'udp',
      '-c',
      '10,1k',
      '-s',
      '0',
      '--repeat',
      '2',
      '--dry-run',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      #  transport  codec      clients  feed msg/s  deliveries/s  payload  window  run
      ─  ─────────  ─────────  ───────  ──────────  ────────────  ───────  ──────  ───
      1  udp        line-json    1,000         100       100,000    as is     5 s    1
      2  udp        msgpack      1,000         100       100,000    as is     5 s    1
      3  udp        msgpack         10         100         1,000    as is     5 s    1
      4  udp        line-json       10         100         1,000    as is     5 s    1
      5  udp        line-json       10         100         1,000    as is     5 s    2
      6  udp        msgpack         10         100         1,000    as is     5 s    2
      7  udp        msgpack      1,000         100       100,000    as is     5 s    2
      8  udp        line-json    1,000         100       100,000    as is     5 s    2

      every cell: flush auto, repair none, congestion default, policy drop-oldest, link none, warm-up 1 s,
        source synthetic, seed 1
      8 cells, about 61 s
      "
    `);
  });

  it('prints one JSON document with --json', async () => {
    const { code, stdout } = await labHere([
      'run',
      '-k',
      'msgpack',
      '-r',
      '20k',
      '--repeat',
      '1',
      '--dry-run',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'lab run --codec msgpack --rate 20k --warmup 3s --seed 1',
      seed: 1,
      cells: [
        {
          id: 'tcp/msgpack/c100/r20000/s40/d5000#1',
          transport: 'tcp',
          rate_per_s: 20_000,
          duration_s: 5,
        },
        {
          id: 'udp/msgpack/c100/r20000/s40/d5000#1',
          transport: 'udp',
          rate_per_s: 20_000,
          duration_s: 5,
        },
      ],
    });
  });

  it('still says what would stop the run', async () => {
    const { code, stdout, stderr } = await labHere([
      'run',
      '--source',
      'replay:/nope.csv',
      '--repeat',
      '1',
      '--dry-run',
    ]);
    expect(code).toBe(2);
    expect(stdout).toContain('4 cells, about');
    expect(stderr).toContain('LAB_ERR_SOURCE_UNREADABLE');
  });
});
