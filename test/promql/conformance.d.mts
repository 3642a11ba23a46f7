/** Case of a test file, and what became of it. */
export interface ConformanceCase {
  readonly line: number;
  readonly query: string;
  readonly kind: 'passed' | 'failed' | 'native' | 'experimental';
  readonly difference: string | undefined;
}

export function runFile(text: string, name?: string): Promise<ConformanceCase[]>;
