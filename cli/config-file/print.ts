/** A configuration as a file that gives it again. Pure. */
import { Document, type ToStringOptions } from 'yaml';
import type { RunConfig } from '../../bench/config.js';
import type { Threshold } from '../../bench/verdict/threshold.js';
import { visibleJson } from '../../reports/visible-text.js';
import { hasEffect, runFlags } from '../args/run-config.js';
import { longName } from '../args/run-flag.js';

/** YAML for `--config`: every setting that has an effect, defaults included. */
export function configYaml(config: RunConfig, thresholds: readonly Threshold[]): string {
  const document = new Document({});
  for (const flag of runFlags()) {
    const text = flag.show(config);
    const name = longName(flag);
    if (text === null || !hasEffect(name, config)) continue;
    const items = flag.flags.endsWith('<list>') ? text.split(',').map(scalar) : [scalar(text)];
    const value = items.length === 1 ? items[0] : items;
    document.set(
      name.slice('--'.length),
      document.createNode(text === '' ? true : value, { flow: true }),
    );
  }
  if (thresholds.length > 0) {
    const conditions = thresholds.map(({ expression }) => expression);
    document.set('threshold', document.createNode(conditions, { flow: true }));
  }
  document.commentBefore = ' For lab run --config. The keys are the flags of lab run.';
  const options: ToStringOptions = { lineWidth: 0, flowCollectionPadding: false };
  const text = document.toString(options);
  if (visibleJson(text) === text) return text;
  // Between double quotes YAML has the escapes of JSON.
  return visibleJson(
    document.toString({ ...options, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }),
  );
}

/** A number where it is one without loss, so that it stands there without quotes. */
function scalar(text: string): string | number {
  return /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}
