/** A mail about an order. */
export interface Mail {
  readonly kind: 'confirmation' | 'shipping_note';
  readonly orderId: string;
}
