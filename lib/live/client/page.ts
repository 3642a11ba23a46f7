import type { CallTable } from '../state/live-metrics.js';
import type { CallRow } from '../state/live-state.js';
import type { FullFrame } from '../stream/frames.js';
import { AskSection } from './sections/ask.js';
import { type CallForm, CallSection } from './sections/call-section.js';
import { type Connection, Link, openSession } from './connection.js';
import { Details } from './details/details.js';
import { el } from './dom.js';
import { HeaderView } from './sections/header.js';
import { ErrorSection, FindingSection, TraceSection } from './sections/lists.js';
import { LogSection } from './sections/logs.js';
import { ProjectionSection } from './sections/projections.js';
import { ResourceSection } from './sections/resources.js';
import { TilesView } from './sections/tiles.js';
import { VerdictView } from './sections/verdict.js';

const FORMS: readonly CallForm[] = [
  {
    table: 'commands',
    title: 'Commands',
    column: 'command',
    remark: 'last 5 minutes · click a name for its details, a number for its PromQL',
    hint: 'No command has run yet. Decorate a handler with @Command(), or import CqrsModule: its handlers are found.',
    rejectedHint: 'a business rule said no; not a failure',
  },
  { table: 'queries', title: 'Queries', column: 'query', remark: 'last 5 minutes' },
  {
    table: 'routes',
    title: 'HTTP routes',
    column: 'route',
    remark: 'last 5 minutes',
    rejectedHint: 'answered with 4xx; not a failure',
  },
  {
    table: 'operations',
    title: 'Event store',
    column: 'operation',
    remark: 'last 5 minutes',
    rejectedHint: 'version conflicts',
  },
  { table: 'jobs', title: 'Jobs', column: 'queue and job', remark: 'last 5 minutes' },
];

/** Names of rows in the fragment of the address. */
const FRAGMENTS: Readonly<Record<string, CallTable>> = {
  command: 'commands',
  query: 'queries',
  route: 'routes',
  operation: 'operations',
  job: 'jobs',
};
const SECTIONS: Readonly<Record<string, string>> = {
  health: 'section-health',
  resources: 'section-health',
};

/** The page: it connects to its service and shows each frame. */
class Page {
  readonly #header = new HeaderView((isPaused) => {
    this.#link.pause(isPaused);
    this.#logs.pause(isPaused);
  });
  readonly #verdict = new VerdictView();
  readonly #tiles = new TilesView();
  readonly #calls = new Map(
    FORMS.map((form) => [form.table, new CallSection(form, (row) => openRow(form.table, row))]),
  );
  readonly #projections = new ProjectionSection();
  readonly #resources = new ResourceSection();
  readonly #traces = new TraceSection();
  readonly #errors = new ErrorSection();
  readonly #logs = new LogSection();
  readonly #ask = new AskSection();
  readonly #findings = new FindingSection();
  readonly #details = new Details((traceId) => this.#logs.showTrace(traceId));
  readonly #link = new Link({
    state: (frame) => this.#show(frame),
    connection: (it) => this.#connected(it),
  });
  #frame: FullFrame | undefined;

  async start(): Promise<void> {
    await openSession();
    const main = document.getElementById('page')!;
    main.replaceChildren(
      this.#header.root,
      this.#verdict.root,
      this.#tiles.root,
      this.#calls.get('commands')!.root,
      this.#projections.root,
      this.#calls.get('queries')!.root,
      this.#calls.get('routes')!.root,
      this.#calls.get('operations')!.root,
      this.#calls.get('jobs')!.root,
      el('div', { class: 'two' }, this.#traces.root, this.#resources.root),
      this.#errors.root,
      this.#logs.root,
      this.#ask.root,
      this.#findings.root,
    );
    main.classList.add('waiting');
    this.#verdict.replace('Connecting.', 'Reading the service …');
    this.#details.onClose(() => {
      if (/^#(?:trace|command|query|route|operation|job)=/.test(location.hash)) {
        history.replaceState(null, '', location.pathname + location.search);
      }
    });
    window.addEventListener('hashchange', () => this.#open());
    this.#link.open();
  }

  #show(frame: FullFrame): void {
    const isFirst = this.#frame === undefined;
    this.#frame = frame;
    const { state, expressions } = frame;
    this.#header.update(frame);
    this.#verdict.update(state.verdict, state.canSilence);
    this.#tiles.update(frame);
    for (const it of this.#calls.values()) it.update(frame);
    this.#projections.update(frame);
    this.#resources.update(frame);
    this.#traces.update(frame);
    this.#errors.update(frame);
    this.#logs.update(state.logs);
    this.#findings.update(frame);
    if (!isFirst) return;
    document.getElementById('page')!.classList.remove('waiting');
    this.#ask.suggest((expressions['commands']?.['rate'] ?? '').replaceAll('{$labels}', ''));
    void this.#logs.refresh();
    this.#open();
  }

  #connected(connection: Connection): void {
    this.#header.connection(connection);
    const isStale = connection.kind === 'lost' || connection.kind === 'bye';
    document.getElementById('page')!.classList.toggle('stale', isStale);
    if (connection.kind === 'locked') this.#verdict.replace('Locked.', connection.reason);
  }

  /** Opens what the fragment of the address names. */
  #open(): void {
    const [[name, value] = ['', '']] = [...new URLSearchParams(location.hash.slice(1))];
    if (name === 'trace') return void this.#details.showTrace(value);
    if (name === 'ask') return this.#ask.ask(value);
    const table = FRAGMENTS[name];
    if (table !== undefined) return this.#openCalls(table, value);
    if (name === 'projection') return jumpTo('section-projections');
    const section = SECTIONS[name];
    if (section !== undefined) jumpTo(section);
  }

  #openCalls(table: CallTable, name: string): void {
    const row = this.#frame?.state[table].find((it) => it.name === name);
    if (row === undefined) return jumpTo(`section-${table}`);
    void this.#details.showCalls(table, row, this.#frame?.expressions[table] ?? {});
  }
}

function openRow(table: CallTable, row: CallRow): void {
  const [fragment = ''] = Object.entries(FRAGMENTS).find(([, it]) => it === table) ?? [];
  location.hash = `${fragment}=${encodeURIComponent(row.name)}`;
}

function jumpTo(id: string): void {
  const section = document.getElementById(id);
  section?.scrollIntoView({ block: 'start' });
  section?.focus({ preventScroll: true });
}

void new Page().start();
