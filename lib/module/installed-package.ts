/**
 * Returns true if a package is resolvable from this library, without loading it. It has its own
 * file because `import.meta` is a syntax error in modules compiled to CommonJS, as under Jest.
 */
export function canResolve(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}
