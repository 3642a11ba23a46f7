/** Names the bucket of a value: `bucket_00` to `bucket_15` for 16 of them, the same in every process and version. */
export function bucketNamer(buckets: number): (value: string) => string {
  const digits = String(buckets - 1).length;
  return (value) => `bucket_${String(stableHash(value) % buckets).padStart(digits, '0')}`;
}

/** FNV-1a over UTF-16 code units, with a last mixing so that the low bits depend on all of them. */
function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
