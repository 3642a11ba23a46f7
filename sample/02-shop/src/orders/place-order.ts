import * as v from 'valibot';

export const PlaceOrderBody = v.object({
  sku: v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
});

export type PlaceOrderBody = v.InferOutput<typeof PlaceOrderBody>;

export class PlaceOrder {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}
