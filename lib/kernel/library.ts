// Constants instead of a lookup of package.json, whose location differs between module systems and bundlers. A test
// compares them with that file.

/** Name of this package. */
export const libraryName = '@eventcore/nestjs-observability';

/** Version of this package. */
export const libraryVersion = '0.1.0';
