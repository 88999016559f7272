/** The conformance kit of option tables: what every table of a source or transport keeps to. */
import { describe, expect, it } from 'vitest';
import { commandOptions } from '../../../src/options/option.js';
import { SOURCES } from '../../../src/sources/registry.js';
import { TRANSPORTS } from '../../../src/transports/registry.js';

const TABLES = [
  ...[...SOURCES].map(([name, { options }]) => [`source ${name}`, options] as const),
  ...[...TRANSPORTS].map(([name, { options }]) => [`transport ${name}`, options] as const),
];

const ROWS = TABLES.flatMap(([, table]) => [...table]);

describe.each(TABLES)('the options of %s', (_, table) => {
  const rows = commandOptions(table);

  it('have names and flags of their own', () => {
    const names = table.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const flags = rows.map(({ flag }) => flag.split(' ')[0]);
    expect(flags).toEqual([...new Set(flags)]);
  });

  it('are the very rows of another one where they have its name or its flag', () => {
    for (const row of table) {
      expect(ROWS.filter(({ name }) => name === row.name).every((one) => one === row)).toBe(true);
      if (!('flag' in row)) continue;
      const same = commandOptions(ROWS).filter(({ flag }) => flag === row.flag);
      expect(same.every((one) => one === row)).toBe(true);
    }
  });

  it('have a default that both the library and the command line take, and read it as shown', () => {
    for (const { name, default: usual, runDefault = usual, schema, parse, show } of rows) {
      for (const value of [usual, runDefault].filter((one) => one !== null)) {
        expect(schema.safeParse(value).success, name).toBe(true);
        expect(parse(show(value), name), name).toEqual(value);
      }
    }
  });

  it('say what they are for, and refuse nonsense by the name they are called by', () => {
    for (const { flag, help, commands, parse } of rows) {
      expect(flag).toMatch(/^--[a-z][a-z-]+ <[a-z]+>$/);
      expect(help.length).toBeGreaterThan(10);
      expect(commands.length).toBeGreaterThan(0);
      // Empty is not a value of any but a URL, which its source judges.
      if (!flag.endsWith('<url>')) expect(() => parse('', 'its label')).toThrow(/^its label /);
    }
  });
});
