import { formatRequest } from '../request.js';
import { StreamSubscription, welcomed } from '../stream-client.js';
import type { ConnectOptions, Endpoint, Subscription } from '../transport.js';

export function connectTcp(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  return welcomed(() => new TcpSubscription(endpoint, options), options.clock);
}

/** One request line, and then nothing but encoded items. */
class TcpSubscription extends StreamSubscription {
  constructor(endpoint: Endpoint, options: ConnectOptions) {
    super('TCP', endpoint, options);
    this.socket.write(`${formatRequest(options)}\n`);
  }

  protected take(bytes: Buffer, start: number, end: number): number {
    return this.scan(bytes, start, end);
  }
}
