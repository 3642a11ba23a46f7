const REQUEST_TIMEOUT_MS = 3_000;

export type Change = 'pay' | 'ship' | 'cancel';

/** The shop as a customer's browser sees it. */
export class ShopClient {
  constructor(private readonly url: string) {}

  /** The id of the new order, or undefined when the shop said no. */
  async place(sku: string, quantity: number): Promise<string | undefined> {
    const response = await this.send('/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku, quantity }),
    });
    const answer = (await response.json()) as { id?: string };
    return response.ok ? answer.id : undefined;
  }

  async change(orderId: string, change: Change): Promise<boolean> {
    const response = await this.send(`/orders/${orderId}/${change}`, { method: 'POST' });
    await response.arrayBuffer();
    return response.ok;
  }

  async look(path: string): Promise<void> {
    const response = await this.send(path, {});
    await response.arrayBuffer();
  }

  private send(path: string, request: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    return fetch(this.url + path, { ...request, signal });
  }
}
