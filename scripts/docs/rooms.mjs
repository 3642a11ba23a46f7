// The table of rooms in docs/architecture.md.
import { rooms } from '../rooms.mjs';
import { code, table } from './markdown.mjs';

const list = (names) => {
  if (names === '*') return 'everything';
  return names.length === 0 ? '–' : names.map(code).join(', ');
};

/** The table. */
export function roomTable() {
  const rows = rooms.map(({ room, purpose, rooms: imported, packages }) => [
    code(room),
    purpose,
    list(imported),
    list(packages),
  ]);
  return table(['room', 'contents', 'may import', 'packages'], rows);
}
