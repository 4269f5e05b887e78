/** Which addresses of a name are used. */
export const ipFamilies = ['any', '4', '6'] as const;
export type IpFamily = (typeof ipFamilies)[number];

/** As Node writes it: 0 is any. */
export function familyNumber(family: IpFamily): 0 | 4 | 6 {
  return family === 'any' ? 0 : family === '4' ? 4 : 6;
}
