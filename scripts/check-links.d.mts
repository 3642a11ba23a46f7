/** A page's links into the documentation. */
export function linksOf(page: string): string[];
export function anchorsOf(page: string): string[];
export function brokenLinks(
  file: string,
  page: string,
  place: { readonly files: ReadonlySet<string>; read(file: string): string },
): string[];
export function checkLinks(): string[];
