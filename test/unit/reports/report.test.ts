import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellResult } from '../../../bench/figures/cell-result.js';
import { migrate } from '../../../bench/result/migrations/migrate.js';
import { resultSchema } from '../../../bench/result/result.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { projectFiles } from '../../support/docs/docs.js';
import { makeCell, makeRoundTrip, withLocal } from '../../support/result/cell-factory.js';
import { cellRecord, facts } from '../../support/result/cell-record.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import {
  LEDGER_OPEN,
  makeInterrupted,
  makeMatrix,
  makeResult,
} from '../../support/result/result-factory.js';

const FIXTURES = '../../fixtures';

/** The rows of every table, header and rule left out. */
function tableRows(markdown: string): string[] {
  return markdown.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
}

/** Every folder with a run that was really made. */
const SAMPLES = projectFiles('reports/samples', 'result.json').map((path) => dirname(path));

describe('the report', () => {
  test.each([
    ['matrix', makeMatrix()],
    ['interrupted', makeInterrupted()],
  ])(
    'of the result "%s" is the committed one, and so is the result it is made from',
    async (name, result) => {
      await expect(`${JSON.stringify(result, null, 2)}\n`).toMatchFileSnapshot(
        `${FIXTURES}/result-${name}.json`,
      );
      const { markdown, files } = renderReport(result);
      await expect(markdown).toMatchFileSnapshot(`${FIXTURES}/report-${name}/report.md`);
      for (const [file, svg] of files) {
        await expect(svg).toMatchFileSnapshot(`${FIXTURES}/report-${name}/${file}`);
      }
      const names = ['latency', 'completion', 'staleness', 'stages', 'series'];
      expect([...files.keys()]).toEqual(names.map((file) => `${file}.svg`));
    },
  );

  test.each(SAMPLES)(
    'of the committed sample run in %s is what its result renders to',
    async (folder) => {
      const samples = new URL(`../../../${folder}/`, import.meta.url);
      const read = (name: string): string => readFileSync(new URL(name, samples), 'utf8');
      const { markdown, files } = renderReport(
        resultSchema.parse(migrate(JSON.parse(read('result.json')))),
      );
      const committed = (name: string): string => `../../../${folder}/${name}`;
      await expect(markdown).toMatchFileSnapshot(committed('report.md'));
      for (const [name, svg] of files) await expect(svg).toMatchFileSnapshot(committed(name));
      const kept = readdirSync(samples, { withFileTypes: true }).filter((entry) => entry.isFile());
      expect(kept.map(({ name }) => name).sort()).toEqual(
        ['report.md', 'result.json', ...files.keys()].sort(),
      );
    },
  );

  test('of the same result read back from JSON is the same bytes', () => {
    const result = makeMatrix();
    const again = resultSchema.parse(JSON.parse(JSON.stringify(result)));
    expect(renderReport(again)).toEqual(renderReport(result));
  });

  test('says how a recording was read, a row for each part of it', () => {
    const result = makeMatrix();
    const recording = {
      format: 'CSV',
      rows: 2,
      columns: ['t', 'a|b'],
      time: [],
      time_form: null,
      key: 't',
      keys: 2,
    };
    const effective = { ...result.config.effective, recording };
    const { markdown } = renderReport({ ...result, config: { ...result.config, effective } });
    const rows = tableRows(markdown).map((row) => row.replace(/ +/g, ' '));
    for (const row of [
      '`recording.rows` | 2',
      '`recording.columns` | t, a\\|b',
      '`recording.key` | t',
    ]) {
      expect(rows).toContain(`| ${row} |`);
    }
    expect(rows).toContain('| `recording.time` | none |');
    expect(rows).toContain('| `recording.time_form` | not set |');
    expect(markdown).not.toContain('object Object');
  });

  test('shows no INVALID cell in any table row without its mark', () => {
    const { markdown } = renderReport(makeMatrix());
    const rows = tableRows(markdown).filter((row) => row.includes('udp/msgpack'));
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const row of rows) expect(row).toMatch(/✘.INVALID.udp\/msgpack/);
  });

  test('refers to every chart it makes and to no other', () => {
    const { markdown, files } = renderReport(makeMatrix());
    expect([...markdown.matchAll(/!\[.*?\]\((.*?)\)/g)].map((match) => match[1])).toEqual([
      ...files.keys(),
    ]);
  });

  test('says in words that there is no chart when nothing was delivered, and prints – for what it cannot know', () => {
    const silent = makeCell(
      {},
      {
        delivered: 0,
        reach: 0,
        loss_ratio: 1,
        latency_us: makeLatency(0, 1),
        service_us: makeLatency(0, 1),
        completion_us: makeLatency(0, 1),
        skew_us: null,
        staleness_us: null,
        staleness_excess_us: null,
        stages_us: {
          schedule: null,
          encode: null,
          queue: null,
          network: null,
          instrument: null,
          decode: null,
        },
        cpu_us_per_delivery: { server: null, clients: null },
        ping_ratio: { p50: null, p99: null, reason: 'nothing was delivered' },
        clients_use: null,
        series: [],
      },
    );
    const dead = withLocal(silent, { use: null, schedule_lag_us: makeLatency(0, 1) });
    const { markdown, files } = renderReport(makeResult([dead]));
    expect(files.size).toBe(0);
    expect(markdown).toContain('There is no chart');
    expect(markdown).toContain('– too few samples');
    expect(markdown).toContain('Ratio: nothing was delivered');
    expect(markdown).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test('shows – and no 0 for a cell whose worker died', () => {
    const failure = { code: 'LAB_ERR_WORKER_DIED', message: 'killed', hint: 'why?' } as const;
    const dead = cellResult(cellRecord({ failure, servers: [], subscribers: [] }), facts());
    const { markdown } = renderReport(makeResult([dead, makeCell()]));
    const rows = markdown.split('\n').filter((line) => line.startsWith('| ✘'));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) {
      const cells = row.split('|').slice(2, -1);
      expect(cells.filter((text) => /^\W*0(\.0+)?(\W|$)/.test(text.trim()))).toEqual([]);
    }
  });

  test('opens with a banner when the run is incomplete, and has none otherwise', () => {
    const cut = makeInterrupted();
    expect(renderReport(cut).markdown.split('\n').slice(0, 6).join('\n')).toContain('INCOMPLETE');
    expect(renderReport(cut).markdown).toContain('tcp/line-json\u00a0(cut\u00a0short)');
    expect(renderReport(makeMatrix()).markdown).not.toContain('INCOMPLETE');
  });

  test('gives every reason code with its sentence and its next step', () => {
    const { markdown } = renderReport(makeMatrix());
    expect(markdown).toContain('`LEDGER_UNBALANCED` (INVALID): ✘ INVALID udp/msgpack');
    expect(markdown).toContain(LEDGER_OPEN.message);
    expect(markdown).toContain(`**Next:** ${LEDGER_OPEN.hint}`);
  });

  test('without ping gives the reason, the hint and the echo it used instead', () => {
    const { markdown } = renderReport(makeInterrupted());
    expect(markdown).toContain(
      'No ping: no ping command on this machine → apt-get install iputils-ping',
    );
    expect(markdown).toContain("the yardstick is the lab's own TCP echo");
  });

  test('says what the resolution of a ping does to its times', () => {
    const reason = '1 of 3 replies took under 1 ms and count as 1 ms';
    const cell = makeCell();
    const measured = makeResult([
      { ...cell, ping: { ...cell.ping, under_load: makeRoundTrip({ reason: 'whole <ms>' }) } },
    ]);
    const { baselines } = measured;
    const result = { ...measured, baselines: { ...baselines, ping: makeRoundTrip({ reason }) } };
    const { markdown } = renderReport(result);
    expect(markdown).toContain(`- Ping: ${reason}\n`);
    expect(markdown).toContain('- Ping under load: whole &lt;ms&gt;\n');
  });

  test('adds the ledger up again and says when its parts do not make the whole', () => {
    const cell = makeCell();
    const broken = { ...cell, ledger: { ...cell.ledger, delivered: cell.ledger.delivered! - 7 } };
    expect(renderReport(makeResult([broken])).markdown).toMatch(/✘.parts.are.off.by.7/);
  });

  test('says "cannot tell" where the kernel gave no count', () => {
    const cell = makeCell();
    const result = makeResult([
      { ...cell, ledger: { ...cell.ledger, kernel_receive_drops: null } },
    ]);
    expect(renderReport(result).markdown).toMatch(/cannot.tell/);
  });

  test('ends with the exact command', () => {
    const result = makeMatrix();
    expect(renderReport(result).markdown.endsWith(`\`\`\`sh\n${result.command}\n\`\`\`\n`)).toBe(
      true,
    );
  });

  test('never lets a name or a message become markup, a table column or the end of a code block', () => {
    const hostile = 'a|b <img src=x> [x](javascript:1) **b** \u202e\n# h';
    const cell = makeCell({
      transport: hostile,
      reasons: [{ code: 'A|B`', severity: 'SUSPECT', message: hostile, hint: hostile }],
    });
    const { markdown } = renderReport(makeResult([cell], { command: 'lab run\n```\n# h' }));
    const outsideCode = markdown.slice(0, markdown.lastIndexOf('````sh'));
    expect(outsideCode).not.toMatch(/<img|\n# h|[^\\]\]\(javascript|\u202e/);
    const header = tableRows(markdown).find((row) => row.includes('Goodput'))!;
    const row = tableRows(markdown).find((line) => line.includes('⚠') && line.includes(',000/s'))!;
    const columns = (line: string): number => line.split(/(?<!\\)\|/).length;
    expect(columns(row)).toBe(columns(header));
    expect(markdown).toContain('````sh\nlab run\n```\n# h\n````');
  });
});
