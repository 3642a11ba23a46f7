import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import { errorKind } from '../../kernel/faults.js';
import { ifMissing, missingPeer } from '../../kernel/peers/optional-peer.js';
import type { OptionPath } from '../../options/option-path.js';
import { type ReadGroups, readGroups } from './rule-groups.js';

type Yaml = Pick<typeof import('yaml'), 'isNode' | 'LineCounter' | 'parseAllDocuments' | 'visit'>;

/**
 * Reads rule files of Prometheus as they are.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` with every problem of all files; `OBS_PEER_MISSING` without the package
 * `yaml`.
 */
export async function readRuleFiles(paths: readonly string[]): Promise<ReadGroups['groups']> {
  if (paths.length === 0) return [];
  const yaml = await loadYaml(paths);
  const files = await Promise.all(paths.map((path) => readRuleFile(yaml, path)));
  const problems = files.flatMap((it) => it.problems);
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  return files.flatMap((it) => it.groups);
}

async function readRuleFile(yaml: Yaml, path: string): Promise<ReadGroups> {
  const file = basename(path);
  const failed = (value: unknown, problem: Partial<ConfigurationProblem>): ReadGroups => {
    const remedy = 'Pass the path of a rule file of Prometheus.';
    return { groups: [], problems: [{ subject: file, value, rule: '', remedy, ...problem }] };
  };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return failed(path, { rule: `cannot be read (${errorKind(error)})` });
  }
  const lines = new yaml.LineCounter();
  const [document, second] = yaml.parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Prometheus reads the keys << of YAML 1.1.
    merge: true,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const isOne = second === undefined || second.toJS() === null;
  if (document === undefined || !('contents' in document) || !isOne)
    return failed(path, { rule: 'must have one YAML document' });
  const [fault] = document.errors;
  if (fault !== undefined)
    return failed(fault.code, { rule: 'is no valid YAML', at: place(fault.pos[0]) });
  const placeOf = (keys: OptionPath) => {
    const node: unknown = document.getIn(keys, true);
    return yaml.isNode(node) && node.range ? place(node.range[0]) : undefined;
  };
  keepTexts(yaml, document);
  return readGroups({ subject: '', file, value: document.toJS() ?? {}, placeOf });
}

/** Prometheus reads texts: `severity: 1.0` is not the number 1. */
function keepTexts({ visit }: Yaml, document: Parameters<Yaml['visit']>[0]): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' || node.value === null) return;
      node.value = node.source ?? node.value;
    },
  });
}

async function loadYaml(paths: readonly string[]): Promise<Yaml> {
  try {
    return await import('yaml');
  } catch (error) {
    ifMissing(error, 'yaml');
  }
  throw missingPeer('alerting().ruleFiles', paths, 'yaml');
}
