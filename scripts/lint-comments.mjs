// Reports TSDoc that begins with a clause instead of a noun phrase or a verb: node scripts/lint-comments.mjs [folder…]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { roomOf } from './rooms.mjs';

const OPENING = /\/\*\*[\s*]*(What|Whether|How|Nobody|Somebody|Whoever)\b/gi;

const folders = process.argv.length > 2 ? process.argv.slice(2) : ['lib'];
const counts = new Map();

for (const file of folders.flatMap(sourcesOf)) {
  const text = readFileSync(file, 'utf8');
  for (const { index, 1: word } of text.matchAll(OPENING)) {
    const line = text.slice(0, index).split('\n').length;
    const room = roomOf(file.replace(/^lib\//, ''));
    counts.set(room, (counts.get(room) ?? 0) + 1);
    console.error(`${file}:${line}: TSDoc begins with "${word}"`);
  }
}
for (const [room, count] of [...counts].toSorted()) console.error(`${count} in ${room || 'lib'}`);
if (counts.size > 0) process.exitCode = 1;

function sourcesOf(path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.ts'))
    .map((it) => join(path, it));
}
