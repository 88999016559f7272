import { onTestFinished } from 'vitest';
import {
  createServer,
  type Feed,
  type FeedOptions,
  type LabServer,
  loadCodec,
  loadTransport,
  type ServerOptions,
  type SourceItem,
  subscribe as subscribeTo,
  systemClock,
} from '../../../src/index.js';
import { Recorder } from '../conformance/transport-support.js';

/** A free port for whatever transport is asked for. */
export const ANY = { tcp: 0, udp: 0, ws: 0 };

/** A server that is closed after the test. */
export async function serve(options: ServerOptions = {}): Promise<LabServer> {
  const server = await createServer({ ports: ANY, ...options });
  onTestFinished(() => server.close({ drainMs: 0 }));
  return server;
}

/** `subscribe` of the library, without reconnecting: what goes wrong is thrown. */
export function follow(url: string, options: FeedOptions = {}): Feed {
  return subscribeTo(url, { reconnect: false, ...options });
}

/** Where one of the URLs of a server leads. */
export function endpoint(url = ''): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** A client of this transport of the server; it leaves after the test. */
export async function subscribe(
  server: LabServer,
  name: string,
  codecName = 'msgpack',
): Promise<Recorder> {
  const url = server.urls.find((one) => one.startsWith(`${name}:`));
  const codec = await loadCodec(codecName);
  const receiver = new Recorder(codec);
  const transport = await loadTransport(name);
  const subscription = await transport.connect(endpoint(url), {
    codec,
    receiver,
    clock: systemClock(),
  });
  onTestFinished(() => subscription.close());
  return receiver;
}

/** Asks a server by HTTP, over a connection that does not outlive the answer. */
export async function get(url = '', path = ''): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
}

/** A source that gives what it is told to, when it is told. */
export function tap(): {
  source: AsyncGenerator<SourceItem>;
  give(item: SourceItem): void;
  fail(error: Error): void;
  end(): void;
} {
  const queue: (() => IteratorResult<SourceItem>)[] = [];
  let wake: () => void = () => {};
  const push = (step: () => IteratorResult<SourceItem>): void => {
    queue.push(step);
    wake();
  };
  async function* items(): AsyncGenerator<SourceItem> {
    for (;;) {
      const step = queue.shift();
      if (step === undefined) {
        await new Promise<void>((done) => {
          wake = done;
        });
        continue;
      }
      const { done, value } = step();
      if (done === true) return;
      yield value;
    }
  }
  return {
    source: items(),
    give: (value) => push(() => ({ done: false, value })),
    fail: (error) =>
      push(() => {
        throw error;
      }),
    end: () => push(() => ({ done: true, value: undefined })),
  };
}
