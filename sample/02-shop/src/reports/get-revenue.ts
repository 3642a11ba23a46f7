export class GetRevenue {
  constructor(readonly days: number) {}
}
