/** The server, or the way to it, was not there before a statement was sent. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // PostgreSQL: starting or shutting down, too many connections.
  '57P03',
  '53300',
]);

/** A connection broke while a statement was under way. */
const BROKEN: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  // PostgreSQL: sessions are ended by an administrator or a crash, or were idle inside a transaction for too long.
  '57P01',
  '57P02',
  '25P03',
  '57P05',
]);

// pg and its pool give these errors no code.
const NOT_SENT_TEXT = /timeout exceeded when trying to connect|due to connection timeout/;
const BROKEN_TEXT = /Connection terminated|not queryable|timeout expired/;

/** Whether a statement failed for want of a connection, and had certainly not reached the server. */
export const wasNotSent = (error: unknown): boolean =>
  error instanceof Error && (NOT_SENT.has(codeOf(error)) || NOT_SENT_TEXT.test(error.message));

/** Whether a statement failed because there was no connection or it broke: a second try may succeed. */
export const isConnectionLost = (error: unknown): error is Error =>
  wasNotSent(error) ||
  (error instanceof Error &&
    (BROKEN.has(codeOf(error)) || isClassOf(error, '08') || BROKEN_TEXT.test(error.message)));

const codeOf = (error: Error): unknown => (error as { readonly code?: unknown }).code;

const isClassOf = (error: Error, sqlClass: string): boolean => {
  const code = codeOf(error);
  return typeof code === 'string' && code.length === 5 && code.startsWith(sqlClass);
};
