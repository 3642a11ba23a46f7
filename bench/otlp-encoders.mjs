// The encoders of OTLP are no part of what the package exports: they are built from the sources, unminified as the package.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const FOLDER = 'temp/bench-encoders';

/** @returns The classes of both encoders. */
export async function loadEncoders() {
  await build({
    input: {
      json: pathOf('lib/exporters/otlp/encoding/otlp-json.format.ts'),
      protobuf: pathOf('lib/exporters/otlp/encoding/otlp-protobuf.format.ts'),
    },
    platform: 'node',
    output: { dir: pathOf(FOLDER), entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
    logLevel: 'silent',
  });
  const { OtlpJson } = await import(`../${FOLDER}/json.mjs`);
  const { OtlpProtobuf } = await import(`../${FOLDER}/protobuf.mjs`);
  return { OtlpJson, OtlpProtobuf };
}
