/** The decisions: what a node announces for each service, to whom, and why. Pure. */
export { type AnywhereVerdict, ClusterPlanner } from './anywhere.ts'
export { EXCLUDE_LABEL, type PlanOptions } from './context.ts'
export { explainForPeer } from './explain.ts'
export { type PeerPlan, planPeers, wantedPeers } from './peers.ts'
export { NodePlanner, type PlanChanges } from './planner.ts'
export { routerIdFor } from './router-id.ts'
export { planService } from './service.ts'
export { ReasonCode, type ServicePlan, type TraceStep } from './types.ts'
export {
  type AnnouncementReport,
  type NodePlanReport,
  type PeerReport,
  type PeerRouteReport,
  planCluster,
  planNode,
  type RouteReport,
  reportPeer,
  reportRoute,
  reportService,
  type ServiceReport,
} from './whole.ts'
