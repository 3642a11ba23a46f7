import type { JobNames } from '../instrumentation/binding/queued-handler.js';
import { OTHER } from '../kernel/label.js';
import { group, list, record } from '../options/description.js';
import { OFF, text, timerMs } from '../options/standard-options.js';

/** Options of jobs that are found without a decorator. */
export interface JobsOptions {
  /** Names of queues and jobs that are not observed. @defaultValue none */
  readonly exclude?: readonly string[];
  /** Reported names of jobs by their own names. @defaultValue the own names */
  readonly names?: Readonly<Record<string, string>>;
  /**
   * Names of the jobs in queues. Their series exist from the start; jobs of other names are reported as `__other__`.
   *
   * @defaultValue the first 100 names of each queue
   */
  readonly jobNames?: readonly string[];
  /** Period of the readings of queues in milliseconds. @defaultValue 15000 */
  readonly periodMs?: number;
}

const namesRemedy = "Pass something like ['mail', 'nightly'].";

/** Description of {@link JobsOptions}. */
export const jobsOptions = group<JobsOptions>(
  {
    exclude: list(text(), { rule: 'an array of names of queues and jobs', remedy: namesRemedy }),
    names: record(
      { key: text(), value: text() },
      {
        rule: 'an object of reported names by job name',
        remedy: "Pass something like { 'Reports.run': 'nightly_report' }.",
      },
    ),
    jobNames: list(text(), { rule: 'an array of job names', remedy: namesRemedy }),
    periodMs: timerMs(),
  },
  {
    rule: 'an object with exclude, names, jobNames and periodMs, or false',
    remedy: 'Pass what to observe, or false for nothing.',
    or: OFF,
  },
);

/** Maximum number of names of jobs that the application makes at run time. */
export const JOB_NAME_LIMIT = 100;

/** Selects the jobs that are observed, and their names. */
export class JobSelection implements JobNames {
  readonly limit: number;
  readonly known: readonly string[];
  readonly #excluded: ReadonlySet<string>;
  readonly #names: Readonly<Record<string, string>>;
  readonly #closed: ReadonlySet<string> | undefined;

  constructor({ exclude = [], names = {}, jobNames }: JobsOptions) {
    this.#excluded = new Set(exclude);
    this.#names = names;
    this.known = [...new Set(jobNames?.map((it) => this.renamed(it)))];
    this.#closed = jobNames && new Set(this.known);
    this.limit = this.#closed === undefined ? JOB_NAME_LIMIT : this.known.length;
  }

  /** Returns true for a queue, or for a job that no queue holds, that is observed. */
  accepts(name: string): boolean {
    return !this.#excluded.has(name);
  }

  /** {@inheritDoc JobNames.nameOf} */
  nameOf(name: string): string | undefined {
    if (!this.accepts(name)) return undefined;
    const renamed = this.renamed(name);
    return this.#closed?.has(renamed) === false ? OTHER : renamed;
  }

  /** Returns the reported name of a job. */
  renamed(name: string): string {
    return Object.hasOwn(this.#names, name) ? (this.#names[name] as string) : name;
  }
}
