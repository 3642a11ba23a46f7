export class PlaceOrder {
  constructor(readonly sku: string) {}
}
