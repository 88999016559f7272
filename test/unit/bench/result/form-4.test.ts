import { describe, expect, it } from 'vitest';
import { migrate } from '../../../../bench/result/migrations/migrate.js';
import { type LabResult, resultSchema } from '../../../../bench/result/result.js';
import { readProject } from '../../../support/docs/docs.js';

/** Of a lab that knew links, and one repair: a cell with it, and one without. */
const form4 = (): Record<string, unknown> & Pick<LabResult, 'links'> =>
  JSON.parse(readProject('test/fixtures/form-4-result.json'));

describe('a result of form 4', () => {
  it('is read as this form, with all that it measured', () => {
    expect(resultSchema.safeParse(form4()).success).toBe(false);
    const result = resultSchema.parse(migrate(form4()));
    expect(result).toMatchObject({ ...form4(), schema_minor: result.schema_minor });
  });

  it('had the deadline of repair that is the default now, and no circuit breaker', () => {
    const { config, cells } = resultSchema.parse(migrate(form4()));
    expect(config.effective.transport_options.udp).toMatchObject({
      ...{ repair_deadline_ms: 500, circuit_breaker: 'off' },
    });
    const repairs = cells.flatMap((cell) => cell.repairs ?? []);
    expect(repairs).toHaveLength(1);
    expect(repairs[0]).toMatchObject({ late: null, superseded: null });
  });

  it('left congestion control to its kernel, which was not asked', () => {
    const { config, cells } = resultSchema.parse(migrate(form4()));
    expect(config.effective.server).toMatchObject({ congestions: ['default'], stacks: null });
    for (const cell of cells) {
      expect(cell.server).toMatchObject({ congestion: 'default' });
      expect(cell.sockets.congestion_control).toBeNull();
    }
  });

  it('says what was asked of its links in their text alone', () => {
    const { links } = resultSchema.parse(migrate(form4()));
    expect(links.length).toBeGreaterThan(0);
    expect(links).toMatchObject(form4().links.map((link) => ({ ...link, asked: null })));
  });
});
