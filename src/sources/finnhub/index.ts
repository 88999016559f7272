import { systemClock } from '../../core/clock.js';
import type { Source, SourceOptions } from '../source.js';
import { endpointsAt } from './endpoints.js';
import { readKey } from './key.js';
import { DEFAULT_LIMITS } from './limits.js';
import { proxiesOf } from './proxies.js';
import { FinnhubSource } from './source.js';
import { parseSymbols } from './symbols.js';

/**
 * Live prices from https://finnhub.io, `finnhub:AAPL,MSFT` or `finnhub:rest:AAPL,MSFT`: see
 * docs/design/sources.md. Waits for the first answer that tells whether the key is good. Proxies
 * are those of the environment. It never ends by itself; `options.loop` and `options.symbols` mean
 * nothing to it.
 * @throws LAB_ERR_BAD_VALUE (symbols, URL, proxy), LAB_ERR_SOURCE_KEY (none, or refused),
 * LAB_ERR_SOURCE_EMPTY (no symbol is known)
 */
export async function openFinnhub(argument: string, options: SourceOptions): Promise<Source> {
  const wanted = parseSymbols(argument);
  const endpoints = endpointsAt(options.finnhubUrl);
  const proxies = proxiesOf(process.env);
  const key = await readKey(options.finnhubKeyFile, process.env);
  const { sizeBytes, seed, onNotice } = options;
  const source = new FinnhubSource({
    wanted,
    key,
    endpoints,
    proxies,
    onNotice,
    clock: systemClock(),
    limits: DEFAULT_LIMITS,
    sizeBytes,
    seed,
  });
  await source.open();
  return source;
}
