// Constants rather than a look into package.json: what finds that file differs between module systems and bundlers. A
// test holds them to it.

/** Name of this package. */
export const libraryName = '@eventcore/nestjs-observability';

/** Version of this package. */
export const libraryVersion = '0.1.0';
