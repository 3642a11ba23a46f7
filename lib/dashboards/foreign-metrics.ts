/** Metrics on the boards that Prometheus and node_exporter have, not this library. */
export const foreignMetrics = {
  up: { name: 'up' },
  scrapeDuration: { name: 'scrape_duration_seconds' },
  scrapeSamples: { name: 'scrape_samples_scraped' },
  alerts: { name: 'ALERTS' },
  nodeInfo: { name: 'node_uname_info' },
  nodeCpu: { name: 'node_cpu_seconds_total' },
  nodeLoad: { name: 'node_load5' },
  nodeMemoryAvailable: { name: 'node_memory_MemAvailable_bytes' },
  nodeMemory: { name: 'node_memory_MemTotal_bytes' },
  nodeDiskFree: { name: 'node_filesystem_avail_bytes' },
  nodeDiskSize: { name: 'node_filesystem_size_bytes' },
  nodeDiskRead: { name: 'node_disk_read_bytes_total' },
  nodeDiskWritten: { name: 'node_disk_written_bytes_total' },
  nodeReceived: { name: 'node_network_receive_bytes_total' },
  nodeSent: { name: 'node_network_transmit_bytes_total' },
} as const;
