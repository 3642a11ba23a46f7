export class PayOrder {
  constructor(readonly orderId: string) {}
}
