/** Every file of examples/, run as its README says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { runInNewContext } from 'node:vm';
import { WebSocket } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../../src/client/feed.js';
import type { Message } from '../../../src/core/message.js';
import { finish } from '../../support/cli/lab.js';
import { type Serving, serving } from '../../support/cli/serving.js';
import { until } from '../../support/conformance/transport-support.js';
import { projectFiles, readProject, tableRows } from '../../support/docs/docs.js';
import { RawClient } from '../../support/net/raw-client.js';

function example(name: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [`examples/${name}.mjs`, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A server of the prices that are written to it. */
async function market(
  ...args: string[]
): Promise<{ server: Serving; tell(...prices: [string, number][]): void }> {
  const server = await serving('--source', 'stdin:lines', ...args);
  return {
    server,
    tell: (...prices) => {
      for (const [key, price] of prices)
        server.child.stdin?.write(`${JSON.stringify({ key, value: { price } })}\n`);
    },
  };
}

const joined = ({ metric }: Serving, count = 1): Promise<void> =>
  expect.poll(() => metric('lab_clients'), { interval: 10 }).toBe(count);

/** What a server of the examples says when it is up. */
async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout!, 'data');
  return String(chunk).trim();
}

describe('examples', () => {
  it('price-alert fires when the price crosses, not before, and ends after the first with --once', async () => {
    const { server, tell } = await market();
    tell(['AAPL', 199]);
    const running = finish(example('price-alert', server.url('tcp'), 'AAPL > 200', '--once'));
    await joined(server);
    tell(['IBM', 300], ['AAPL', 200], ['AAPL', 201.5], ['AAPL', 202]);
    const { code, stdout, stderr } = await running;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z AAPL > 200: AAPL is \{"price":201.5\}\n$/);
  });

  it('portfolio prints the net worth whenever it changes, and what is not in it yet', async () => {
    const { server, tell } = await market();
    const running = finish(
      example('portfolio', server.url('tcp'), '{"AAPL":2,"IBM":1}', '--count', '3'),
    );
    await joined(server);
    tell(['AAPL', 10], ['IBM', 5000.5], ['AAPL', 10], ['MSFT', 7], ['AAPL', 12.25]);
    expect(await running).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'AAPL 10 · net worth $20.00 (without IBM: no price yet)\n' +
        'IBM 5000.5 · net worth $5,020.50\n' +
        'AAPL 12.25 · net worth $5,025.00\n',
    });
  });

  it.each([
    ['price-alert', ['http://127.0.0.1:1'], /unknown scheme 'http'.*tcp:\/\//],
    ['price-alert', ['tcp://127.0.0.1:1', 'AAPL >'], /column 7/],
    ['portfolio', ['tcp://127.0.0.1:1'], /ECONNREFUSED.*is the server running/],
    ['portfolio', ['tcp://127.0.0.1:1', '{"AAPL":"ten"}'], /numbers of shares/],
  ])('%s %j says in one line what is wrong', async (name, args, message) => {
    const { code, stdout, stderr } = await finish(example(name, ...args));
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 2,
    });
    expect(stderr).toMatch(message);
  });

  it('custom-source serves figures of the machine until a signal ends it, and its subscribers with it', async () => {
    const child = example('custom-source', '0');
    const running = finish(child);
    const [url] = /tcp:\S+/.exec(await firstLine(child))!;
    const feed = subscribe(url);
    const values: Record<string, unknown> = {};
    for await (const { key, value } of feed) {
      values[key] = value;
      if (Object.keys(values).length === 2) child.kill('SIGTERM');
    }
    expect(values).toEqual({
      load: [expect.any(Number), expect.any(Number), expect.any(Number)],
      memory: { free: expect.any(Number), total: expect.any(Number) },
    });
    expect(await running).toMatchObject({ code: 0, stderr: '' });
  });

  it('custom-transport serves the messages of the TCP feed as events of text', async () => {
    const child = example('custom-transport', '0', '0');
    const running = finish(child);
    const line = await firstLine(child);
    const [tcp] = /tcp:[^\s,]+/.exec(line)!;
    const [http] = /http:\S+/.exec(line)!;
    const response = await fetch(http);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const { hostname: host, port } = new URL(http);
    const leaving = await RawClient.connect({ host, port: Number(port) });
    leaving.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => leaving.bytes > 0, 'the header');
    leaving.socket.destroy();
    const messages: Message[] = [];
    const feed = subscribe(tcp, { from: 1 });
    const reading = (async () => {
      for await (const message of feed) if (messages.push(message) === 8) child.kill('SIGINT');
    })();
    const events = (await response.text()).trimEnd().split('\n\n');
    await reading;
    expect(events.pop()).toBe('event: end\ndata: {"reason":"closed"}');
    const data = events.map((event) => JSON.parse(event.replace(/^data: /, '')) as Message);
    expect(data.length).toBeGreaterThan(5);
    expect(data).toEqual(messages.filter(({ seq }) => data.some((one) => one.seq === seq)));
    expect(data.at(-1)).toEqual(messages.at(-1));
    expect(await running).toMatchObject({ code: 0, stderr: '' });
  });

  it('browser.html shows a row per key as text, and goes on after a cut where it was', async () => {
    const { server, tell } = await market('-t', 'tcp,ws');
    const page = new Page(`?url=${encodeURIComponent(server.url('ws'))}`);
    await joined(server);
    tell(['AAPL', 1], ['<b>', 2]);
    await until(() => page.rows.length === 2, 'two rows');
    expect(page.rows).toEqual([
      ['AAPL', '{"price":1}', '1', expect.any(String)],
      ['<b>', '{"price":2}', '2', expect.any(String)],
    ]);
    expect(page.status).toBe('connected');
    page.cut();
    tell(['AAPL', 3]);
    await until(() => page.rows[0]?.[2] === '3', 'the price after the cut');
    const [first, second] = page.urls;
    expect([first?.get('from'), second?.get('from')]).toEqual([null, '3']);
    expect(second?.get('epoch')).toMatch(/^[0-9a-f]{16}$/);
    server.child.kill('SIGTERM');
    await until(() => page.status === 'the feed is over', 'the end');
  });

  it('a source and a transport of one’s own take as many lines of code as the README says', () => {
    const code = (file: string): string[] =>
      readProject(`examples/${file}.mjs`)
        .replaceAll(/\/\*\*.*?\*\//gs, '')
        .split('\n')
        .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
    const said = (file: string): number =>
      Number(
        new RegExp(`\\[${file}\\.mjs\\].*?(\\d+) lines of code`).exec(
          readProject('examples/README.md'),
        )?.[1],
      );
    expect(code('custom-source')).toHaveLength(said('custom-source'));
    expect(said('custom-source')).toBeLessThanOrEqual(20);
    const whole = code('custom-transport');
    const transport = whole.slice(whole.indexOf('const sse = {'), whole.indexOf('};') + 1);
    expect(transport).toHaveLength(said('custom-transport'));
  });

  it('are all in examples/README.md, each with its command', () => {
    const commands = tableRows(readProject('examples/README.md')).map(({ cells }) =>
      cells.join(' '),
    );
    const files = [...projectFiles('examples', '.mjs'), ...projectFiles('examples', '.html')];
    expect(files.length).toBe(commands.length);
    for (const file of files) {
      const name = file.replace('examples/', '');
      const row = commands.find((one) => one.includes(`[${name}](${name})`));
      expect(row, file).toContain(name.endsWith('.mjs') ? `\`node ${file} ` : 'open the file');
    }
  });
});

interface Element {
  textContent: string;
  readonly children: Element[];
  append(...children: Element[]): void;
}

function element(): Element {
  const children: Element[] = [];
  return { textContent: '', children, append: (...more) => void children.push(...more) };
}

/** As much of a browser as the page needs, around its real script and a stock WebSocket. */
class Page {
  readonly urls: URLSearchParams[] = [];
  readonly #status = element();
  readonly #rows = element();
  #socket: WebSocket | undefined;

  constructor(search: string) {
    const [, script = ''] = /<script>(.*)<\/script>/s.exec(readProject('examples/browser.html'))!;
    const page = this;
    class Socket extends WebSocket {
      constructor(url: URL) {
        super(url);
        page.#socket = this;
        page.urls.push(url.searchParams);
        onTestFinished(() => this.close());
      }
    }
    runInNewContext(script, {
      URL,
      URLSearchParams,
      WebSocket: Socket,
      location: { search },
      document: {
        createElement: element,
        getElementById: (id: string) => (id === 'rows' ? this.#rows : this.#status),
      },
      addEventListener: () => {},
      requestAnimationFrame: setImmediate,
      setTimeout,
    });
  }

  get status(): string {
    return this.#status.textContent;
  }

  get rows(): string[][] {
    return this.#rows.children.map(({ children }) =>
      children.map(({ textContent }) => String(textContent)),
    );
  }

  /** The connection breaks; to the page it looks like any other close. */
  cut(): void {
    this.#socket?.close(3000, 'cut');
  }
}
