/** The DevTools protocol of a browser: commands with their answers, and events, over one socket. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
  readonly #listeners = new Map<string, ((params: never) => void)[]>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as Answer));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser has left'));
      this.#waiting.clear();
    });
  }

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url, { maxPayload: 256 * 1024 * 1024 });
    await once(socket, 'open');
    return new DevTools(socket);
  }

  /** Calls `method`; of a page with its `session`. */
  send<T>(method: string, params: object = {}, session?: string): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(
      JSON.stringify({
        id,
        method,
        params,
        ...(session === undefined ? {} : { sessionId: session }),
      }),
    );
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  on<T>(method: string, session: string, listener: (params: T) => void): void {
    const key = `${session} ${method}`;
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, method, sessionId, params, result, error }: Answer): void {
    if (id === undefined) {
      for (const listener of this.#listeners.get(`${sessionId} ${method}`) ?? [])
        listener(params as never);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
