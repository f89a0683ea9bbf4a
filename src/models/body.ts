// The body of an answer as text, up to a bound: some other server may send anything, and without end.

import { RepairError } from '../repair/errors.ts';
import { hostOf } from './privacy.ts';

const MOST_BYTES = 1024 * 1024;

/** Throws RepairError where the body has more than 1 MiB, and what fetch throws. */
export async function textOf(response: Response, url: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the request.
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RepairError('server-failed', `${hostOf(url)} answers with more than 1 MiB.`);
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}
