export class ShipOrder {
  constructor(readonly orderId: string) {}
}
