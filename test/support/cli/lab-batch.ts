import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, finish } from './lab.js';

const MAIN = new URL('../../../dist/cli/main.js', import.meta.url).href;

/** Ends what one command says, on both streams: the lab never says it. */
const MARK = '\u0001';

/**
 * Runs one command after another, and after each writes its exit code and the mark. Each listens to
 * the streams anew, and to signals.
 */
const ONE_BY_ONE = `import { writeSync } from 'node:fs';
import { main } from ${JSON.stringify(MAIN)};
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0);
for (const argv of JSON.parse(process.argv[2])) {
  const code = await main(argv);
  writeSync(1, code + ${JSON.stringify(MARK)});
  writeSync(2, ${JSON.stringify(MARK)});
}
`;

interface LabBatchOptions {
  readonly cwd?: string;
  /** A program, with its arguments, that starts the process: `['sh', '-c', '… "$@"', 'sh']`. */
  readonly through?: readonly string[];
}

/**
 * What each of these commands does that ends by itself, one after another in one process: to start
 * one takes longer than to refuse a command. Without a terminal, without colours, and with an empty
 * standard input.
 */
export async function labEach(
  commands: readonly (readonly string[])[],
  { cwd, through = [] }: LabBatchOptions = {},
): Promise<Finished[]> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, _: _shell, ...env } = process.env;
  // A file: text to evaluate belongs to the working folder, and there may be none.
  const folder = mkdtempSync(join(tmpdir(), 'lab-batch-'));
  const script = join(folder, 'one-by-one.mjs');
  writeFileSync(script, ONE_BY_ONE);
  const args = [...through, process.execPath, script, JSON.stringify(commands)];
  const child = spawn(args[0]!, args.slice(1), { cwd, env });
  child.stdin.end();
  const { stdout, stderr } = await finish(child);
  rmSync(folder, { recursive: true });
  const said = stdout.split(MARK).slice(0, -1);
  const complained = stderr.split(MARK);
  if (said.length !== commands.length) {
    throw new Error(`of ${commands.length} commands ${said.length} ended: ${stderr}`);
  }
  return said.map((text, i) => {
    const [code = ''] = /\d+$/.exec(text) ?? [];
    return { code: Number(code), stdout: text.slice(0, -code.length), stderr: complained[i] ?? '' };
  });
}
