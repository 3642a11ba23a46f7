import { setImmediate as nextTurn } from 'node:timers/promises';
import { sharedState } from '../kernel/peers/process-state.js';
import { endsWithin } from '../kernel/time-limit.js';

const CONFIRMED_WITHIN_MS = 1_000;

/** Server of Nest for RabbitMQ, as far as it is used here. */
interface RabbitServer {
  readonly channel?: ConfirmingChannel | null;
  close(): unknown;
}

/** Channel of `amqp-connection-manager`. */
interface ConfirmingChannel {
  addSetup?(setup: (channel: { waitForConfirms?(): unknown }) => unknown): Promise<unknown>;
}

const waiting = sharedState('waiting-closes', () => new WeakSet<object>());

/**
 * Lets RabbitMQ confirm the replies of a server before Nest closes its channel. The channel rejects replies that are not
 * confirmed, and nothing handles these rejections: the replies of handlers that the drain waited for ended the process.
 *
 * @param server - Class of the server; `undefined` where Nest has none.
 */
export function confirmReplies(server: { readonly prototype: object } | undefined): void {
  const prototype = server?.prototype as RabbitServer | undefined;
  const original = prototype?.close;
  if (typeof original !== 'function' || waiting.has(original)) return;
  const close = async function (this: RabbitServer): Promise<unknown> {
    await confirmed(this.channel);
    return Reflect.apply(original, this, []);
  };
  waiting.add(close);
  Reflect.set(prototype as object, 'close', close);
}

async function confirmed(channel: ConfirmingChannel | null | undefined): Promise<void> {
  if (typeof channel?.addSetup !== 'function') return;
  try {
    // Nest sends the reply in a later turn than the handler ends.
    await nextTurn();
    const all = channel.addSetup((it) => it.waitForConfirms?.());
    await endsWithin(all, { limitMs: CONFIRMED_WITHIN_MS, keepsAlive: true });
  } catch {
    // Without a connection there is nothing to wait for.
  }
}
