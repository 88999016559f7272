import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildProgram } from '../../../cli/program.js';

/** Runs the command line as far as its first mistake; none of these gets to a socket. */
const run = async (...argv: readonly string[]): Promise<unknown> => {
  const program = await buildProgram(argv, () => {});
  return await program.parseAsync(argv, { from: 'user' });
};

describe('lab subscribe and lab record refuse before they connect', () => {
  it.each([
    [['subscribe'], 'commander.missingArgument', "missing required argument 'url'"],
    [['subscribe', 'http://h'], 'LAB_ERR_BAD_VALUE', "unknown scheme 'http'"],
    [['subscribe', 'tcp://h?from=0'], 'LAB_ERR_BAD_VALUE', 'from=0'],
    [
      ['subscribe', 'tcp://h', '--alert', 'A <'],
      'LAB_ERR_BAD_VALUE',
      'column 4: the end, not a number',
    ],
    [
      ['subscribe', 'tcp://h', '--exec', 'x'],
      'LAB_ERR_NO_EFFECT',
      '--exec has no effect with no --alert',
    ],
    [
      ['subscribe', 'tcp://h', '--alert-exit', '3'],
      'LAB_ERR_NO_EFFECT',
      '--alert-exit has no effect with no --alert',
    ],
    [
      ['subscribe', 'tcp://h', '--alert', 'A<1', '--alert-exit', '256'],
      'LAB_ERR_BAD_VALUE',
      "--alert-exit '256'",
    ],
    [['subscribe', 'tcp://h', 'x'], 'LAB_ERR_USAGE', 'too many arguments: x'],
    [
      ['subscribe', 'tcp://h', '--retry', '--no-reconnect'],
      'LAB_ERR_USAGE',
      'contradict each other',
    ],
    [
      ['subscribe', 'tcp://h', '--raw', '--view'],
      'commander.conflictingOption',
      "'--raw' cannot be used with option '--view'",
    ],
    [
      ['subscribe', 'tcp://h', '--rcvbuf', '64k'],
      'LAB_ERR_NO_EFFECT',
      '--rcvbuf has no effect with tcp://',
    ],
    [
      ['record', 'ws://h', '-o', '-', '--rcvbuf', '1M'],
      'LAB_ERR_NO_EFFECT',
      '--rcvbuf has no effect with ws://',
    ],
    [['record', 'udp://h', '-o', '-', '--rcvbuf', '5'], 'LAB_ERR_BAD_VALUE', "--rcvbuf '5'"],
    [['subscribe', 'tcp://h', '-n', '0'], 'LAB_ERR_BAD_VALUE', "-n/--count '0'"],
    [['subscribe', 'tcp://h', '-k', 'json'], 'LAB_ERR_UNKNOWN_CODEC', "'json'"],
    [['subscribe', 'tcp://h', '--policy', 'drop'], 'LAB_ERR_UNKNOWN_POLICY', "'drop'"],
    [['subscribe', 'tcp://h', '--sort', 'price'], 'LAB_ERR_BAD_VALUE', "--sort 'price'"],
    [
      ['record', 'tcp://h'],
      'commander.missingMandatoryOptionValue',
      "'-o, --output <file>' not specified",
    ],
    [['record', 'tcp://h', '-o', '/nope/x'], 'LAB_ERR_EXPORT_PATH', "-o/--output '/nope/x'"],
    [['record', 'http://h', '-o', '-'], 'LAB_ERR_BAD_VALUE', "unknown scheme 'http'"],
  ])('%j', async (argv, code, message) => {
    await expect(run(...argv)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('a recording that is there already is refused, and stays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-record-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'feed.ndjson');
    writeFileSync(file, 'precious');
    await expect(run('record', 'tcp://127.0.0.1:1', '-o', file)).rejects.toMatchObject({
      code: 'LAB_ERR_EXPORT_PATH',
      message: expect.stringContaining('is there already, with 8 bytes in it'),
      hint: 'name another file, or overwrite it with --force',
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
