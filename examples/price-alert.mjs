// @ts-check
/**
 * Says when a condition becomes true, e.g. when a symbol crosses a price.
 *
 *     node examples/price-alert.mjs tcp://127.0.0.1:7400 'AAPL > 200' --once
 */
import { parseArgs } from 'node:util';
import { AlertWatch, LabError, parseAlert, subscribe } from 'streampulse-lab';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { once: { type: 'boolean', default: false } },
  });
  const [url = 'tcp://127.0.0.1:7400', condition = 'AAPL > 200'] = positionals;
  const alert = new AlertWatch(parseAlert(condition));
  // Cuts are mended by the feed itself. What was missed meanwhile may have crossed the price: say
  // so.
  const feed = subscribe(url, {
    onEvent: (event) => {
      if (event.type === 'gap') console.error(`${event.missed} messages missing: ${event.reason}`);
    },
  });
  for await (const message of feed) {
    if (!alert.apply(message)) continue;
    const { time, key, value } = message;
    console.log(
      `${new Date(time / 1_000).toISOString()} ${condition}: ${key} is ${JSON.stringify(value)}`,
    );
    if (values.once) break; // closes the connection
  }
} catch (error) {
  const hint = error instanceof LabError && error.hint !== undefined ? ` (${error.hint})` : '';
  console.error(error instanceof Error ? `${error.message}${hint}` : error);
  process.exitCode = 1;
}
