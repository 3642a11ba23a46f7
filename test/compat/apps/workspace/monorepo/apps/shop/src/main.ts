import { serve } from '@app/ledger';
import { AppModule } from './app.module';

void serve(AppModule);
