/** Debian's Chromium without a window, as a test drives it; where there is none, why not. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevTools } from './devtools.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The program, or undefined where none is installed. */
export const CHROMIUM: string | undefined = NAMES.find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
export const NO_CHROMIUM = 'no Chromium here: apt-get install chromium';

export interface Page {
  /** Uncaught exceptions, and what the browser logged as errors or warnings, CSP included. */
  readonly errors: readonly string[];
  /** Every address that was asked for. */
  readonly requests: readonly string[];
  open(url: string): Promise<void>;
  /** The value of a JavaScript expression, through JSON; a promise is awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Media features, size and script of what is opened next, and of what is shown now. */
  set(how: { dark?: boolean; width?: number; script?: boolean; print?: boolean }): Promise<void>;
  press(key: string): Promise<void>;
  /** Base64 of a PNG of the window. */
  screenshot(): Promise<string>;
}

export class Browser {
  readonly #process: ChildProcess;
  readonly #tools: DevTools;
  readonly #folder: string;

  private constructor(process: ChildProcess, tools: DevTools, folder: string) {
    this.#process = process;
    this.#tools = tools;
    this.#folder = folder;
  }

  static async start(): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    const child = spawn(
      CHROMIUM!,
      [...flags, '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return new Browser(child, await DevTools.connect(await addressOf(child)), folder);
  }

  async page(): Promise<Page> {
    const tools = this.#tools;
    const { targetId } = await tools.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const { sessionId } = await tools.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    return attached(tools, sessionId);
  }

  async close(): Promise<void> {
    const gone = once(this.#process, 'exit');
    await this.#tools.send('Browser.close').catch(() => this.#process.kill('SIGKILL'));
    await gone;
    this.#tools.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr!.on('data', (data) => {
      text += String(data);
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`chromium ended with ${code}: ${text}`)));
  });
}

async function attached(tools: DevTools, session: string): Promise<Page> {
  const send = <T>(method: string, params?: object): Promise<T> =>
    tools.send<T>(method, params, session);
  const errors: string[] = [];
  const requests: string[] = [];
  tools.on<{ exceptionDetails: { text: string; exception?: { description?: string } } }>(
    'Runtime.exceptionThrown',
    session,
    ({ exceptionDetails: { text, exception } }) =>
      errors.push(`${text} ${exception?.description ?? ''}`),
  );
  tools.on<{ entry: { level: string; text: string } }>('Log.entryAdded', session, ({ entry }) => {
    if (entry.level !== 'info' && entry.level !== 'verbose') errors.push(entry.text);
  });
  tools.on<{ request: { url: string } }>('Network.requestWillBeSent', session, ({ request }) =>
    requests.push(request.url),
  );
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  return {
    errors,
    requests,
    async open(url) {
      const loaded = new Promise<void>((resolve) => {
        tools.on('Page.loadEventFired', session, () => resolve());
      });
      await send('Page.navigate', { url });
      await loaded;
    },
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await send<{
        result: { value: T };
        exceptionDetails?: { exception?: { description?: string } };
      }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails !== undefined)
        throw new Error(exceptionDetails.exception?.description ?? 'it threw');
      return result.value;
    },
    async set({ dark, width, script, print }) {
      if (dark !== undefined || print !== undefined) {
        const scheme = { name: 'prefers-color-scheme', value: dark === true ? 'dark' : 'light' };
        const media = print === true ? 'print' : '';
        await send('Emulation.setEmulatedMedia', { media, features: [scheme] });
      }
      if (width !== undefined) {
        const metrics = { width, height: 1_000, deviceScaleFactor: 1, mobile: false };
        await send('Emulation.setDeviceMetricsOverride', metrics);
      }
      if (script !== undefined)
        await send('Emulation.setScriptExecutionDisabled', { value: !script });
    },
    async press(key) {
      const text = key === 'Enter' ? { text: '\r' } : {};
      const code = { key, code: key, windowsVirtualKeyCode: key === 'Enter' ? 13 : 9 };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...code, ...text });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...code });
    },
    async screenshot() {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
      return data;
    },
  };
}
