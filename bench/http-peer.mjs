// HTTP and command metrics with prom-client by hand, and spans of nestjs-otel.
import { Injectable } from '@nestjs/common';
import { Span } from 'nestjs-otel';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { finalize } from 'rxjs';
import { decorate } from './observed-application.mjs';
import { ByHand } from './peers.mjs';

const registers = [new Registry()];

export class HttpMetricsByHand {
  #requests = new Counter({
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['method', 'endpoint', 'status'],
    registers,
  });
  #duration = new Histogram({
    name: 'request_duration_seconds',
    help: 'Durations.',
    labelNames: ['method', 'endpoint'],
    registers,
  });
  #concurrent = new Gauge({
    name: 'requests_concurrent',
    help: 'In flight.',
    labelNames: ['method'],
    registers,
  });

  intercept(context, next) {
    const http = context.switchToHttp();
    const request = http.getRequest();
    const { method } = request;
    const endpoint = request.route?.path ?? request.routeOptions?.url;
    this.#concurrent.inc({ method });
    const end = this.#duration.startTimer({ method, endpoint });
    return next.handle().pipe(
      finalize(() => {
        end();
        this.#requests.inc({ method, endpoint, status: http.getResponse().statusCode });
        this.#concurrent.dec({ method });
      }),
    );
  }
}

export class PeerOrders extends ByHand {
  async place(order) {
    return super.place(order);
  }

  async placed(order) {
    return { id: order };
  }
}
decorate(PeerOrders, 'place', Span('command PlaceOrder'));
Injectable()(PeerOrders);
