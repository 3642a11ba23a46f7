/**
 * Packs lines into datagrams, as many as fit into each, one at a time. A text that is longer than a datagram travels alone.
 *
 * @param maxBytes - Bytes of a datagram at most.
 */
export function* packDatagrams(lines: Iterable<string>, maxBytes: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let open = '';
  let bytes = 0;
  for (const line of lines) {
    const length = byteLength(line);
    if (bytes > 0 && bytes + 1 + length > maxBytes) {
      yield encoder.encode(open);
      open = '';
      bytes = 0;
    }
    open = bytes === 0 ? line : `${open}\n${line}`;
    bytes += length + (bytes === 0 ? 0 : 1);
  }
  if (bytes > 0) yield encoder.encode(open);
}

/** Of UTF-8; half of a surrogate pair counts as the replacement character that it becomes. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
