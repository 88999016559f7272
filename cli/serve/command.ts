/** `lab serve`: a broadcast server that stays up. */
import { type Command, Option } from 'commander';
import { visibleLine } from '../../reports/visible-text.js';
import { parseFeedUrl } from '../../src/client/url.js';
import { passedOn } from '../../src/options/option.js';
import type { LabServer, ServerOptions } from '../../src/serve/options.js';
import { chosenOptions } from '../../src/sources/registry.js';
import { unspecifiedFamily } from '../../src/transports/host.js';
import { transportTable } from '../../src/transports/registry.js';
import { mergedParts } from '../args/option-flags.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { serveConfig, serveFlags } from '../args/serve-config.js';
import type { ServeConfig } from '../args/serve-defaults.js';
import { type LiveFlag, liveOption, livePort } from '../live/flag.js';
import { jsonLine, print } from '../output.js';
import { watchInterrupts } from '../signals.js';
import { openServeLive, type ServeLive } from './live.js';

const EXAMPLES = `
Examples:
  lab serve                                      made-up quotes on TCP: nc 127.0.0.1 7400 | head -3
  lab serve -t tcp,udp --source replay:examples/data/stocks.csv --rate 20 --on-end loop
  lab serve --source replay:trades.csv --speed 10    at ten times the recorded pace
  lab serve --host 0.0.0.0 --max-clients 5k --policy disconnect
  lab serve --live                                   clients, rates, losses and the slowest clients in a browser
  lab serve --config lab.yaml                    its section serve:, keys as the flags; flags override it

Nothing is encrypted and nobody is authenticated: serve a network you trust.
SIGTERM and Ctrl-C end every subscription, let clients read what they are owed (--drain), and exit 0.
Exit codes: 0 stopped, or the source ended with --on-end exit · 1 a port is taken, or the source failed with
  --on-end exit · 2 usage · 130 stopped by a second signal
`;

interface ServeOptions extends Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly json?: boolean;
  readonly http?: boolean;
  readonly live?: LiveFlag;
}

export function addServe(program: Command, finish: Finish): void {
  const command = program
    .command('serve')
    .description('broadcast a source to everyone who subscribes, until stopped');
  const keys: string[] = [];
  for (const { flags, about, fallback, parse } of serveFlags()) {
    // Commander has `--no-…` off by itself.
    if (flags === '--no-http') {
      command.addOption(new Option(flags, about));
      continue;
    }
    const option = valueOption(
      flags,
      fallback === null ? about : `${about} (default: ${fallback})`,
      parse,
    );
    keys.push(option.attributeName());
    command.addOption(option);
  }
  command
    .addOption(
      valueOption(
        '--config <file>',
        'settings from the section serve: of a YAML or JSON file',
        (text) => text,
      ),
    )
    .addOption(new Option('--json', 'where it serves as one JSON line on stdout'))
    .addOption(liveOption('clients, rates and losses'))
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServeOptions) => {
      const parts = keys.map((key) => options[key]) as (Partial<ServeConfig> | undefined)[];
      if (options.http === false) parts.push({ http: false });
      const flags = mergedParts<ServeConfig>(parts.filter((part) => part !== undefined));
      const file = await readFileSection(options.config);
      const config = serveConfig([flags], file);
      const clientsGiven = config.maxClients === (flags.maxClients ?? file.maxClients);
      const show = { json: options.json === true, live: livePort(options.live) };
      finish(await serve(config, clientsGiven, show));
    });
}

async function readFileSection(path: string | undefined): Promise<Partial<ServeConfig>> {
  if (path === undefined) return {};
  const { readDocument } = await import('../config-file/load.js');
  const { readServeSection } = await import('../config-file/serve-section.js');
  return readServeSection(await readDocument(path));
}

/** @throws Exit after a second signal, or when nobody reads stdout */
async function serve(
  config: ServeConfig,
  clientsGiven: boolean,
  { json, live: port }: { readonly json: boolean; readonly live: number | null },
): Promise<number> {
  const { createLog } = await import('./log.js');
  const { createServer } = await import('../../src/serve/server.js');
  const log = createLog(config.logLevel, process.stderr.isTTY === true, (line) =>
    process.stderr.write(line),
  );
  const interrupts = watchInterrupts(() => log.info({}, 'stopping; once more to quit at once'));
  let server: LabServer | undefined;
  let live: ServeLive | undefined;
  try {
    const { kill, stop } = interrupts;
    const clients = clientsGiven ? { maxClients: config.maxClients } : {};
    server = await createServer({ ...serverOptions(config), ...clients, log, signal: stop });
    if (port !== null) live = await openServeLive(port, server);
    await print(json ? readyLine(config, server) : banner(config, server));
    const killed = new Promise<never>((_, reject) => {
      kill.addEventListener('abort', () => reject(kill.reason), { once: true });
    });
    const failure = await Promise.race([server.closed, killed]);
    await live?.finish(failure);
    if (failure !== undefined) throw failure;
    return 0;
  } catch (error) {
    interrupts.kill.throwIfAborted();
    // Stopped before it had begun: as good an end as any.
    if (server === undefined && interrupts.stop.aborted) return 0;
    throw error;
  } finally {
    if (!interrupts.kill.aborted) {
      await live?.finish(undefined);
      await server?.close({ drainMs: 0 });
    }
    interrupts.dispose();
  }
}

/** What `createServer` is told. */
export function serverOptions(config: ServeConfig): ServerOptions {
  const { transports, host, port, wsPort, codec, policy, source, onEnd, staleMs, drainMs } = config;
  const { seed, sizeBytes, rate, speed, maxBacklog } = config;
  return {
    transports,
    host,
    ports: { tcp: port, udp: port, ws: wsPort },
    codec,
    policy,
    ...(maxBacklog === null ? {} : { maxBacklog }),
    flush: config.flush,
    transportOptions: passedOn(transportTable(), 'listen', config.transportOptions),
    source,
    sourceOptions: {
      seed,
      sizeBytes,
      ...chosenOptions(source, config.sourceOptions),
    },
    ...(rate === null ? {} : { rate }),
    ...(speed === null ? {} : { speed }),
    onEnd,
    staleMs,
    drainMs,
    ...(config.http ? { httpPort: config.httpPort } : {}),
  };
}

function readyLine(
  { source }: ServeConfig,
  { urls, httpUrl, codec, source: name }: LabServer,
): string {
  const { pid } = process;
  return jsonLine({
    event: 'serving',
    source: name ?? source,
    codec,
    urls,
    http: httpUrl ?? null,
    pid,
  });
}

function banner({ codec }: ServeConfig, { urls, httpUrl, source }: LabServer): string {
  const lines = urls.map((url, i) => {
    const start = i === 0 ? `serving ${source} on ${url}` : `and on ${url}`;
    return `${start}${tryIt(url, codec)}`;
  });
  if (httpUrl !== undefined)
    lines.push(`health and metrics on ${httpUrl} (/healthz, /readyz, /metrics)`);
  return `${lines.map(visibleLine).join('\n')}\n`;
}

/** What to type to see it, where a program that everybody has will do. */
function tryIt(url: string, codec: string): string {
  if (!url.startsWith('tcp:')) return '';
  const { host: bound, port } = parseFeedUrl(url).endpoint;
  const host = unspecifiedFamily(bound) === undefined ? bound : 'localhost';
  const ask = codec === 'line-json' ? '' : `echo '{"codec":"line-json"}' | `;
  return ` · try: ${ask}nc ${host} ${port} | head -3`;
}
