import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { TrafficGenerator } from './traffic-generator.js';

@Module({ imports: [DatabaseModule], providers: [TrafficGenerator] })
export class TrafficModule {}
