import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertNotification } from '../../../lib/alerting/index.js';
import { LabelSet, type SeriesSource } from '../../../lib/query/index.js';
import { systemProgram } from '../../system/system-program.js';
import { TrialEngine } from '../../unit/alerts/trial-engine.js';
import { type Labels, MUTE_TIMES, type Phase, randomWorld, type World } from './random-world.js';
import { type Posted, receiverOf, RunningAlertmanager } from './running-alertmanager.js';

const alertmanager = systemProgram('prometheus-alertmanager');
const WORLDS = 16;
/** Longer than the longest wait and interval of a group together. */
const PHASE_MS = 4_500;

/** Alerts that the notifications of a phase contain, with their last state: by receiver and group. */
type Told = Readonly<Record<string, Readonly<Record<string, string>>>>;

const textOf = (it: Labels) =>
  JSON.stringify(Object.entries(it).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What receivers know after their notifications. */
class Receivers {
  readonly #known = new Map<string, string>();

  /**
   * Returns what a phase tells. The end of an alert of which the receiver does not know that it fires is left out:
   * Alertmanager adds it to other news where the alert was silenced, and again for 15 minutes.
   */
  hear(posted: readonly Posted[]): Told {
    const told: Record<string, Record<string, string>> = {};
    for (const { receiver, groupLabels, alerts } of posted) {
      const group = `${receiver} ${textOf(groupLabels)}`;
      for (const { labels, status } of alerts) {
        const alert = textOf(labels);
        const before = this.#known.get(group + alert);
        this.#known.set(group + alert, status);
        if (status === 'firing' || before === 'firing') (told[group] ??= {})[alert] = status;
      }
    }
    return told;
  }
}

/** The engine of one world, on a clock of its own. */
class EngineOfWorld {
  readonly #world: World;
  readonly #posted: Posted[] = [];
  readonly #receivers = new Receivers();
  #trial!: TrialEngine;
  #firing: readonly Labels[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async start(): Promise<this> {
    const { receivers, routes, inhibitions } = this.#world;
    const rules = ['A', 'B', 'C'].map((name) => ({ name, query: `a{name="${name}"}` }));
    const source: SeriesSource = {
      select: ({ matchers, toMs }) =>
        this.#firing
          .map(({ alertname, ...labels }) => LabelSet.of({ ...labels, name: alertname! }))
          .filter((labels) =>
            matchers.every((it) => it.name === '__name__' || it.matches(labels.get(it.name))),
          )
          .map((labels) => ({
            labels,
            timesMs: Float64Array.of(toMs),
            values: Float64Array.of(1),
          })),
    };
    const options = {
      rules,
      routes,
      inhibitions,
      muteTimes: MUTE_TIMES,
      intervalMs: 3_600_000,
      receivers: receivers.map((it) => ({
        ...it,
        open: () => ({ send: async (told: AlertNotification) => this.#note(told) }),
      })),
    };
    this.#trial = await new TrialEngine(options, {}, { source }).start();
    return this;
  }

  /** Returns what is told in a phase. */
  async pass({ firing, silences }: Phase): Promise<Told> {
    const { engine, timers } = this.#trial;
    this.#posted.length = 0;
    this.#firing = firing;
    for (const { id } of engine.silences()) engine.expireSilence(id);
    const endsAtMs = timers.clock.wallMs() + 3_600_000;
    for (const matchers of silences)
      engine.addSilence({ matchers, endsAtMs, createdBy: 'test', comment: 'test' });
    await engine.evaluate();
    await timers.advance(PHASE_MS);
    expect(this.#trial.faults).toEqual([]);
    return this.#receivers.hear(this.#posted);
  }

  #note({ receiver, groupKey, groupLabels, status, alerts }: AlertNotification): void {
    const [, step] = groupKey.split('/');
    const name = receiverOf(this.#world.name, Number(step), receiver);
    this.#posted.push({ receiver: name, groupLabels, status, alerts });
  }
}

// Needs Debian's prometheus-alertmanager.
describe.skipIf(alertmanager === undefined)('the notifications of an Alertmanager', () => {
  const worlds = Array.from({ length: WORLDS }, (_, i) => randomWorld(i));
  const theirs = new RunningAlertmanager();
  const receivers = new Receivers();
  const silenceIds: string[] = [];
  const endedAt = new Map<Labels, string>();
  const alert = (labels: Labels) => ({
    labels: { ...labels, name: labels['alertname'], job: 'shop', instance: hostname() },
  });

  beforeAll(() => theirs.start(alertmanager as string, worlds));
  afterAll(() => theirs.stop());

  const silence = async (n: number) => {
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const all = { startsAt: new Date().toISOString(), endsAt, createdBy: 'test', comment: 'test' };
    for (const { name, phases } of worlds) {
      for (const those of phases[n]!.silences) {
        const matchers = [{ name: 'world', operator: '=', value: name }, ...those].map((it) => ({
          name: it.name,
          value: it.value,
          isRegex: it.operator.includes('~'),
          isEqual: !it.operator.startsWith('!'),
        }));
        const answer = await theirs.post('silences', { ...all, matchers });
        silenceIds.push((JSON.parse(answer) as { silenceID: string }).silenceID);
      }
    }
  };

  /** Lets a phase of all worlds pass in Alertmanager. A group may be told at any moment, between two requests too. */
  const passPhase = async (n: number): Promise<Told> => {
    if (silenceIds.length === 0) await silence(n);
    // Repeated ones of the phase before.
    receivers.hear(theirs.posted.splice(0));
    const now = new Date().toISOString();
    const alerts = worlds.flatMap(({ phases }) => {
      const { firing } = phases[n]!;
      for (const it of phases[n - 1]?.firing ?? []) if (!firing.includes(it)) endedAt.set(it, now);
      for (const it of firing) endedAt.delete(it);
      return firing.map(alert);
    });
    // As Prometheus does, the end of an alert is told again and again.
    const ended = [...endedAt].map(([it, endsAt]) => ({ ...alert(it), endsAt }));
    await theirs.post('alerts', [...alerts, ...ended]);
    if (worlds.every(({ phases }) => phases[n]!.silences.length === 0)) {
      for (const id of silenceIds.splice(0)) await theirs.expireSilence(id);
      await theirs.post('alerts', ended);
    }
    await pause(PHASE_MS);
    return receivers.hear(theirs.posted);
  };

  it('Alertmanager and the engine tell the same groups, alerts and states for random routes, inhibitions, silences and mute times', async () => {
    const ours = await Promise.all(worlds.map((it) => new EngineOfWorld(it).start()));
    let count = 0;
    for (const n of worlds[0]!.phases.keys()) {
      const wanted = await passPhase(n);
      const told = await Promise.all(ours.map((it, i) => it.pass(worlds[i]!.phases[n]!)));
      expect(Object.assign({}, ...told), `phase ${n}`).toEqual(wanted);
      count += Object.keys(wanted).length;
    }
    expect(count).toBeGreaterThan(200);
  });
});
