/* eslint-disable @nx/enforce-module-boundaries -- The reference is made from the apps' own tables; no lib needs them. */
export { settings as configserverSettings } from '../../apps/configserver/src/settings.ts';
export { dataDirSetting, upSettings } from '../../apps/cli/src/settings.ts';
export { fileSchema as proxyFileSchema } from '../../apps/proxy/src/config/file-schema.ts';
export { listenerFields, userFields } from '../../apps/proxy/src/config/file-tables.ts';
export { gatherNames } from '../../apps/proxy/src/gathers/gather-names.ts';
export { dispositionOf, type Disposition } from '../../apps/proxy/src/route/disposition.ts';
export { ownCommands } from '../../apps/proxy/src/route/own-commands.ts';
export { refusalReason } from '../../apps/proxy/src/route/refusal-reasons.ts';
export { settings as operatorSettings } from '../../apps/operator/src/settings.ts';
export { proxySettings } from '../../apps/proxy/src/settings.ts';
export { traitsOf, type UpstreamKind } from '../../apps/proxy/src/upstream/upstream-kind.ts';
