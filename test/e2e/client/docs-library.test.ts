/**
 * The code of docs/guide/serving.md, run as the one program that it says it is, by the package's
 * own name.
 */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { finish } from '../../support/cli/lab.js';
import { fences, readProject } from '../../support/docs/docs.js';

/** What differs from run to run: ports and times. */
const settled = (line: string): string => line.replaceAll(/\d{4,}/g, 'N');

it('docs/guide/serving.md runs as it stands, and prints what its comments say', async () => {
  const blocks = fences(readProject('docs/guide/serving.md')).filter(({ info }) => info === 'js');
  expect(blocks.length).toBeGreaterThan(5);
  const program = blocks.map(({ text }) => text).join('\n');
  const said = [...program.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(
    ([, comment = '']) => comment,
  );
  const { code, stdout, stderr } = await finish(
    spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, NO_COLOR: '1' },
    }),
  );
  expect({ code, stderr, lines: stdout.trimEnd().split('\n').map(settled) }).toEqual({
    code: 0,
    stderr: '',
    lines: said.map(settled),
  });
});
