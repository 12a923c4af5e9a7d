import { storage, thirdParties } from './storage-and-third-parties';
import { afterClose, beforeChoice, ignoredRefusal, implicitConsent, signal } from './choice';
import { lifetime, misclassified, onePurpose, undeclared } from './cookies';
import { forcedAction, noNotice, noReject, preselected, unequalButtons } from './notice';
import { beacon, identifyingBeacon } from './measurement';
import type { Rule } from './rule';
import { inconsistent, notDeleted, noWithdrawal, withdrawalHarder } from './withdrawal';

/** Every rule, in the order of the report. */
export const RULES: readonly Rule[] = [
  undeclared,
  lifetime,
  onePurpose,
  misclassified,
  beforeChoice,
  ignoredRefusal,
  implicitConsent,
  noNotice,
  noReject,
  unequalButtons,
  forcedAction,
  afterClose,
  preselected,
  noWithdrawal,
  withdrawalHarder,
  notDeleted,
  inconsistent,
  storage,
  thirdParties,
  beacon,
  identifyingBeacon,
  signal,
];
