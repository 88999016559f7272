import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import { HistogramLogReader } from 'hdr-histogram-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCHEMA_PATH } from '../../../bench/result/json-schema.js';
import { resultSchema } from '../../../bench/result/result.js';
import { lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';
import { readProject } from '../../support/docs/docs.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-thresholds-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const quick = (transports: string): string[] => [
  ...['run', '--skip-baselines', '-t', transports, '-k', 'msgpack', '-c', '2', '-r', '50'],
  ...['-d', '500ms', '-w', '0', '--no-save'],
];
const QUICK = quick('tcp,udp');
const ONE_CELL = quick('tcp');

describe('lab run --threshold', () => {
  it('exits with 99 and says which broke, where and by how much', async () => {
    const args = [...QUICK, '--threshold', 'p50<0.001us', '--threshold', 'loss<=100%'];
    const { code, stdout } = await lab(args, { cwd: dir });
    expect(code).toBe(99);
    expect(stdout).toContain('2 of 4 checks broken');
    expect(stdout).toMatch(/^p50<0\.001us +tcp\/msgpack\/c2\/r50\/s40\/d500#1 .*×\)$/m);
    expect(stdout).toMatch(/^p50<0\.001us +udp\/msgpack\/c2\/r50\/s40\/d500#1 .*×\)$/m);
  });

  it('leaves the exit code alone when all hold', async () => {
    const held = ['--threshold', 'p50<1000s', '--threshold', 'loss<=100%'];
    const { code, stdout } = await lab([...ONE_CELL, ...held], { cwd: dir });
    expect([0, 4]).toContain(code);
    expect(stdout).toContain('✔ thresholds: all 2 checks hold');
  });

  it('counts a figure that cannot be told as broken: 50 samples have no p999', async () => {
    const { code, stdout, stderr } = await lab(
      [...ONE_CELL, '--threshold', 'p999<1000s', '--json', '-q'],
      {
        cwd: dir,
      },
    );
    expect(code).toBe(99);
    expect(stderr).toContain('cannot be told');
    const { thresholds, cells } = resultSchema.parse(JSON.parse(stdout));
    expect(thresholds).toEqual(
      cells.map(({ id }) => ({
        expression: 'p999<1000s',
        cell: id,
        value: null,
        limit: 1_000_000_000,
        unit: 'us',
        passed: false,
      })),
    );
  });

  it('refuses a limit without its unit before anything is measured', async () => {
    const { code, stdout, stderr } = await lab([...QUICK, '--threshold', 'p99<5'], { cwd: dir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'lab: LAB_ERR_BAD_VALUE: --threshold "p99<5" has no unit\n  hint: it is a time: write 800us, 5ms or 1.5s\n',
    );
  });
});

describe('exports of a real run', () => {
  it('agree with each other, and the JSON with its published schema', async () => {
    const exports = [
      '--export-json',
      'r.json',
      '--export-csv',
      'r.csv',
      '--export-hgrm',
      'hgrm',
      '--export-hlog',
      '-',
    ];
    const { stdout } = await lab([...QUICK, '-q', ...exports], { cwd: dir });
    const document: unknown = JSON.parse(await readFile(join(dir, 'r.json'), 'utf8'));
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(
      JSON.parse(readProject(SCHEMA_PATH)),
    );
    expect(validate(document) ? [] : validate.errors).toEqual([]);

    const { cells } = resultSchema.parse(document);
    const rows: Record<string, string>[] = parse(await readFile(join(dir, 'r.csv'), 'utf8'), {
      columns: true,
    });
    expect(rows.map(({ id, service_max_us }) => [id, Number(service_max_us)])).toEqual(
      cells.map(({ id, service_us }) => [id, service_us.max]),
    );
    const log = new HistogramLogReader(stdout, 64);
    const tags: string[] = [];
    for (const { id, latency_us, latency_at, receipt_us, instrument_us } of cells) {
      const more =
        latency_at === 'arrival' ? { receipt: receipt_us, instrument: instrument_us } : {};
      const expected = [
        [id, latency_us.count],
        ...Object.entries(more).map(([name, times]) => [`${id}/${name}`, times?.count]),
      ];
      tags.push(...expected.map(([tag]) => String(tag)));
      const found = expected.map(() => log.nextIntervalHistogram()!);
      expect(found.map(({ tag, totalCount }) => [tag, totalCount])).toEqual(expected);
    }
    const names = await readdir(join(dir, 'hgrm'));
    expect(names.sort()).toEqual(tags.map((tag) => `${tag.replaceAll(/[/#]/g, '-')}.hgrm`).sort());
  });

  const refused = [
    [['--export-hgrm', '-'], 'LAB_ERR_USAGE'],
    [['--export-hgrm', '/dev/null/x'], 'LAB_ERR_EXPORT_PATH'],
    [['--export-hlog', 'no/such/dir.hlog'], 'LAB_ERR_EXPORT_PATH'],
    [['--export-hlog', '-', '--json'], 'LAB_ERR_USAGE'],
  ] as const;

  it('that cannot be written are refused before anything is measured', async () => {
    const commands = refused.map(([args]) => [...QUICK, ...args]);
    const answers = await labEach(commands, { cwd: dir });
    for (const [i, [, id]] of refused.entries()) {
      const { code, stdout, stderr } = answers[i]!;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`lab: ${id}: `);
    }
    expect(await readdir(dir)).toEqual([]);
  });
});
