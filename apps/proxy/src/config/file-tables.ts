/** The fields of the file that are not settings by themselves: listeners, their users, clusters by name. */
import { port, setting, text } from '@keyfleet/runtime';
import { clusterSettings, processSettings } from '../settings.ts';

export const listenerFields = {
  port: setting(port, undefined, 'Where clients connect.'),
  bind: { ...processSettings.bind, help: 'Address of the port.' },
  cluster: setting(
    text,
    '',
    'The cluster that clients of this port get; with users: of those users that name none. May be left out where there is one cluster only.',
  ),
};

export const userFields = {
  name: setting(
    text,
    undefined,
    'As in AUTH name password. AUTH with a password alone is of the user default.',
  ),
  password: setting(text, '', 'Either this or passwordFile.'),
  passwordFile: setting(
    text,
    '',
    'File with the password; a new one counts at once, for those who log in from then on.',
  ),
  cluster: setting(text, '', 'The cluster that this user gets; else that of the listener.'),
};

/** In the file the name of a cluster is where it stands. */
export const clusterFields = Object.fromEntries(
  Object.entries(clusterSettings).filter(([key]) => key !== 'cluster'),
) as Omit<typeof clusterSettings, 'cluster'>;
