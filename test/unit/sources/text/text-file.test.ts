import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDocument } from '../../../../cli/config-file/load.js';
import { readResult } from '../../../../cli/files/result-file.js';
import { decodeText } from '../../../../src/sources/text/text-file.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** The bytes of a text in other encodings than UTF-8, as editors and shells write it. */
const ENCODINGS: readonly [string, (text: string) => Buffer, RegExp][] = [
  ['UTF-16, little-endian', (text) => Buffer.from(`\ufeff${text}`, 'utf16le'), /UTF-16, not UTF-8/],
  [
    'UTF-16, big-endian',
    (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    /UTF-16, not UTF-8/,
  ],
  ['UTF-16 without a mark', (text) => Buffer.from(text, 'utf16le'), /UTF-16, not UTF-8/],
  ['UTF-16 without a mark, big-endian', (text) => Buffer.from(text, 'utf16le').swap16(), /UTF-16/],
  [
    'UTF-32',
    (text) => Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), wide(text)]),
    /UTF-32, not UTF-8/,
  ],
  ['Latin-1', (text) => Buffer.from(`${text}\n#é`, 'latin1'), /not UTF-8 text/],
];

function wide(text: string): Buffer {
  return Buffer.from(Uint32Array.from([...text].map((char) => char.codePointAt(0)!)).buffer);
}

describe('a byte order mark', () => {
  it('before a result or a configuration is not part of it', async () => {
    const result = makeMatrix();
    expect(await readResult(file('r.json', `\ufeff${JSON.stringify(result)}`))).toEqual(result);
    expect((await readDocument(file('c.json', '\ufeff{"clients":[1]}'))).data).toEqual({
      clients: ['1'],
    });
    expect((await readDocument(file('c.yaml', '\ufeffclients: 1\n'))).data).toEqual({
      clients: '1',
    });
  });

  it('is taken away once, and from nowhere else', () => {
    expect(decodeText(Buffer.from('\ufeff\ufeffa\ufeff'))).toBe('\ufeffa\ufeff');
    expect(decodeText(Buffer.alloc(0))).toBe('');
    expect(decodeText(Buffer.from('a'))).toBe('a');
    expect(decodeText(Buffer.from('{"é":"東\\u0000"}'))).toBe('{"é":"東\\u0000"}');
  });
});

describe.each(ENCODINGS)('%s', (name, encode, message) => {
  it('is named where a result or a configuration should be UTF-8', async () => {
    const path = file(`${name.replaceAll(/\W/g, '-')}.json`, encode('{"schema": "lab-result/v1"}'));
    await expect(readResult(path)).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_UNREADABLE',
      message: expect.stringMatching(message),
    });
    await expect(readDocument(path)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringMatching(message),
    });
  });
});
