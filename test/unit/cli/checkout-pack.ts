import { defineMetricPack } from '../../../lib/packs/index.js';

/** A pack as an application has it. */
export class Checkout extends defineMetricPack({
  name: 'check-out',
  metrics: {
    paidCarts: {
      name: 'shop_paid_carts_total',
      type: 'counter',
      help: 'Paid carts | all channels.',
      labels: ['channel'],
    },
    openCarts: { name: 'shop_open_carts', type: 'gauge', help: 'Open carts.', aggregation: 'max' },
    payment: {
      name: 'shop_payment_duration_seconds',
      type: 'histogram',
      help: 'Duration of payments.',
      unit: 'seconds',
    },
  },
}) {}
