/**
 * Dashboards as data, and their form for Grafana.
 *
 * @packageDocumentation
 */

export type {
  Board,
  BoardPanel,
  BoardRow,
  BoardVariable,
  MeaningfulColor,
  PanelKind,
  PanelState,
  PanelThreshold,
  PanelUnit,
} from './board.js';
export { boards } from './boards.js';
export { grafanaDashboard, type GrafanaOptions } from './grafana-dashboard.js';
export { packBoard, type PackRow } from './pack-board.js';
export type { GrafanaDashboard } from './grafana.format.js';
