import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addRun } from '../../../cli/run/command.js';
import { refuseBesidePrintConfig, refuseBesideResume } from '../../../cli/run/flags-beside.js';

/** `lab run` with these arguments, parsed and not run. */
function parsed(args: readonly string[]): Command {
  const program = new Command().exitOverride();
  addRun(program, args, () => {});
  const run = program.commands[0]!;
  run.action(() => {});
  program.parse(['run', ...args], { from: 'user' });
  return run;
}

it.each([
  ['-c', '5', '--clients'],
  ['--target', 'tcp://127.0.0.1:1', '--target'],
  ['--ceiling', '', '--ceiling'],
  ['--config', 'lab.yaml', '--config'],
  ['--scenario', 'game-tick', '--scenario'],
  ['-o', 'elsewhere', '--output'],
  ['--no-save', '', '--no-save'],
  ['--dry-run', '', '--dry-run'],
  ['--print-config', '', '--print-config'],
  ['--threshold', 'loss<1%', '--threshold'],
])('%s %s is refused beside --resume, by name', (flag, value, name) => {
  const run = parsed(['--resume', 'folder', flag, ...(value === '' ? [] : [value])]);
  expect(() => refuseBesideResume(run)).toThrow(
    expect.objectContaining({
      code: 'LAB_ERR_NO_EFFECT',
      message: expect.stringMatching(new RegExp(`^${name} has no effect with --resume`)),
    }),
  );
});

it('what concerns only what comes out is not', () => {
  const exports = ['--export-json', 'a', '--export-md', 'b', '--export-csv', 'c'];
  const more = ['--export-hlog', 'd', '--export-hgrm', 'e', '--json', '--quiet'];
  expect(() =>
    refuseBesideResume(parsed(['--resume', 'folder', ...exports, ...more])),
  ).not.toThrow();
  expect(() => refuseBesideResume(parsed(['--resume', 'folder', '--json-stream']))).not.toThrow();
});

it.each([
  [['--export-csv', 'a.csv'], '--export-csv'],
  [['--export-hgrm', 'dir'], '--export-hgrm'],
  [['-o', 'elsewhere'], '--output'],
  [['--no-save'], '--no-save'],
  [['-q'], '--quiet'],
])('%j is refused beside --print-config, which runs nothing', (args, name) => {
  expect(() => refuseBesidePrintConfig(parsed(['--print-config', ...args]))).toThrow(
    `${name} has no effect with --print-config`,
  );
});

it('what is measured, and what must hold of it, is printed', () => {
  const run = parsed(['--print-config', '-c', '5', '--threshold', 'loss<1%']);
  expect(() => refuseBesidePrintConfig(run)).not.toThrow();
});
