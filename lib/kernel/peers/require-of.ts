/**
 * Returns the `require` function of a file of the disk. Bundlers replace calls of an imported `createRequire`, or warn
 * that they cannot.
 */
export function requireOf(file: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(file);
}
