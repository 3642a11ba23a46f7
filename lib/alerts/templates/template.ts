import type { VectorSample } from '../../query/query-result.js';
import { templateTree } from './template-parser.js';
import { TemplateRun } from './template-run.js';
import { TemplateScope } from './template-scope.js';
import type { TemplateTree } from './template-tree.js';
import {
  detailOf,
  labelMap,
  TemplateError,
  TemplateList,
  TemplateStruct,
} from './template-value.js';

/** Data of a template. */
export interface TemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Evaluates a query of a template at the time of the alert. */
export type TemplateQuery = (query: string) => Promise<readonly VectorSample[]>;

/** A template that has been read. */
export interface Template {
  /**
   * Returns the text for an alert. An error takes the place of the text, as in Prometheus: the alert must not be lost
   * for it.
   */
  render(data: TemplateData, query: TemplateQuery): Promise<string>;
}

const MAX_QUERIES = 100;

/**
 * Reads a template in the language of Go with the functions of Prometheus.
 *
 * @throws SyntaxError
 */
export function parseTemplate(text: string): Template {
  if (!text.includes('{{')) return { render: async () => text };
  const tree = templateTree(text);
  return {
    render: async (data, query) => {
      try {
        return await rendered(tree, data, query);
      } catch (error) {
        return `<error expanding template: ${(error as Error).message}>`;
      }
    },
  };
}

async function rendered(
  tree: TemplateTree,
  data: TemplateData,
  query: TemplateQuery,
): Promise<string> {
  const run = new TemplateRun(tree).text(scopeOf(data));
  let step = run.next();
  for (let left = MAX_QUERIES; !step.done; left--) {
    if (left === 0) throw new TemplateError(`more than ${MAX_QUERIES} queries`);
    step = run.next(listOf(await query(step.value).catch(failedQuery)));
  }
  return step.value;
}

function failedQuery(error: unknown): never {
  throw new TemplateError(`error calling query: ${detailOf(error)}`, { cause: error });
}

function scopeOf({ labels, value }: TemplateData): TemplateScope {
  const [own, external] = [labelMap(labels), labelMap({})];
  const fields = { Labels: own, ExternalLabels: external, ExternalURL: '', Value: value };
  const scope = new TemplateScope(new TemplateStruct(fields));
  scope.set('$labels', own);
  scope.set('$externalLabels', external);
  scope.set('$externalURL', '');
  scope.set('$value', value);
  return scope;
}

function listOf(samples: readonly VectorSample[]): TemplateList {
  return new TemplateList(
    samples.map(
      ({ labels, value }) =>
        new TemplateStruct({ Labels: labelMap(labels.toJSON()), Value: value }),
    ),
  );
}
