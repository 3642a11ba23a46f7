// One case of a section, for the parent that forked it.
globalThis.blackhole = 0;

let work;

const heapUsed = () => process.memoryUsage().heapUsed;

async function measure({ calls, heap = false }) {
  if (heap) gc();
  const heapBefore = heap ? heapUsed() : 0;
  const before = process.cpuUsage();
  await work(calls);
  const { user, system } = process.cpuUsage(before);
  return {
    ns: ((user + system) * 1000) / calls,
    bytes: heap ? (heapUsed() - heapBefore) / calls : 0,
  };
}

process.on('message', async ({ file, run, name, ...asked }) => {
  if (file === undefined) return process.send(await measure(asked));
  work = await (await import(file))[run](name);
  process.send({});
});
