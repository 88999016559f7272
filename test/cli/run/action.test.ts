/** The steps of action.yml as a runner of GitHub runs them, with its files and variables. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readProject } from '../../support/docs/docs.js';

interface Step {
  readonly run: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const ACTION = parse(readProject('action.yml')) as Action;
const [INSTALL, MEASURE] = ACTION.runs.steps;
const LAB = fileURLToPath(new URL('../../../bin/lab.js', import.meta.url));

/** In place of the lab: writes what it was given where it was told to, and ends as it is told. */
const STAND_IN = `import { writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
const after = (flag) => args[args.indexOf(flag) + 1];
process.stderr.write('lab: said so\\n');
const code = Number(process.env.STAND_IN_CODE ?? 0);
if (code !== 2) {
  writeFileSync(after('--export-json'), JSON.stringify(args));
  writeFileSync(after('--export-md'), process.env.STAND_IN_REPORT ?? '# Report\\n');
}
process.exitCode = code;
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-action-'));
  writeFileSync(join(folder, 'stand-in.mjs'), STAND_IN);
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly log: string;
  readonly summary: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly variables: string;
}

/** Runs a step with the inputs of a workflow; those not given have their defaults. */
function runStep(
  step: Step,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Ran {
  const path = (name: string): string => join(folder, name);
  const read = (name: string): string =>
    existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '';
  const given = Object.entries(step.env).map(([name, value]) => [
    name,
    value
      .replace(/^\$\{\{ github\.action_path \}\}$/, folder)
      .replace(/^\$\{\{ inputs\.([\w-]+) \}\}$/, (_, input: string) => {
        return inputs[input] ?? ACTION.inputs[input]!.default;
      }),
  ]);
  writeFileSync(path('step.sh'), step.run);
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', path('step.sh')],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        GITHUB_STEP_SUMMARY: path('summary.md'),
        GITHUB_OUTPUT: path('output.txt'),
        GITHUB_ENV: path('env.txt'),
        RUNNER_TEMP: folder,
        STREAMPULSE_LAB: path('stand-in.mjs'),
        ...Object.fromEntries(given),
        ...env,
      },
    },
  );
  const lines = read('output.txt').split('\n').filter(Boolean);
  return {
    code: status,
    log: stdout + stderr,
    summary: read('summary.md'),
    outputs: new Map(lines.map((line) => line.split(/=(.*)/s) as [string, string])),
    variables: read('env.txt'),
  };
}

function measure(inputs: Record<string, string>, env: Record<string, string> = {}): Ran {
  return runStep(MEASURE!, inputs, env);
}

/** The words that the lab was given. */
function words({ outputs }: Ran): string[] {
  const all = JSON.parse(readFileSync(outputs.get('result')!, 'utf8')) as string[];
  return all.slice(0, all.indexOf('--export-json'));
}

describe('the action', () => {
  it('is composite, names a shell for each step, and writes no input into a script', () => {
    expect(ACTION.runs.using).toBe('composite');
    for (const { run, shell } of ACTION.runs.steps) {
      expect(shell).toBe('bash');
      expect(run).not.toMatch(/\$\{\{/);
    }
    const said = MEASURE!.run;
    for (const name of Object.keys(ACTION.outputs)) expect(said).toContain(`${name}=`);
  });

  it('measures, writes the report into the summary and fails by a threshold that broke', () => {
    const ran = measure(
      {
        args: '-t tcp -k line-json -c 2 -r 20\n-d 200ms -w 50ms --repeat 1 --no-save',
        thresholds: '\n  loss <= 0%  \n\nbytes<1B\n',
      },
      { STREAMPULSE_LAB: LAB },
    );
    expect(ran.code).toBe(99);
    expect(ran.outputs.get('exit-code')).toBe('99');
    expect(ran.summary).toContain('1 of 2 checks broke');
    expect(ran.summary).toBe(readFileSync(ran.outputs.get('report')!, 'utf8'));
    const { thresholds } = JSON.parse(readFileSync(ran.outputs.get('result')!, 'utf8'));
    expect(thresholds.map(({ passed }: { passed: boolean }) => passed)).toEqual([true, false]);
    expect(ran.log).toContain('::error title=StreamPulse Lab::a threshold');
  });

  it('splits arguments as a shell does, and runs and replaces nothing in them', () => {
    const ran = measure({ args: `--a 'b c' "d e"\n$(touch made) ; touch made \`x\` * $HOME` });
    expect(ran.code).toBe(0);
    expect(words(ran)).toEqual([
      'run',
      '--a',
      'b c',
      'd e',
      '$(touch',
      'made)',
      ';',
      'touch',
      'made',
      '`x`',
      '*',
      '$HOME',
    ]);
    expect(existsSync(join(folder, 'made'))).toBe(false);
  });

  it('needs neither arguments nor thresholds', () => {
    expect(words(measure({}))).toEqual(['run']);
    expect(words(measure({ command: 'ab', args: ' \n ' }))).toEqual(['ab']);
  });

  it.each([
    [{ command: 'serve' }, "command is 'serve'"],
    [{ command: 'compare', thresholds: 'p99<5ms' }, 'compare has --fail-on'],
    [{ 'on-incomplete': 'maybe' }, "on-incomplete is 'maybe'"],
    [{ args: `--flush '0` }, 'a quotation that does not end'],
  ])('refuses %j before it measures', (inputs, message) => {
    const ran = measure(inputs as Record<string, string>);
    expect([ran.code, ran.outputs.get('exit-code')]).toEqual([2, '2']);
    expect(ran.log).toContain(`::error title=StreamPulse Lab::`);
    expect(ran.log).toContain(message);
    expect(ran.log).not.toContain('said so');
  });

  it('says in the summary why nothing was measured, and then names no files', () => {
    const ran = measure({}, { STAND_IN_CODE: '2' });
    expect(ran.code).toBe(2);
    expect(ran.summary).toBe(
      '## StreamPulse Lab measured nothing (exit code 2)\n\n    lab: said so\n',
    );
    expect([ran.outputs.get('result'), ran.outputs.get('report')]).toEqual(['', '']);
  });

  it('fails by an incomplete result unless it is told to warn', () => {
    expect(measure({}, { STAND_IN_CODE: '4' }).code).toBe(4);
    const warned = measure({ 'on-incomplete': 'warn' }, { STAND_IN_CODE: '4' });
    expect([warned.code, warned.outputs.get('exit-code')]).toEqual([0, '4']);
    expect(warned.log).toContain('::warning');
  });

  it('cuts a report that is longer than a summary may be, at the end of a line', () => {
    const line = `${'x'.repeat(99)}\n`;
    const { summary } = measure({}, { STAND_IN_REPORT: line.repeat(1_000) });
    expect(summary).toBe(line.repeat(1_000));
    const big = join(folder, 'big.mjs');
    writeFileSync(
      big,
      STAND_IN.replace(/process\.env\.STAND_IN_REPORT/, `${JSON.stringify(line)}.repeat(12_000)`),
    );
    rmSync(join(folder, 'summary.md'));
    const cut = measure({}, { STREAMPULSE_LAB: big }).summary;
    expect(Buffer.byteLength(cut)).toBeLessThan(1_000_000);
    expect(cut).toContain('the rest is in the output `report`');
    expect(cut.split('\n').filter((one) => /^x+$/.test(one) && one.length !== 99)).toEqual([]);
  });

  it.each([
    ['', 'ci --include=dev --no-audit --no-fund', 'bin/lab.js'],
    [
      '1.2.3',
      '-- streampulse-lab@1.2.3',
      'streampulse-lab/node_modules/streampulse-lab/bin/lab.js',
    ],
  ])('installs version %j', (version, said, program) => {
    // In place of npm and node: what they are told.
    for (const name of ['npm', 'node']) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@"\n`);
      chmodSync(join(folder, name), 0o755);
    }
    const PATH = `${folder}${delimiter}${process.env.PATH}`;
    const ran = runStep(INSTALL!, { version }, { PATH });
    expect(ran.code).toBe(0);
    expect(ran.log).toContain(said);
    expect(ran.variables).toBe(`STREAMPULSE_LAB=${join(folder, program)}\n`);
  });
});
