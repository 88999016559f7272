import { describe, expect, it } from 'vitest';
import { DIRECTION_KEYS, UPLINK_KEYS } from '../../bench/link/spec/keys.js';
import { parseLink } from '../../bench/link/spec/parse.js';
import { PROFILES } from '../../bench/link/spec/profiles.js';
import { constantIn, readProject, tableRows } from '../support/docs/docs.js';

const page = readProject('docs/design/link.md');
const rowsOf = (heading: string): (readonly string[])[] =>
  tableRows(page)
    .filter((row) => row.heading === heading)
    .map(({ cells }) => cells);
const plain = (cell: string): string => (cell === '–' ? '' : cell.replaceAll('`', ''));

describe('docs/design/link.md', () => {
  it('has a row for each profile, with its parts, its source and what is assumed', () => {
    const rows = rowsOf('Profiles').map((cells) => cells.map(plain));
    expect(rows).toEqual(
      Object.entries(PROFILES).map(([name, { parts, source, assumed = '' }]) => [
        name,
        parts,
        source,
        assumed,
      ]),
    );
  });

  it('explains every part there is, in canonical order, by an example that is one', () => {
    const examples = rowsOf('A spec').map(([cell = '']) => plain(cell));
    const named = [...new Set(examples.map((example) => example.split('=')[0]))];
    expect(named).toEqual([...Object.keys(DIRECTION_KEYS), ...Object.keys(UPLINK_KEYS)]);
    const beside: Record<string, string> = {
      jitter: 'delay=20ms',
      burst: 'loss=1%',
      hold: 'reorder=1%',
      queue: 'rate=12mbit',
      'uplink.queue': 'uplink=1mbit',
    };
    for (const example of examples) {
      const other = beside[example.split('=')[0]!];
      const text = other === undefined ? example : `${other}/${example}`;
      expect(parseLink('link', text, () => ({ atUs: [1_000], sha256: '' })).name).toContain(
        example,
      );
    }
  });

  it('gives examples of whole specs that are accepted', () => {
    const [block = ''] = /(?<=```text\n)lte[\s\S]*?(?=```)/.exec(page) ?? [];
    const specs = block.trim().split('\n');
    expect(specs).toHaveLength(4);
    for (const text of specs)
      expect(parseLink('link', text, () => ({ atUs: [], sha256: '' })).name).toBe(text);
  });

  it('quotes the limits and defaults of the code', () => {
    const quoted: [string, string, (value: number) => string][] = [
      ['direction', 'LEAST_PACKETS', (v) => `at least for ${v} packets of 1,500 bytes`],
      ['direction', 'UPLINK_PACKETS', (v) => `\`${v}p\` | room in front of it`],
      ['direction', 'HOLD_US', (v) => `| \`hold=${v}ms\` | ${v} ms |`],
      ['keys', 'MOST_LISTED', (v) => `at most ${v.toLocaleString('en')} |`],
      ['trace', 'MOST_OPPORTUNITIES', (v) => `At most ${v.toLocaleString('en')} lines.`],
    ];
    for (const [file, name, sentence] of quoted) {
      expect(page).toContain(sentence(constantIn(`bench/link/spec/${file}.ts`, name)!));
    }
  });
});
