import { LabError } from '../../errors.js';

/**
 * Where requests go first, as undici's `EnvHttpProxyAgent` wants it. `''` = nowhere. **URLs may
 * hold a password.**
 */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The proxies that an environment names: HTTPS_PROXY (else HTTP_PROXY) for `https:` and `wss:`,
 * HTTP_PROXY for `http:` and `ws:`, except for what NO_PROXY lists; lower case goes first. Plain
 * http is spoken to this machine only and carries the key in clear, so it takes no proxy that is
 * elsewhere. Undefined when there is none. What is read is never quoted.
 * @throws LAB_ERR_BAD_VALUE for one that is not http or https URL
 */
export function proxiesOf(environment: Environment): Proxies | undefined {
  const http = proxyIn(environment, 'HTTP_PROXY');
  const https = proxyIn(environment, 'HTTPS_PROXY') ?? http;
  if (https === undefined && http === undefined) return undefined;
  return {
    httpProxy: http !== undefined && LOOPBACK.test(http.hostname) ? http.href : '',
    httpsProxy: https?.href ?? '',
    noProxy: variable(environment, 'NO_PROXY') ?? '',
  };
}

function proxyIn(environment: Environment, name: string): URL | undefined {
  const text = variable(environment, name);
  if (text === undefined) return undefined;
  // As other programs take it: without a scheme it is http.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || !isDecodable(parsed)) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `finnhub: the environment variable ${name} is not a proxy`,
      {
        hint: 'write it like http://proxy.example:3128, with a user as http://user:password@…, or unset it',
      },
    );
  }
  return parsed;
}

function variable(environment: Environment, name: string): string | undefined {
  const text = (environment[name.toLowerCase()] ?? environment[name])?.trim();
  return text === '' ? undefined : text;
}

/** A `%` of a password that is not written `%25`. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
