/**
 * Settings that nothing of what is asked for makes use of. One rule for every command: on the
 * command line such a setting is refused, whatever its value; in a file it is a preset, and is left
 * out. Pure.
 */
import type { RunConfig } from '../../bench/config.js';
import { LabError } from '../../src/errors.js';
import { parseSourceSpec } from '../../src/sources/registry.js';
import {
  type Configured,
  flagName,
  mergedParts,
  type OptionFlag,
  type OptionMember,
} from './option-flags.js';

/** Why a setting has no effect. */
export interface Idle {
  /** What makes it so, as the words of a command line: `--transport tcp`. */
  readonly beside: string;
  /** What gives it an effect: `choose --transport udp`. */
  readonly otherwise: string;
}

/** Where a setting stands in a configuration: a member, or an option of a table. */
export type Place<C> = readonly [keyof C & string] | readonly [OptionMember, string];

/** When a setting has no effect. */
export interface EffectRule<C> {
  /** Its long name. */
  readonly flag: string;
  readonly place: Place<C>;
  /** Null: something makes use of it. `flags`: what stands on the command line. */
  readonly idle: (config: C, flags: Partial<C>) => Idle | null;
}

/** Who may make use of a setting. */
export interface Owners {
  readonly by: '--transport' | '--source';
  readonly owners: readonly string[];
}

type Chosen = Pick<RunConfig, 'transports' | 'source'>;

/** Null where one of its owners is chosen. */
export function unowned({ by, owners }: Owners, { transports, source }: Chosen): Idle | null {
  const chosen = by === '--transport' ? transports : [parseSourceSpec(source).name];
  if (chosen.some((one) => owners.includes(one))) return null;
  return {
    beside: `${by} ${chosen.join(',')}`,
    otherwise: `choose ${by} ${owners.join(' or ')}`,
  };
}

/** The rule of a row of an option table. */
export function rowRule<C extends Configured & Chosen>(flag: OptionFlag): EffectRule<C> {
  return {
    flag: flagName(flag),
    place: [flag.member, flag.row.name],
    idle: (config) => unowned(flag, config),
  };
}

type Parts = { readonly [M in OptionMember]: Readonly<Record<string, unknown>> };

/** The error of a flag that has no effect beside another. */
export function noEffect(flag: string, { beside, otherwise }: Idle): LabError {
  return new LabError('LAB_ERR_NO_EFFECT', `${flag} has no effect with ${beside}`, {
    hint: `leave ${flag} out, or ${otherwise}`,
  });
}

/** False for a flag, by its long name, that this configuration makes no use of. */
export function isEffective<C>(rules: readonly EffectRule<C>[], name: string, config: C): boolean {
  return !rules.some(({ flag, idle }) => flag === name && idle(config, {}) !== null);
}

/**
 * What presets and flags make together, without the presets that have no effect in it. A rule may
 * look at what an earlier one leaves out.
 * @param complete adds what holds without anything said
 * @throws LAB_ERR_NO_EFFECT for the first flag that has none
 */
export function effective<C extends Configured>(
  rules: readonly EffectRule<C>[],
  presets: readonly Partial<C>[],
  flags: readonly Partial<C>[],
  complete: (given: Partial<C>) => C,
): C {
  const meant = mergedParts(flags);
  let preset = mergedParts(presets);
  let config = complete(mergedParts([preset, meant]));
  for (const { flag, place, idle } of rules) {
    const given = { flag: isSet(meant, place), preset: isSet(preset, place) };
    const why = given.flag || given.preset ? idle(config, meant) : null;
    if (why === null) continue;
    if (given.flag) throw noEffect(flag, why);
    preset = without(preset, place);
    config = complete(mergedParts([preset, meant]));
  }
  return config;
}

function isSet<C>(part: Partial<C>, [key, name]: Place<C>): boolean {
  const value = part[key as keyof C];
  if (name === undefined) return value !== undefined;
  return (value as Parts[OptionMember] | undefined)?.[name] !== undefined;
}

function without<C extends Configured>(part: Partial<C>, [key, name]: Place<C>): Partial<C> {
  const { [key as keyof C]: value, ...others } = part;
  if (name === undefined) return others as Partial<C>;
  const { [name]: _, ...options } = value as Parts[OptionMember];
  return { ...others, [key]: options } as Partial<C>;
}
