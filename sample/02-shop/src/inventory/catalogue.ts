export interface Product {
  readonly sku: string;
  readonly unitPriceCents: number;
  /** The warehouse orders up to this many pieces. */
  readonly stockTarget: number;
}

export const CATALOGUE: readonly Product[] = [
  { sku: 'espresso-beans', unitPriceCents: 1_490, stockTarget: 800 },
  { sku: 'filter-papers', unitPriceCents: 350, stockTarget: 800 },
  { sku: 'travel-mug', unitPriceCents: 2_250, stockTarget: 400 },
  { sku: 'hand-grinder', unitPriceCents: 8_900, stockTarget: 200 },
  { sku: 'signed-poster', unitPriceCents: 4_500, stockTarget: 5 },
];

export const findProduct = (sku: string): Product | undefined =>
  CATALOGUE.find((product) => product.sku === sku);
