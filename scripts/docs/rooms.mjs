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

/** The drawing of the rooms: an arrow leads to each room that no other imported room imports already. */
export function roomDrawing() {
  const names = rooms.map(({ room }) => room);
  const importsOf = (name) => {
    const { rooms: imported } = rooms.find(({ room }) => room === name);
    // Everything is what the rows above name.
    return imported === '*' ? names.slice(0, names.indexOf(name)) : imported;
  };
  const reaches = (from, to) =>
    importsOf(from).some((it) => it === to || (it !== from && reaches(it, to)));
  const arrows = names.flatMap((from) => {
    const direct = importsOf(from);
    const nearest = direct.filter((to) => !direct.some((it) => it !== to && reaches(it, to)));
    return nearest.map((to) => `  ${idOf(from)} --> ${idOf(to)}`);
  });
  const nodes = names.map((it) => `  ${idOf(it)}["${it}"]`);
  return ['```mermaid', 'flowchart TB', ...nodes, ...arrows, '```'].join('\n');
}

const idOf = (room) => room.replaceAll(/\W/g, '_');
