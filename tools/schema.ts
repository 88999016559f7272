/** `npm run schema`: writes the JSON Schemas of the documents that the lab makes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AB_SCHEMA_PATH, abJsonSchema } from '../bench/ab/document.js';
import { CHOICE_SCHEMA_PATH, choiceJsonSchema } from '../bench/choose/document.js';
import { resultJsonSchema, SCHEMA_PATH } from '../bench/result/json-schema.js';
import { SEARCH_SCHEMA_PATH, searchJsonSchema } from '../bench/search/document.js';

const SCHEMAS = [
  [SCHEMA_PATH, resultJsonSchema()],
  [AB_SCHEMA_PATH, abJsonSchema()],
  [CHOICE_SCHEMA_PATH, choiceJsonSchema()],
  [SEARCH_SCHEMA_PATH, searchJsonSchema()],
] as const;

for (const [path, text] of SCHEMAS) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
