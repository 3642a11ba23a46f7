// The OTLP encoder is not exported by the package: it is built from the sources, unminified as the package.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const FILE = 'temp/bench-encoders/protobuf.mjs';

/** @returns The class of the protobuf encoder. */
export async function loadEncoder() {
  await build({
    input: pathOf('lib/exporters/otlp/encoding/otlp-protobuf.format.ts'),
    platform: 'node',
    output: { file: pathOf(FILE) },
    logLevel: 'silent',
  });
  const { OtlpProtobuf } = await import(`../${FILE}`);
  return OtlpProtobuf;
}
