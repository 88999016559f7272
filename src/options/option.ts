/**
 * What the options of transports and sources look like. Each implementation has a table of its own,
 * light enough to be read without loading it: flags, help, configuration files, checks, what has no
 * effect, and the configuration in a result are all made from the tables.
 */
import type { z } from 'zod';

/** A place in a recording: `at` a time, or `after` the first item; µs. */
type Point = { readonly at: number } | { readonly after: number };

/** Plain data: it goes to other processes and into results. Null = not set. */
export type OptionValue = string | number | null | Point;

/** Values by the names of their options. */
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** Commands of the lab that an option may belong to. */
export type OptionCommand = 'run' | 'serve' | FeedCommand;

/** Those that subscribe: they have options of the `connect` side. */
export type FeedCommand = 'subscribe' | 'record';

/** Who takes it: a server, its clients, or both. A source has one side, `open`. */
export type OptionSide = 'listen' | 'connect' | 'both' | 'open';

/** An option that only programs set. */
export interface LibraryOption {
  /** Member of the options of `listen`, `connect` or `openSource`. */
  readonly name: string;
  readonly side: OptionSide;
  /** What it may be, for whoever calls the library. */
  readonly schema: z.ZodType;
}

/** One that commands of the lab have as well. Implementations that share one share its row. */
export interface CommandOption extends LibraryOption {
  /** As a command line has it, its value named: `--multicast-ttl <n>`. */
  readonly flag: string;
  /** One line of a help text. */
  readonly help: string;
  readonly commands: readonly OptionCommand[];
  /** Where a help text has it; absent = behind the others. */
  readonly section?: 'clients' | 'pace' | 'content';
  /** What holds without it; null = nothing is passed on, as in commands that subscribe. */
  readonly default: OptionValue;
  /** What holds in `lab run`, where that is something else. */
  readonly runDefault?: OptionValue;
  /** What stands for null: the address that the server is on. */
  readonly follows?: 'host';
  /** @param label what messages call it @throws LAB_ERR_BAD_VALUE */
  readonly parse: (text: string, label: string) => OptionValue;
  /** The text that `parse` reads as this value. */
  readonly show: (value: OptionValue) => string;
}

export type OptionTable = readonly (LibraryOption | CommandOption)[];

/** Rows that a command has, in order. */
export function commandOptions(table: OptionTable, command?: OptionCommand): CommandOption[] {
  return table.filter(
    (row): row is CommandOption =>
      'flag' in row && (command === undefined || row.commands.includes(command)),
  );
}

/** The rows of several tables, each once: of one name there is one row. */
export function mergedTable(tables: Iterable<OptionTable>): OptionTable {
  const rows = new Map<string, LibraryOption | CommandOption>();
  for (const table of tables)
    for (const row of table) if (!rows.has(row.name)) rows.set(row.name, row);
  return [...rows.values()];
}

/** What holds without anything said. */
export function defaultsOf(table: OptionTable, command: OptionCommand): OptionValues {
  return Object.fromEntries(
    commandOptions(table, command).map(({ name, default: usual, runDefault = usual }) => [
      name,
      command === 'run' ? runDefault : usual,
    ]),
  );
}

/**
 * What one side of an implementation is given of `values`: only rows of its table, unset ones left
 * out.
 * @param host what stands for an unset option that follows it; undefined = it stays unset
 */
export function passedOn(
  table: OptionTable,
  side: Exclude<OptionSide, 'both'>,
  values: OptionValues,
  host?: string,
): Record<string, Exclude<OptionValue, null>> {
  const passed: Record<string, Exclude<OptionValue, null>> = {};
  for (const row of commandOptions(table)) {
    if (row.side !== side && row.side !== 'both') continue;
    const value = values[row.name] ?? (row.follows === 'host' ? host : null) ?? null;
    if (value !== null) passed[row.name] = value;
  }
  return passed;
}
