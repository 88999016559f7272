/** The `serve:` section of a configuration file: the flags of `lab serve` by their long names. */
import { z } from 'zod';
import { mergedParts } from '../args/option-flags.js';
import { serveFlags } from '../args/serve-config.js';
import { SERVE_DEFAULTS, type ServeConfig } from '../args/serve-defaults.js';
import type { ConfigDocument } from './document.js';
import { MAP, readSetting, refuseKey, settingsOf, shapeOf, type Values } from './flag-settings.js';

const SECTION = 'serve';
const SETTINGS = settingsOf(serveFlags());

/** What stands beside the section is for `lab run` to judge. */
const file = z.looseObject({ [SECTION]: z.strictObject(shapeOf(SETTINGS), MAP) }, MAP);

/** @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_*: with file, line, column and path */
export function readServeSection(document: ConfigDocument): Partial<ServeConfig> {
  const { data } = document;
  if (typeof data === 'object' && data !== null && !Array.isArray(data) && !(SECTION in data)) {
    return document.fail(
      [],
      "has no section 'serve'",
      'write serve: and the settings of lab serve below it, indented',
    );
  }
  const checked = file.safeParse(data);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    if (issue.code === 'unrecognized_keys')
      return refuseKey(document, issue, [...SETTINGS.keys()], 'lab serve');
    return document.fail(issue.path, issue.message, 'see lab help serve');
  }
  const parts = Object.entries(checked.data[SECTION] as Values).map(([name, value]) =>
    readSetting(document, [SECTION, name], SETTINGS.get(name)!, value, SERVE_DEFAULTS),
  );
  return mergedParts(parts);
}
