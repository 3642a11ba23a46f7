import { HttpException } from '@nestjs/common';

/** The rejections of Nest: an HTTP status below 500. */
export function isHttpRejection(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() < 500;
}
