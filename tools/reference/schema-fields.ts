/** The fields of a zod schema as paths: `cells[].latency_us.p50`. */
import { z } from 'zod';

export interface SchemaField {
  readonly path: string;
  readonly nullable: boolean;
  /** What the schema itself says of it; empty when it says nothing. */
  readonly about: string;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly description?: string;
}

/**
 * Leaves of the schema, and the objects and lists of objects that may be null. A list of plain
 * values is one leaf, `list[]`. Of a union all members are listed, each path once.
 */
export function schemaFields(schema: z.ZodType): SchemaField[] {
  const fields = new Map<string, SchemaField>();
  for (const field of walk('', z.toJSONSchema(schema) as Schema, false)) {
    const before = fields.get(field.path);
    fields.set(field.path, {
      ...field,
      nullable: field.nullable || (before?.nullable ?? false),
      about: before?.about || field.about,
    });
  }
  return [...fields.values()];
}

function walk(path: string, schema: Schema, nullable: boolean): SchemaField[] {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    const mayBeNull = nullable || options.some(({ type }) => type === 'null');
    return options
      .filter(({ type }) => type !== 'null')
      .flatMap((one) => walk(path, { description: schema.description ?? '', ...one }, mayBeNull));
  }
  if (schema.type === 'array') return walk(`${path}[]`, schema.items ?? {}, nullable);
  const about = schema.description ?? '';
  if (schema.type !== 'object') return [{ path, nullable: nullable || allowsNull(schema), about }];
  const own = nullable ? [{ path, nullable, about }] : [];
  const any = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
  const members = Object.entries(schema.properties ?? { '*': any });
  return [
    ...own,
    ...members.flatMap(([name, member]) =>
      walk(path === '' ? name : `${path}.${name}`, member, false),
    ),
  ];
}

/** The short form of a plain value that may be null. */
function allowsNull({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}
