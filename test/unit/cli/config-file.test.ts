import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/config.js';
import { mergedParts } from '../../../cli/args/option-flags.js';
import { reproduction, runConfig, runFlags } from '../../../cli/args/run-config.js';
import { longName } from '../../../cli/args/run-flag.js';
import { parseConfig } from '../../../cli/config-file/document.js';
import { loadPreset } from '../../../cli/config-file/load.js';
import { configYaml } from '../../../cli/config-file/print.js';
import { type ConfigFile, readConfig } from '../../../cli/config-file/settings.js';
import { LabError } from '../../../src/errors.js';
import { fences, readProject } from '../../support/docs/docs.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function read(text: string, name = 'lab.yaml'): ConfigFile {
  return readConfig(parseConfig(name, text));
}

function errorOf(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function configOf(path: string | undefined, scenario?: string): Promise<RunConfig> {
  return runConfig((await loadPreset(path, scenario)).parts);
}

describe('a configuration file', () => {
  it('takes each key as the flag of that name takes its value', () => {
    const { top } = read(`
transport: udp
codec: [msgpack, line-json]
clients: [10, 1k]
rate: 100,2k
size: 0
duration: 1m30s
warmup: 0
repeat: 3
seed: 9007199254740991
source: "replay:my file.csv"
flush: 2ms
host: ::1
rcvbuf: 4M
`);
    expect(top.part).toEqual({
      transports: ['udp'],
      codecs: ['msgpack', 'line-json'],
      clients: [10, 1_000],
      ratesPerSecond: [100, 2_000],
      sizesBytes: [0],
      durationsMs: [90_000],
      warmupMs: 0,
      repeat: 3,
      seed: 9_007_199_254_740_991,
      source: 'replay:my file.csv',
      flushes: ['2ms'],
      host: '::1',
      transportOptions: { receiveBufferBytes: 4 * 1024 * 1024 },
    });
  });

  it('has a key for every flag of lab run, and a switch is on or off', () => {
    const lines = runFlags().map(({ fallback, ...flag }) => {
      const value = flag.flags.includes('<') ? fallback : 'false';
      return value === null ? '' : `${longName(flag).slice(2)}: ${value}\n`;
    });
    const { top } = read(lines.join(''));
    expect(mergedParts([DEFAULT_CONFIG, top.part])).toEqual(DEFAULT_CONFIG);
    const switches = runFlags().filter(({ flags }) => !flags.includes('<'));
    for (const flag of switches)
      expect(read(`${longName(flag).slice(2)}: true`).top.part).toEqual(flag.parse('', ''));
  });

  it('means as JSON what it means as YAML', () => {
    const json =
      '{\n\t"clients": [10, "1k"],\r\n\t"flush": 0, "scenarios": {"a": {"seed": 5, "threshold": "p99<5ms"}}}';
    const yaml =
      'clients: [10, 1k]\nflush: 0\nscenarios:\n  a:\n    seed: 5\n    threshold:\n      - p99<5ms\n';
    expect(read(json, 'lab.JSON')).toEqual(read(yaml));
  });

  it('holds thresholds as --threshold takes them', () => {
    const [first, second] = read('threshold: [p99<5ms, loss<=0.1%]').top.thresholds!;
    expect(first).toMatchObject({ metric: 'p99', operator: '<', limit: 5_000 });
    expect(second).toMatchObject({ metric: 'loss', operator: '<=', limit: 0.001 });
  });
});

describe('an error in a configuration file', () => {
  it.each([
    ['clients: 0', 'lab.yaml:1:10: clients', "'0' is out of range", 'allowed: 1 to 100k'],
    [
      'scenarios:\n  quotes:\n    codec: msgpack\n    clients: [1, 5, 0x10]\n',
      'lab.yaml:4:21: scenarios.quotes.clients[2]',
      "'0x10' is not a whole number",
      'k = 1000',
    ],
    ['seed: 1e3', 'lab.yaml:1:7: seed', "'1e3' is not a whole number", 'digits only'],
    ['clients: [1, 1]', 'lab.yaml:1:10: clients', "names '1' twice", 'once'],
    ['clients: []', 'lab.yaml:1:10: clients', 'is empty', 'see'],
    ['seed: [1, 2]', 'lab.yaml:1:7: seed', 'must be a number or a text', 'see'],
    ['rate:\nseed: 1', 'lab.yaml:1:6: rate', 'has no value', 'see'],
    ['seed: {a: 1}', 'lab.yaml:1:7: seed', 'must be a number or a text', 'see'],
    ['rate: true', 'lab.yaml:1:7: rate', 'must be a number, a text or a list', 'see'],
    ['ceiling: 1', 'lab.yaml:1:10: ceiling', 'must be true or false', 'see'],
    [
      '# a\n\nclints: 5',
      'lab.yaml:3:1: clints',
      'is not a setting of lab run',
      'did you mean clients?',
    ],
    ['maxRepeat: 5', 'lab.yaml:1:1: maxRepeat', 'is not a setting', 'did you mean max-repeat?'],
    ['--clients: 5', 'lab.yaml:1:1: --clients', 'is not a setting', 'did you mean clients?'],
    [
      'description: x',
      'lab.yaml:1:1: description',
      'is not a setting',
      'keys: target, transport, stack, codec',
    ],
    [
      'scenarios: {a: {clints: 1}}',
      'lab.yaml:1:17: scenarios.a.clints',
      'is not a setting',
      'mean clients?',
    ],
    [
      'scenarios: {a: {scenarios: {}}}',
      'lab.yaml:1:17: scenarios.a.scenarios',
      'is not a setting',
      'keys:',
    ],
    ['scenarios: {a: 5}', 'lab.yaml:1:16: scenarios.a', 'must be a map', 'see'],
    ['scenarios: [a]', 'lab.yaml:1:12: scenarios', 'must be a map', 'see'],
    [
      'scenarios: {"a,b": {seed: 1}}',
      'lab.yaml:1:13: scenarios.a,b',
      'is not a name for a scenario',
      'letters',
    ],
    ['__proto__: {seed: 1}', 'lab.yaml:1:1', 'this is not a key', 'see'],
    ['scenarios: {__proto__: {seed: 0}}', 'lab.yaml:1:13', 'this is not a key', 'see'],
    ['flush: 5 s', 'lab.yaml:1:8: flush', "'5 s' is not a flush mode", 'auto'],
    // As earlier labs printed it.
    ['flush: 5', 'lab.yaml:1:8: flush', "'5' is not a flush mode", 'unit: 5ms'],
    ['threshold: p99<5', 'lab.yaml:1:12: threshold', 'has no unit', '5ms'],
    [
      'threshold:\n  - p99<5ms\n  - lss<1%',
      'lab.yaml:3:5: threshold[1]',
      'names no metric',
      'loss',
    ],
    ['5', 'lab.yaml:1:1', 'must be a map', 'see'],
    ['- clients: 5', 'lab.yaml:1:1', 'must be a map', 'see'],
    ['', 'lab.yaml:1:1', 'there is nothing in it', 'see'],
    ['# only this\n', 'lab.yaml:1:1', 'there is nothing in it', 'see'],
    ['seed: 1\nseed: 2', 'lab.yaml:2:1', 'not valid YAML: Map keys must be unique', 'see'],
    ['seed: 1\n  rate: 2', 'lab.yaml:1:7', 'not valid YAML', 'see'],
    ['seed: "1', 'lab.yaml:1:9', 'not valid YAML: Missing closing "quote', 'see'],
    ['seed: 1\n---\nseed: 2', 'lab.yaml:2:1', 'second document', 'see'],
    ['seed: &a 1\nport: *a', 'lab.yaml:1:10', 'anchors', 'see'],
    ['seed: !!int 1', 'lab.yaml:1:13', 'tags', 'see'],
    ['? [a]\n: 1', 'lab.yaml:1:3', 'this is not a key', 'see'],
    [`${'['.repeat(50)}${']'.repeat(50)}`, 'lab.yaml:1:9', 'nested more than 8 deep', 'see'],
  ])('%j is told with its place, and what would be right', (text, where, problem, hint) => {
    const error = errorOf(() => read(text));
    expect(error.code).toBe('LAB_ERR_BAD_VALUE');
    expect(error.message.slice(0, where.length)).toBe(where);
    expect(error.message.slice(where.length)).toMatch(/^[: ]/);
    expect(error.message).toContain(problem);
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['transport: tpc', 'LAB_ERR_UNKNOWN_TRANSPORT', 'did you mean tcp?'],
    ['codec: json', 'LAB_ERR_UNKNOWN_CODEC', 'choose from: line-json'],
    ['policy: drop-old', 'LAB_ERR_UNKNOWN_POLICY', 'did you mean drop-oldest?'],
    ['source: trades.csv', 'LAB_ERR_UNKNOWN_SOURCE', 'choose from: synthetic'],
  ])('%j keeps the code that the flag would give', (text, code, hint) => {
    const error = errorOf(() => read(text));
    expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(error.message).toMatch(/^lab\.yaml:1:\d+: \w+ '/);
  });

  it.each([
    ['{"seed": 1,}', 'lab.json:1:12: not valid JSON: expected a key in double quotes'],
    ['{\n  "seed": 1\n  "port": 2\n}', 'lab.json:3:3: not valid JSON: expected a comma'],
    ['{seed: 1}', 'lab.json:1:2: not valid JSON: expected a key in double quotes, or }'],
    ['{"seed": 1} # why', 'lab.json:1:13: not valid JSON: expected the end of the file'],
    ['seed: 1', 'lab.json:1:1: not valid JSON: expected a value'],
    ['{"seed": 1, "seed": 2}', 'lab.json:1:13: not valid YAML: Map keys must be unique'],
    ['{"seed": null}', 'lab.json:1:10: seed has no value'],
  ])('of JSON, %j, is told the same way', (text, message) => {
    expect(errorOf(() => read(text, 'lab.json')).message).toContain(message);
  });

  it('in a scenario that is not chosen is an error too', async () => {
    const path = write('other.yaml', 'seed: 1\nscenarios: {a: {seed: 2}, b: {seed: x}}\n');
    await expect(loadPreset(path, 'a')).rejects.toThrow(/scenarios\.b\.seed 'x'/);
  });
});

describe('choosing', () => {
  const path = write(
    'lab.yaml',
    `
clients: 5
rate: 10
seed: 3
threshold: p99<1s
scenarios:
  small: { description: a few, rate: 20, threshold: [p50<1s, loss<1%] }
  large: { clients: 50 }
`,
  );

  it('a scenario overrides the file, and the file the defaults', async () => {
    expect(await configOf(path)).toEqual({
      ...DEFAULT_CONFIG,
      clients: [5],
      ratesPerSecond: [10],
      seed: 3,
    });
    expect(await configOf(path, 'small')).toMatchObject({
      clients: [5],
      ratesPerSecond: [20],
      seed: 3,
    });
    expect(await configOf(path, 'large')).toMatchObject({
      clients: [50],
      ratesPerSecond: [10],
      seed: 3,
    });
  });

  it('takes the thresholds of the scenario, or those of the file', async () => {
    const of = async (scenario?: string): Promise<string[]> =>
      (await loadPreset(path, scenario)).thresholds.map(({ expression }) => expression);
    expect(await of()).toEqual(['p99<1s']);
    expect(await of('small')).toEqual(['p50<1s', 'loss<1%']);
    expect(await of('large')).toEqual(['p99<1s']);
  });

  it.each([
    ['smal', 'LAB_ERR_BAD_VALUE', "--scenario 'smal' is not known", 'did you mean small?'],
    ['x', 'LAB_ERR_BAD_VALUE', "--scenario 'x'", 'choose from: small, large'],
    ['small,large', 'LAB_ERR_BAD_VALUE', 'names several', 'once for each'],
    ['__proto__', 'LAB_ERR_BAD_VALUE', 'is not known', 'choose from'],
  ])('scenario %s of it is refused', async (scenario, code, message, hint) => {
    await expect(loadPreset(path, scenario)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it('a file of scenarios alone does not silently measure the defaults', async () => {
    const only = write('only.yaml', 'scenarios: {a: {seed: 2}, b: {seed: 3}}\n');
    await expect(loadPreset(only, undefined)).rejects.toMatchObject({
      code: 'LAB_ERR_USAGE',
      hint: 'choose one with --scenario: a, b',
    });
  });

  it('refuses a scenario of a file without any', async () => {
    await expect(loadPreset(write('none.yaml', 'seed: 1'), 'a')).rejects.toThrow(
      'which has no scenarios',
    );
  });

  it('a file with the mark of its byte order is read as any other', async () => {
    expect(await configOf(write('bom.yaml', '\uFEFFseed: 7\n'))).toMatchObject({ seed: 7 });
  });

  it('a file that is missing, a directory or too large is an error', async () => {
    await expect(loadPreset(join(folder, 'no.yaml'), undefined)).rejects.toThrow(
      'there is no such file',
    );
    await expect(loadPreset(folder, undefined)).rejects.toThrow(
      /^--config .* cannot be read: EISDIR/,
    );
    const large = write('large.yaml', `# ${'x'.repeat(70_000)}\nseed: 1\n`);
    await expect(loadPreset(large, undefined)).rejects.toThrow('larger than 65536 bytes');
  });
});

describe('docs/guide/scenarios.md', () => {
  const doc = readProject('docs/guide/scenarios.md');
  const example = fences(doc).find(({ info }) => info === 'yaml')!.text;

  it('shows a file that is read, and the error that a slip in it gives', () => {
    expect([...read(example).scenarios.keys()]).toEqual(['quotes', 'open']);
    const { code, message, hint } = errorOf(() => read(example.replace('[1k, 2k]', '0')));
    expect(doc).toContain(`lab: ${code}: ${message}\n  hint: ${hint}\n`);
  });
});

describe('--print-config', () => {
  it('gives what --config reads as the same configuration and thresholds', () => {
    for (const text of [
      'seed: 1',
      'rate: recorded\nsource: "replay:a: b #c.csv"\nspeed: 0.25',
      'source: replay:a.csv',
      'source: "replay:\\e[2J \\u202e \\u009b 価格.csv"',
      'repeat: auto\nci: 2.5%\nmax-repeat: 7',
      'stack: [tcp, "udp/repair={none,nak}"]\nlink: ["delay={1ms,2ms}/loss=1%", none]',
      'flush: 5ms',
      'flush: [0, 0.50ms, auto]',
      'clients: [1, 20k]\nceiling: true\nflush: 0\nrcvbuf: 3000\nthreshold: [p99<5ms, loss<0.1%]',
    ]) {
      const { part, thresholds = [] } = read(text).top;
      const config = runConfig([part]);
      const yaml = configYaml(config, thresholds);
      expect(yaml).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
      const again = read(yaml).top;
      expect(runConfig([again.part])).toEqual(config);
      expect(again.thresholds ?? []).toEqual(thresholds);
    }
  });

  it('leaves the command that reproduces a run the same, which needs no file', async () => {
    const config = await configOf(undefined, 'game-tick');
    expect(reproduction(config)).toBe(
      'lab run --clients 200 --rate 60 --size 512 --seed 1 --symbols 1 --flush 0',
    );
    expect(reproduction(runConfig([read(configYaml(config, [])).top.part]))).toBe(
      reproduction(config),
    );
  });
});
