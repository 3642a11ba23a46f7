/**
 * Whether a package is installed where this library finds it; nothing of it is loaded. In a file of its own: where modules
 * are compiled to CommonJS, as under Jest, `import.meta` stops the file.
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
