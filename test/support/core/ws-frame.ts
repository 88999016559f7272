import { createRequire } from 'node:module';

interface FrameOptions {
  readonly fin: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  readonly readOnly: boolean;
  readonly rsv1: boolean;
}

/** Exported by the package, but not known to its types. */
const { Sender } = createRequire(import.meta.url)('ws') as {
  readonly Sender: { frame(payload: Buffer, options: FrameOptions): Buffer[] };
};

/** A server's frame as the package ws makes it: not by the code under test. */
export function packageFrame(payload: Buffer, opcode: number, fin = true): Buffer {
  return Buffer.concat(
    Sender.frame(payload, { fin, opcode, mask: false, readOnly: true, rsv1: false }),
  );
}
