// Files that are uploaded as multipart forms, and a page with its assets behind a route that matches any path.
import {
  Controller,
  type DynamicModule,
  Get,
  Module,
  ParseFilePipeBuilder,
  Post,
  UploadedFile,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  FileInterceptor,
  FilesInterceptor,
  type NestExpressApplication,
} from '@nestjs/platform-express';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

interface Upload {
  readonly originalname: string;
  readonly size: number;
}

@Controller('uploads')
class UploadsController {
  @Post('one')
  @UseInterceptors(FileInterceptor('file'))
  one(
    @UploadedFile(new ParseFilePipeBuilder().addMaxSizeValidator({ maxSize: 10 }).build())
    file: Upload,
  ): object {
    return { name: file.originalname, size: file.size };
  }

  @Post('many')
  @UseInterceptors(FilesInterceptor('files'))
  many(@UploadedFiles() files: Upload[]): number[] {
    return files.map((it) => it.size);
  }
}

@Controller()
class PageController {
  @Get('*path')
  page(): string {
    return 'page';
  }
}

const form = (name: string, ...texts: string[]) => {
  const data = new FormData();
  for (const it of texts) data.append(name, new Blob([it]), `${it.length}.txt`);
  return { method: 'POST', body: data };
};

export const trial: Trial = {
  requests: [
    ...LOAD,
    'GET /style.css',
    'GET /style.css/deep',
    'GET /missing.css',
    'HEAD /style.css',
  ],
  work: async (url) => {
    const answers = await Promise.all([
      fetch(`${url}/uploads/one`, form('file', 'hat')),
      fetch(`${url}/uploads/one`, form('file', 'more than ten')),
      fetch(`${url}/uploads/one`, form('other', 'hat')),
      fetch(`${url}/uploads/many`, form('files', 'hat', 'shoes')),
    ]);
    return Promise.all(answers.map(async (it) => [it.status, await it.text()]));
  },
  create: async (imports: DynamicModule[]) => {
    @Module({
      controllers: [...shop.controllers, UploadsController, PageController],
      providers: shop.providers,
      imports,
    })
    class AppModule {}
    const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['error'] });
    const folder = mkdtempSync(join(tmpdir(), 'assets-'));
    writeFileSync(join(folder, 'style.css'), 'a {}');
    app.useStaticAssets(folder, { etag: false, lastModified: false });
    return app;
  },
};
