import { LabError } from '../../errors.js';

const DEFAULT_BYTES = 1_200;
const LEAST_BYTES = 128;
/**
 * Ethernet's 1,500 less the IPv4 and UDP headers: beyond it IP would fragment, and one lost
 * fragment loses all.
 */
const MOST_BYTES = 1_472;

/** Largest datagram to send, header included. @throws LAB_ERR_BAD_VALUE */
export function datagramSize({
  datagramBytes = DEFAULT_BYTES,
}: {
  readonly datagramBytes?: number;
}): number {
  const fits = datagramBytes >= LEAST_BYTES && datagramBytes <= MOST_BYTES;
  if (fits && Number.isInteger(datagramBytes)) return datagramBytes;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `datagramBytes ${datagramBytes} is not a size a datagram may have`,
    {
      option: 'datagramBytes',
      value: String(datagramBytes),
      hint: `use ${LEAST_BYTES} to ${MOST_BYTES} bytes, a whole number`,
    },
  );
}

/** SO_RCVBUF and SO_SNDBUF that a stock Linux grants without tuning. */
export const STOCK_BUFFER_BYTES: number = 208 * 1024;

/**
 * What a system has granted of a buffer that was asked for, by the size that it reports: Linux
 * doubles it for its own bookkeeping.
 */
export function grantedBytes(reported: number, platform: string = process.platform): number {
  return platform === 'linux' ? reported / 2 : reported;
}
