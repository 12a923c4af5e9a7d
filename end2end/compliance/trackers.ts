/**
 * Names of cookies that are publicly known for analytics or advertising. On a site without a
 * cookie list, only these are known to be optional.
 */
const TRACKER_COOKIES = [
  /^_ga($|_)/,
  /^_gid$/,
  /^_gat($|_)/,
  /^_gcl_/,
  /^__utm[abctvz]$/,
  /^_fb[cp]$/,
  /^_hj/,
  /^_cl(ck|sk)$/,
  /^_uet(s|v)id$/,
  /^_pk_(id|ses|ref)/,
  /^IDE$/,
  /^_ttp$/,
  /^_pin_unauth$/,
  /^ajs_(anonymous|user)_id$/,
  /^mp_.*_mixpanel$/,
  /^amplitude_id/,
  /^(hubspotutk|__hstc|__hssc)$/,
];

/** Whether a cookie of that name is known for analytics or advertising. */
export function isTracker(name: string): boolean {
  return TRACKER_COOKIES.some((known) => known.test(name));
}
