import type { InjectionToken } from '@nestjs/common';
import type { AlertingOptions } from './alerting-options.js';
import type { EngineHost } from './engine/running-engine.js';

/**
 * Returns what an engine asks about its owner. Providers are looked up when they are asked for the first time: a lease may be
 * made after the engine.
 *
 * @param get - Returns a provider.
 */
export function leading(
  leader: NonNullable<AlertingOptions['leader']>,
  get: (token: InjectionToken) => unknown,
): Pick<EngineHost, 'isLeader' | 'shared'> {
  if (typeof leader === 'function') return { isLeader: leader };
  const { inject = [] } = leader;
  const providers = () => inject.map((token) => get(token)) as never[];
  const isLeader = () => leader.isLeader(...providers());
  if (leader.loadState === undefined) return { isLeader };
  return {
    isLeader,
    shared: {
      load: async () => (await leader.loadState?.(...providers())) ?? undefined,
      save: async (text) => void (await leader.saveState?.(text, ...providers())),
    },
  };
}
