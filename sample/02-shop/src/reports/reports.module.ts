import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { DatabaseModule } from '../database/database.module.js';
import { ReportsController } from './reports.controller.js';
import { REPORTS_SCHEMA, ReportsResolver } from './reports.resolver.js';
import { ShopQueryHandlers } from './shop-query-handlers.js';

@Module({
  imports: [
    DatabaseModule,
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      typeDefs: REPORTS_SCHEMA,
      graphiql: false,
      // A refusal has the code of its HTTP status.
      autoTransformHttpErrors: true,
      includeStacktraceInErrorResponses: false,
    }),
  ],
  controllers: [ReportsController],
  providers: [ShopQueryHandlers, ReportsResolver],
  exports: [ShopQueryHandlers],
})
export class ReportsModule {}
