const REASON_LIMIT = 200;
// `scheme://user:password@host` and `password=…`, `token: …`.
const CREDENTIALS =
  /\/\/[^/\s@]+@|\b(password|passwd|pwd|secret|token|api[_-]?key|authorization)\b["']?\s*[=:]\s*\S+/gi;

/** Why a scrape failed, fit to be shown: short, on one line and without credentials. */
export function formatGatheringFault(error: unknown): string {
  const reason =
    error instanceof Error ? `${error.name}: ${error.message}` : 'a collector threw no error';
  const safe = reason.replace(CREDENTIALS, '[redacted]').replace(/\s+/g, ' ');
  return `# gathering metrics failed: ${safe.slice(0, REASON_LIMIT).toWellFormed()}\n`;
}
