export { diffTopology } from './diff-topology.ts';
export { distributeSlots } from './distribute-slots.ts';
export { slotOwners, slotsOf } from './slot-owners.ts';
export {
  ClusterId,
  Hold,
  Name,
  SlotSet,
  Topology,
  TopologyNode,
  TopologyShard,
} from './topology.ts';
export { topologyFaults } from './validate-topology.ts';
