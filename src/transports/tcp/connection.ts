import type { Slice } from '../../core/log/slice.js';
import { StreamSink } from '../stream/sink.js';

/**
 * One subscriber's end of a TCP connection: the bytes of the log as they are, one write a slice.
 */
export class TcpSink extends StreamSink {
  protected override get scheme(): string {
    return 'tcp';
  }

  protected writeSlice({ bytes }: Slice, written: () => void): number {
    this.socket.write(bytes, written);
    return bytes.length;
  }

  protected writeControl(bytes: Buffer, written: () => void): void {
    this.socket.write(bytes, written);
  }

  protected hangUp(): void {
    this.socket.end();
  }
}
