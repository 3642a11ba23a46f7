import { HttpException } from '@nestjs/common';

/** Rejections of Nest: an HTTP status below 500, `RpcException` and `WsException`. */
export function isNestRejection(error: unknown): boolean {
  if (error instanceof HttpException) return error.getStatus() < 500;
  return isRemoteException(error);
}

/**
 * Recognizes `RpcException` and `WsException` by the members that only they have. Their packages are not loaded for it, and
 * an application may have two copies of them.
 */
function isRemoteException(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { getError, initMessage } = error as { getError?: unknown; initMessage?: unknown };
  return typeof getError === 'function' && typeof initMessage === 'function';
}
