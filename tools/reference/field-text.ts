/**
 * What the generator is told of the fields of a result; whether one may be null it reads itself.
 */

/**
 * `[path, unit, meaning, null when]`. The unit may be `→ name of a shape`: the fields of that shape
 * stand below the path. The last is needed where the schema allows null.
 */
export type FieldText =
  | readonly [path: string, unit: string, meaning: string]
  | readonly [path: string, unit: string, meaning: string, nullWhen: string];

/** Fields that stand in one table. The paths of a shape begin with a dot. */
export interface FieldSection {
  readonly title: string;
  /** Above the table; empty when there is nothing to say. */
  readonly about: string;
  readonly fields: readonly FieldText[];
}
