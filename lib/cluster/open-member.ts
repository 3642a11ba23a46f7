import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { ClusterMember, type MemberSource } from './cluster-member.js';
import { ProcessLink } from './process-link.js';
import { ThreadLink } from './thread-link.js';

/** Makes an application a member, by the way that its process or thread has to the one that aggregates. */
export function openMember(source: MemberSource): ClusterMember {
  const isWorkerProcess = cluster.isWorker && isMainThread;
  const member = new ClusterMember(source, (id) =>
    isWorkerProcess ? new ProcessLink() : new ThreadLink(id),
  );
  member.start();
  return member;
}
