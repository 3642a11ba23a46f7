import { errorKind } from '../../kernel/faults.js';
import { withoutTracing } from '../../kernel/following/active-context.js';
import { NotificationError } from './alert-receiver.js';

/** Request of a receiver. */
export interface Delivery {
  readonly url: string;
  /** @defaultValue 'POST' */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Value that is sent as JSON. @defaultValue no body */
  readonly body?: unknown;
}

const TOO_MANY = 429;
const MOST_ANSWER_BYTES = 65_536;

/**
 * Sends a request. Answers of 200 to 299 are success; 429 and those from 500 on are worth another attempt, all others are
 * final. A redirect is not followed: it would carry secrets elsewhere.
 *
 * @returns The first 64 KiB of the answer.
 * @throws NotificationError without the address.
 */
export async function deliver(delivery: Delivery, signal: AbortSignal): Promise<string> {
  const { url, method = 'POST', headers, body } = delivery;
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await withoutTracing(() =>
      fetch(url, { method, headers: { ...type, ...headers }, ...json, redirect: 'manual', signal }),
    );
  } catch (error) {
    const kind = errorKind(error);
    throw new NotificationError(`the target cannot be reached (${kind})`, { code: kind });
  }
  const { status } = response;
  const text = await answerOf(response);
  if (status >= 200 && status < 300) return text;
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  const isFinal = status !== TOO_MANY && status < 500;
  throw new NotificationError(`the target answered ${status}`, {
    isFinal,
    retryAfterMs,
    code: String(status),
  });
}

async function answerOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MOST_ANSWER_BYTES) break;
    }
  } catch (error) {
    const kind = errorKind(error);
    if (response.ok) throw new NotificationError(`the answer broke off (${kind})`, { code: kind });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : undefined;
  if (seconds !== undefined) return seconds * 1_000;
  const untilMs = Date.parse(header);
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs - Date.now());
}
