import { type CanActivate, ForbiddenException, Injectable } from '@nestjs/common';
import { ShopSettings } from './shop.settings.js';

/** Lets nobody break anything unless the shop is there to be looked at. */
@Injectable()
export class DemoGuard implements CanActivate {
  constructor(private readonly settings: ShopSettings) {}

  canActivate(): boolean {
    if (!this.settings.isDemo) throw new ForbiddenException('Only with DEMO=true');
    return true;
  }
}
