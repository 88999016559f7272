import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { findProgram } from '../../bench/link/requirements.js';
import { LabError } from '../../src/errors.js';
import { badValue, quoted } from '../../src/options/values.js';

export interface LinkWords {
  readonly spec: string | undefined;
  /** Of exec; absent = the link alone. */
  readonly command: readonly [string, ...string[]] | undefined;
}

const HINT = 'write lab link SPEC, or lab link exec SPEC -- COMMAND';

/**
 * `words`: what is no option, without `--`, which only `supplied` has. The program of a command
 * becomes its path. @throws LAB_ERR_USAGE; LAB_ERR_BAD_VALUE for a program that is not there
 */
export function linkWords(words: readonly string[], supplied: readonly string[]): LinkWords {
  const mark = supplied.indexOf('--');
  const [program, ...args] = mark < 0 ? [] : supplied.slice(mark + 1);
  const before = mark < 0 ? words : words.slice(0, words.length - (supplied.length - mark - 1));
  const isExec = before[0] === 'exec';
  const [spec, ...more] = isExec ? before.slice(1) : before;
  if (more.length > 0)
    throw new LabError('LAB_ERR_USAGE', `${quoted(more[0]!)} is one word too many`, { hint: HINT });
  if (isExec !== (program !== undefined)) {
    const problem = isExec ? 'exec needs -- and a COMMAND' : 'a COMMAND needs exec';
    throw new LabError('LAB_ERR_USAGE', problem, { hint: HINT });
  }
  return { spec, command: program === undefined ? undefined : [programAt(program), ...args] };
}

/** As a shell finds it. @throws LAB_ERR_BAD_VALUE */
function programAt(word: string): string {
  const path = word.includes('/') ? resolve(word) : findProgram(word);
  if (path !== undefined && isProgram(path)) return path;
  const problem = word.includes('/') ? 'is no program that may be run' : 'is not found in PATH';
  throw badValue('COMMAND', word, problem, 'give a program; for several: sh -c COMMANDS');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
