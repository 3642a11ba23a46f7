/** Files of one place: the checkout or the packed package. */
interface Place {
  readonly files: ReadonlySet<string>;
  read(file: string): string;
}

export function linksOf(page: string): string[];
export function anchorsOf(page: string): string[];
export function pagesNamedIn(source: string): string[];
export function brokenLinks(file: string, page: string, place: Place): string[];
export function missingPages(file: string, source: string, place: Place): string[];
export function problemsOf(place: Place, sources: readonly string[]): string[];
export function checkLinks(): string[];
