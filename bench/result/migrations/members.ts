/** What a migration may believe of a document: that it is JSON. */
export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Each object of a list by `change`; what is not a list, and no object in it, stays for the schema.
 */
export function mapMembers(list: unknown, change: (one: Members) => Members): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((one) => (isMembers(one) ? change(one) : one));
}
