/** `npm run schema`: writes the JSON Schema of a result. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { resultJsonSchema, SCHEMA_PATH } from '../bench/result/json-schema.js';

mkdirSync(dirname(SCHEMA_PATH), { recursive: true });
writeFileSync(SCHEMA_PATH, resultJsonSchema());
process.stdout.write(`${SCHEMA_PATH}\n`);
