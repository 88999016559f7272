import { z } from 'zod';
import { RESULT_SCHEMA, resultSchema } from './result.js';

/** Where the generated schema lies, from the root of the project. */
export const SCHEMA_PATH = 'schema/lab-result-v1.schema.json';

/**
 * The schema of a result as JSON Schema, draft 2020-12: the text of `SCHEMA_PATH`. Made from the
 * zod schema, never edited.
 */
export function resultJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(resultSchema);
  const schema = {
    $schema,
    title: RESULT_SCHEMA,
    description:
      'The result of one run of StreamPulse Lab. What each field means: docs/reference/results.md.',
    ...rest,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
