import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addRun } from '../../../cli/run/command.js';
import { refuseSettings } from '../../../cli/run/resume-options.js';

/** `lab run` with these arguments, parsed and not run. */
function parsed(args: readonly string[]): Command {
  const program = new Command().exitOverride();
  addRun(program, args, () => {});
  const run = program.commands[0]!;
  run.action(() => {});
  program.parse(['run', '--resume', 'folder', ...args], { from: 'user' });
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
  const run = parsed([flag, ...(value === '' ? [] : [value])]);
  expect(() => refuseSettings(run)).toThrow(
    expect.objectContaining({
      code: 'LAB_ERR_NO_EFFECT',
      message: expect.stringMatching(new RegExp(`^${name} has no effect with --resume`)),
    }),
  );
});

it('what concerns only what comes out is not', () => {
  const exports = ['--export-json', 'a', '--export-md', 'b', '--export-csv', 'c'];
  const more = ['--export-hlog', 'd', '--export-hgrm', 'e', '--json', '--quiet'];
  expect(() => refuseSettings(parsed([...exports, ...more]))).not.toThrow();
  expect(() => refuseSettings(parsed(['--json-stream']))).not.toThrow();
});
