/** Names of columns (or JSON members) as they are compared: without case, blanks, and signs such as _ @ < >. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
