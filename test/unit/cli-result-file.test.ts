import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readResult } from '../../src/cli/result-file.js';

describe('a result of another version', () => {
  it.each([
    [{ version: '9.1.0' }, "read it with the lab that wrote it ('9.1.0'), or a newer one"],
    [{}, 'read it with the lab that wrote it, or a newer one'],
    [undefined, 'read it with the lab that wrote it, or a newer one'],
    [{ version: 2 }, 'read it with the lab that wrote it, or a newer one'],
  ])('is refused with the lab that wrote it, as far as it says: %j', async (tool, hint) => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-result-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'result.json');
    writeFileSync(path, JSON.stringify({ schema: 'lab-result/v2', tool }));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'LAB_ERR_RESULT_VERSION', hint });
  });
});
