import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { captureMachine } from '../../bench/probe/environment.js';
import type { RunHead } from '../../bench/result/cells-file.js';
import { checkSamePlace, planOf } from '../../bench/run/resume.js';
import { labVersion } from '../../src/version.js';
import { headOf } from '../support/result/cells-text.js';
import { makeMatrix } from '../support/result/result-factory.js';

const BASE: RunConfig = { ...DEFAULT_CONFIG, codecs: ['msgpack'], maxRepeat: 8 };

describe('the place of a run', () => {
  async function begun(config: RunConfig): Promise<RunHead> {
    const head = headOf(makeMatrix());
    const environment = { ...head.environment, ...(await captureMachine()) };
    const tool = { ...head.tool, version: labVersion() };
    return { ...head, tool, environment, plan: await planOf(config, {}) };
  }

  it('is the same where nothing differs', async () => {
    await expect(checkSamePlace(await begun(BASE), BASE)).resolves.toBeUndefined();
  });

  it.each([
    ['the lab', (head: RunHead) => ({ ...head, tool: { ...head.tool, version: '0.0.1' } })],
    ['the number of cores', changed({ cores: 99 })],
    ['Node', changed({ node: 'v1.2.3' })],
    ['the kernel', changed({ kernel: 'Linux 1.0' })],
    ['the CPU', changed({ cpu: 'abacus' })],
    ['the commit of the lab', changed({ git: '0000000' })],
    ['the kernel setting net.odd', changed({ sysctls: { 'net.odd': '1' } })],
  ])('is another when %s differs', async (what, change) => {
    await expect(checkSamePlace(change(await begun(BASE)), BASE)).rejects.toMatchObject({
      code: 'LAB_ERR_RESUME',
      message: expect.stringContaining(`${what} was `),
    });
  });

  it('is another on a machine of another name, which no file tells', async () => {
    const head = await begun(BASE);
    expect(JSON.stringify(head.plan)).not.toContain(os.hostname());
    const hostname = vi.spyOn(os, 'hostname').mockReturnValue('elsewhere');
    await expect(checkSamePlace(head, BASE)).rejects.toThrow('a machine of another name');
    hostname.mockRestore();
  });

  it('is another when the recording is not what it was', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lab-recording-'));
    const file = join(dir, 'trades.csv');
    const config = { ...BASE, source: `replay:${file}` };
    await writeFile(file, 'time,key,price\n1,A,1\n');
    const head = await begun(config);
    await expect(checkSamePlace(head, config)).resolves.toBeUndefined();
    await writeFile(file, 'time,key,price\n1,A,2\n');
    await expect(checkSamePlace(head, config)).rejects.toThrow('the recording');
    await rm(dir, { recursive: true });
  });
});

function changed(what: Partial<RunHead['environment']>): (head: RunHead) => RunHead {
  return (head) => ({ ...head, environment: { ...head.environment, ...what } });
}
