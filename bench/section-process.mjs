// Runs one section in a process of its own, for the parent that forked it.
import { sections } from './sections.mjs';

process.once('message', async ({ name, options }) => {
  const found = await sections[name](options);
  process.send(found, () => process.exit(0));
});
