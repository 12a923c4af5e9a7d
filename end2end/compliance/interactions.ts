import { type Choice, type Control, look, type Seen } from './banner-detector';
import type { Visit } from './page-session';
import type { Kind } from './vocabulary';

/** The maximum number of presses in one interaction. */
const LONGEST = 8;

/** The controls pressed in one interaction, in order. */
export type Way = readonly string[];

/** Accepts everything optional with the notice's own button. */
export async function accept(visit: Visit): Promise<Way | undefined> {
  const agree = find(await look(visit), 'accept', true);
  return agree === undefined ? undefined : [await press(visit, agree)];
}

/** Refuses everything optional with a button of the notice, or else in the settings. */
export async function refuse(visit: Visit): Promise<Way | undefined> {
  const seen = await look(visit);
  const refusal = find(seen, 'reject', true);
  if (refusal !== undefined) return [await press(visit, refusal)];
  const settings = find(seen, 'settings', true);
  if (settings === undefined) return undefined;
  const way = [await press(visit, settings)];
  const rest = await switchOff(visit);
  return rest === undefined ? undefined : [...way, ...rest];
}

/** Dismisses the notice without an answer, with its close button or the Escape key. Returns which. */
export async function close(visit: Visit): Promise<Way> {
  const button = find(await look(visit), 'close', true);
  if (button !== undefined) return [await press(visit, button)];
  await visit.page.keyboard.press('Escape');
  await visit.settle();
  return ['Escape'];
}

/** Withdraws consent, starting on a page without a notice. */
export async function withdraw(visit: Visit): Promise<Way | undefined> {
  const seen = await look(visit);
  const direct = seen.controls.filter(({ kind, inNotice }) => kind === 'withdraw' && !inNotice);
  // Several controls mean one for each purpose.
  if (direct.length > 0) return (await pressEach(visit, 'withdraw')) ?? undefined;
  const way = await openSettings(visit, seen);
  if (way === undefined) return undefined;
  const rest = await switchOff(visit);
  return rest === undefined ? undefined : [...way, ...rest];
}

/** Whether a page without a notice links to withdrawal. */
export function leadsToWithdrawal(seen: Seen): boolean {
  return seen.controls.some(({ kind }) => kind === 'withdraw') || settingsOf(seen) !== undefined;
}

/** The choices in the settings, without essential purposes; undefined if there are no settings or no choices. */
export async function readSettings(visit: Visit): Promise<Choice[] | undefined> {
  await visit.go(visit.subject.address);
  const way = await openSettings(visit, await look(visit));
  if (way === undefined) return undefined;
  const choices = (await look(visit)).choices.filter(({ isFree }) => isFree);
  return choices.length === 0 ? undefined : choices;
}

/** Opens the settings from a page. */
async function openSettings(visit: Visit, seen: Seen): Promise<Way | undefined> {
  const settings = settingsOf(seen);
  return settings === undefined ? undefined : [await press(visit, settings)];
}

/** Outside a notice, the text of a settings control must mention cookies. */
function settingsOf(seen: Seen): Control | undefined {
  return seen.controls.find(({ kind, inNotice, isAbout }) => kind === 'settings' && (inNotice || isAbout));
}

/** In the open settings: refuses all at once if possible, else each purpose. */
async function switchOff(visit: Visit): Promise<Way | undefined> {
  const seen = await look(visit);
  const refusal = find(seen, 'reject', true) ?? find(seen, 'reject', false);
  if (refusal !== undefined) return [await press(visit, refusal)];
  const each = await pressEach(visit, 'withdraw');
  if (each !== undefined) return each;
  const on = seen.choices.filter(({ isOn, isFree }) => isOn === true && isFree);
  const save = find(seen, 'save', true) ?? find(seen, 'save', false);
  if (save === undefined) return undefined;
  const way: string[] = [];
  for (const choice of on) {
    // Many sites draw a switch over the checkbox, so a pointer may not reach it.
    await choice.locator.dispatchEvent('click');
    way.push(choice.name);
  }
  return [...way, await press(visit, save)];
}

/** Presses the controls of one kind until none is left. */
async function pressEach(visit: Visit, kind: Kind): Promise<Way | undefined> {
  const way: string[] = [];
  let left = (await look(visit)).controls.filter((control) => control.kind === kind);
  while (left[0] !== undefined && way.length < LONGEST) {
    const before = left.length;
    way.push(await press(visit, left[0]));
    left = (await look(visit)).controls.filter((control) => control.kind === kind);
    // It is still there, so it does not do what its text says.
    if (left.length >= before) return way;
  }
  return way.length === 0 ? undefined : way;
}

function find(seen: Seen, kind: Kind, inNotice: boolean): Control | undefined {
  return seen.controls.find((control) => control.kind === kind && control.inNotice === inNotice);
}

/** Presses a control like a person would, and waits for the result. */
async function press(visit: Visit, control: Control): Promise<string> {
  await control.locator.click({ timeout: 4_000 });
  await visit.settle();
  return control.text;
}
