/**
 * Flags made of the option tables of sources and transports: what they are called, what they read
 * and write, and for whom they are. Pure.
 */
import type { RunConfig } from '../../bench/config.js';
import {
  type CommandOption,
  commandOptions,
  type OptionCommand,
  type OptionValue,
} from '../../src/options/option.js';
import { SOURCES, sourceTable } from '../../src/sources/registry.js';
import { TRANSPORTS, transportTable } from '../../src/transports/registry.js';

/** Members of a configuration that hold the options of a table. */
export const OPTION_MEMBERS = ['sourceOptions', 'transportOptions'] as const;

export type OptionMember = (typeof OPTION_MEMBERS)[number];

/** A configuration that holds options of tables. */
export type Configured = Pick<RunConfig, OptionMember>;

/** A row of a table as a flag of a command. */
export interface OptionFlag {
  readonly row: CommandOption;
  readonly member: OptionMember;
  /** The flag that says who takes it, and who does. */
  readonly by: '--transport' | '--source';
  readonly owners: readonly string[];
}

/** In the order of the tables: sources, then transports. */
export function optionFlags(command: OptionCommand): OptionFlag[] {
  return [
    ...commandOptions(sourceTable(), command).map((row): OptionFlag => {
      const owners = ownersOf(row.name, SOURCES);
      return { row, member: 'sourceOptions', by: '--source', owners };
    }),
    ...commandOptions(transportTable(), command).map((row): OptionFlag => {
      const owners = ownersOf(row.name, TRANSPORTS);
      return { row, member: 'transportOptions', by: '--transport', owners };
    }),
  ];
}

/** Those that the help has in this section. */
export function sectionFlags(
  command: OptionCommand,
  section: CommandOption['section'],
): OptionFlag[] {
  return optionFlags(command).filter(({ row }) => row.section === section);
}

/** Its long name: `--group`. */
export function flagName({ row }: OptionFlag): string {
  return row.flag.split(' ')[0]!;
}

function ownersOf(
  name: string,
  registered: ReadonlyMap<string, { readonly options: readonly { readonly name: string }[] }>,
): string[] {
  return [...registered]
    .filter(([, { options }]) => options.some((row) => row.name === name))
    .map(([owner]) => owner);
}

/** The configuration that a flag alone makes. */
export function parsedOption(
  { row, member }: OptionFlag,
  text: string,
  label: string,
): Partial<Configured> {
  return { [member]: { [row.name]: row.parse(text, label) } };
}

/** Undefined where nothing is said. */
export function optionValue(
  { row, member }: OptionFlag,
  config: Partial<Configured>,
): OptionValue | undefined {
  return config[member]?.[row.name];
}

/** Null when there is nothing to show. */
export function optionText(flag: OptionFlag, config: Partial<Configured>): string | null {
  const value = optionValue(flag, config) ?? null;
  return value === null ? null : flag.row.show(value);
}

/** Later parts override earlier ones, option by option. */
export function mergedParts<C extends Configured>(parts: readonly Partial<C>[]): Partial<C> {
  const merged: Record<string, unknown> = Object.assign({}, ...parts);
  for (const member of OPTION_MEMBERS) {
    const records = parts.map((part) => part[member]).filter((one) => one !== undefined);
    if (records.length > 0) merged[member] = Object.assign({}, ...records);
  }
  return merged as Partial<C>;
}
