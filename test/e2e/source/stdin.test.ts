/**
 * Standard input of a process of its own, as pipe, file and nothing: what streams made in a test
 * cannot show.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { finish } from '../../support/cli/lab.js';
import { take, withFile } from '../../support/source/sources.js';
import { openOn } from '../../support/source/stdin.js';

/**
 * Prints what the source gives, then what it counted. With a number behind it, closes the source
 * after that many items.
 */
const READER = `
  import { createHash } from 'node:crypto';
  import { openSource } from './dist/src/index.js';
  const [spec, most] = process.argv.slice(1);
  const source = await openSource(spec, { seed: 1, sizeBytes: 0, symbols: 1, loop: false });
  const hash = createHash('sha256');
  let bytes = 0;
  let count = 0;
  try {
    for await (const { key, value } of source) {
      if (value instanceof Uint8Array) { hash.update(value); bytes += value.length; }
      else console.log(key, JSON.stringify(value));
      if (++count === Number(most)) await source.close();
    }
  } catch ({ code, message }) {
    console.log(code, message);
  }
  if (bytes > 0) console.log(bytes, hash.digest('hex'));
  const { items, skipped } = source.stats();
  console.log('items', items, 'skipped', skipped);
`;

function read(words: readonly string[], stdin: 'pipe' | 'ignore' | number): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', READER, ...words], {
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/** What a reader says whose standard input is this file. */
async function readFileOrFolder(words: readonly string[], path: string): Promise<string[]> {
  const file = await open(path);
  try {
    return await output(read(words, file.fd));
  } finally {
    await file.close();
  }
}

async function output(child: ChildProcess): Promise<string[]> {
  const { code, stdout, stderr } = await finish(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

describe('stdin', () => {
  it('a pipe is read line by line until it ends, and the process with it', async () => {
    const child = read(['stdin:lines:symbol'], 'pipe');
    child.stdin?.write('{"symbol":"IBM","price":1}\nhel');
    child.stdin?.end('lo\n\xff', 'latin1');
    expect(await output(child)).toEqual([
      'IBM {"symbol":"IBM","price":1}',
      'line "hello"',
      'items 2 skipped 1',
    ]);
  });

  it('a file and nothing at all are inputs too', async () => {
    await withFile('feed.txt', 'a\r\nb', async (path) => {
      expect(await readFileOrFolder(['stdin:lines'], path)).toEqual([
        'line "a"',
        'line "b"',
        'items 2 skipped 0',
      ]);
    });
    expect(await output(read(['stdin:lines'], 'ignore'))).toEqual(['items 0 skipped 0']);
  });

  it('a folder is an input that cannot be read', async () => {
    const [error] = await readFileOrFolder(['stdin:bytes'], '.');
    expect(error).toMatch(
      /^LAB_ERR_SOURCE_UNREADABLE source stdin:bytes cannot be read: it is a folder$/,
    );
  });

  it('once closed it holds up nothing, though the pipe stays open', async () => {
    const child = read(['stdin:lines', '1'], 'pipe');
    child.stdin?.on('error', () => {});
    child.stdin?.write('a\nb\nc\n');
    expect(await output(child)).toEqual(['line "a"', 'items 1 skipped 0']);
  });

  it('4 MB of bytes go through a pipe unchanged', async () => {
    const bytes = randomBytes(4 * 1024 * 1024 + 1);
    const child = read(['stdin:bytes'], 'pipe');
    child.stdin?.end(bytes);
    const [content] = await output(child);
    expect(content).toBe(`${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`);
  });
});

describe('a program behind a pipe', () => {
  it('that dies in the middle of a line is an end: its pipe says no more', async () => {
    const program = "process.stdout.write('one\\ntwo', () => process.kill(process.pid, 'SIGKILL'))";
    const child = spawn(process.execPath, ['-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const source = await openOn('lines', child.stdout);
    const items = await take(source, Number.POSITIVE_INFINITY);
    expect(items.map(({ value }) => value)).toEqual(['one', 'two']);
  });

  it('waits in its own pipe while nobody takes items', async () => {
    // It writes without end, and says on stderr how much: it stops saying so when its pipe is full.
    const program = `
      const fs = require('node:fs');
      const line = 'x'.repeat(1023) + '\\n';
      for (let sent = 1; ; sent++) {
        fs.writeSync(1, line);
        if (sent % 64 === 0) fs.writeSync(2, sent + '\\n');
      }`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let sent = 0;
    child.stderr.on('data', (text) => {
      sent = Number(String(text).trim().split('\n').at(-1));
    });
    const source = await openOn('lines', child.stdout);
    await take(source, 1);
    await expect.poll(() => sent).toBeGreaterThan(0);
    let before = -1;
    await expect
      .poll(() => {
        const still = sent === before;
        before = sent;
        return still;
      })
      .toBe(true);
    // The system's pipe or socket buffer, and what Node reads ahead: far below what it would have
    // written by now.
    expect(sent).toBeLessThan(4_096);
    await take(source, 10_000);
    await expect.poll(() => sent).toBeGreaterThan(9_000);
    await source.close();
    await exited;
  });
});
