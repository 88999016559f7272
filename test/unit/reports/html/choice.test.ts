import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { card } from '../../../../reports/choose/card.js';
import { evidenceTable } from '../../../../reports/html/choice/evidence-table.js';
import { renderHtmlChoice } from '../../../../reports/html/choice/report.js';
import { escapeHtml } from '../../../../reports/html/view/escape.js';
import { makeChoice } from '../../../support/result/choice.js';
import { ask } from '../../../support/result/choosing.js';

const STACKS = [{ transport: 'tcp' }, { transport: 'udp' }];
const wobble = (run: number): number => 1 + (((run * 3) % 8) - 3.5) / 400;
const clear = ask(
  makeChoice([{}], STACKS, 8, ({ transport }, _, run) => ({
    bytes: (transport === 'tcp' ? 110 : 160) * wobble(run),
  })),
);

describe('the page of a choice', () => {
  it('is the same bytes each time, and holds the choice', () => {
    const page = renderHtmlChoice(clear);
    expect(renderHtmlChoice(JSON.parse(JSON.stringify(clear)))).toBe(page);
    const [, base64] = /download="choice.json.gz" href="data:[^,]*,([^"]*)"/.exec(page)!;
    expect(JSON.parse(gunzipSync(Buffer.from(base64!, 'base64')).toString())).toEqual(clear);
  });

  it('begins with the lines of the card', () => {
    const page = renderHtmlChoice(clear);
    const [, lines] = /<dl>([\s\S]*?)<\/dl>/.exec(page)!;
    expect(clear.answer.kind).toBe('choice');
    for (const { label, text } of card(clear))
      expect(lines).toContain(`<dt>${label}</dt><dd>${escapeHtml(text)}</dd>`);
  });

  it('has the figures of each stack as numbers, the chosen first', () => {
    const { columns, rows } = evidenceTable(clear);
    const at = (title: string): number => columns.findIndex((column) => column.title === title);
    expect(rows.map(({ cells }) => cells[at('Stack')]!.value)).toEqual([
      expect.stringContaining('tcp/'),
      expect.stringContaining('udp/'),
    ]);
    const [tcp] = clear.stacks.filter(({ transport }) => transport === 'tcp');
    expect(rows[0]!.cells[at('p99')]!.value).toBe(tcp!.cells[0]!.p99_us);
    expect(rows[0]!.cells[at('cost')]!.value).toBe(tcp!.cost!.per_1000_clients_month);
  });

  it('of a tie gives the command that would tell, and draws nothing', () => {
    const page = renderHtmlChoice(ask(makeChoice([{}], STACKS, 8, () => ({}))));
    expect(page).toContain('<dt>CANNOT CHOOSE</dt>');
    expect(page).not.toContain('<figure');
  });
});
