/**
 * Arguments as the system has them. Node hands on text, and makes another name of bytes that are
 * not UTF-8.
 */
import { readFileSync } from 'node:fs';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';

const REPLACEMENT = '\ufffd';

/** @throws LAB_ERR_USAGE for an argument that is not UTF-8: Node could find no file of that name */
export function checkArguments(argv: readonly string[]): void {
  if (!argv.some((argument) => argument.includes(REPLACEMENT))) return;
  for (const argument of rawArguments()) {
    const text = argument.toString('utf8');
    // One that really has this character in it is as good as any.
    if (!text.includes(REPLACEMENT) || Buffer.from(text).equals(argument) || !argv.includes(text))
      continue;
    const bytes = argument.toString('latin1').replace(/[^ -~]/g, (char) => `\\x${hex(char)}`);
    throw new LabError('LAB_ERR_USAGE', `the argument ${quoted(bytes)} is not UTF-8`, {
      hint: 'rename the file or folder, go into the folder first, or give the file on stdin: lab report - < FILE',
    });
  }
}

function rawArguments(): Buffer[] {
  try {
    const line = readFileSync('/proc/self/cmdline');
    const found: Buffer[] = [];
    for (
      let start = 0, end = line.indexOf(0);
      end >= 0;
      start = end + 1, end = line.indexOf(0, start)
    ) {
      found.push(line.subarray(start, end));
    }
    return found;
  } catch {
    // Not every system tells; macOS and Windows have no such names.
    return [];
  }
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0');
}
