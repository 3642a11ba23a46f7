export class GetOrder {
  constructor(readonly orderId: string) {}
}
