import { secondsText, shareText } from '../../quantity.format.js';
import type { FullFrame } from '../../stream/frames.js';
import type { Connection } from '../connection.js';
import { el, setAttribute, setText } from '../dom.js';
import { clockText, pill } from '../words.js';

/** Header of the page: which service, how long it runs, and how old what is shown is. */
export class HeaderView {
  readonly root: HTMLElement;
  readonly #title = el('h1', {}, '…');
  readonly #meta = el('span', { class: 'meta' });
  readonly #health = el('span');
  readonly #updated = el('span', { class: 'updated' });
  readonly #pause: HTMLButtonElement;
  #isPaused = false;

  constructor(pause: (isPaused: boolean) => void) {
    this.#pause = el(
      'button',
      {
        type: 'button',
        'aria-pressed': 'false',
        on: {
          click: () => {
            this.#isPaused = !this.#isPaused;
            setText(this.#pause, this.#isPaused ? 'Go on' : 'Pause');
            setAttribute(this.#pause, 'aria-pressed', String(this.#isPaused));
            pause(this.#isPaused);
          },
        },
      },
      'Pause',
    );
    const right = el('span', { class: 'right' }, this.#updated, this.#pause);
    this.root = el('header', {}, this.#title, this.#meta, this.#health, right);
  }

  update({ state: { head, alerting } }: FullFrame): void {
    setText(this.#title, head.service);
    document.title = `${head.service} · observability`;
    const score = head.score === undefined ? undefined : `health score ${head.score.toFixed(2)}`;
    const parts = [
      head.version,
      head.environment,
      head.uptimeSeconds === undefined ? undefined : `up ${secondsText(head.uptimeSeconds)}`,
      head.processes === 1 ? undefined : `${head.processes} processes`,
      score,
      alerting ? undefined : 'no alert rules here',
    ];
    setText(this.#meta, parts.filter((it) => it !== undefined).join(' · '));
    setAttribute(
      this.#meta,
      'title',
      head.scoreText &&
        `Health score ${head.scoreText}; 1 is best, below ${shareText(0.5)} degraded`,
    );
    if (head.health === undefined) this.#health.replaceChildren();
    else this.#health.replaceChildren(pill(head.health));
  }

  connection(connection: Connection): void {
    setAttribute(this.#updated, 'class', `updated ${connection.kind}`);
    setText(this.#updated, textOf(connection));
  }
}

function textOf(connection: Connection): string {
  switch (connection.kind) {
    case 'live':
      return `updated ${clockText(connection.atMs)}`;
    case 'paused':
      return `paused at ${clockText(connection.atMs)}`;
    case 'bye':
      return `shut down at ${clockText(connection.atMs)}; waiting for it to come back`;
    case 'lost': {
      const { atMs } = connection;
      return atMs === undefined ? 'no connection' : `no connection since ${clockText(atMs)}`;
    }
    case 'locked':
      return 'locked';
  }
}
