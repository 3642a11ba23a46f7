export const packageEntries: readonly {
  readonly specifier: string;
  readonly name: string;
  /** Path of the declarations in the package, from its root. */
  readonly types: string;
  /** Path of the source, from the root of the repository. */
  readonly source: string;
}[];

/** Sources of the programs of the package, from the root of the repository. */
export const programSources: readonly string[];
