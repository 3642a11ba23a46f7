import { defineMetricPack } from '../../../lib/packs/index.js';

/** A pack that cannot be made. */
export const Bad = defineMetricPack({
  name: 'bad',
  metrics: { ms: { name: 'shop_ms', type: 'histogram', help: '', labels: ['user_id'] } },
});
