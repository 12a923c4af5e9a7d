import { type Choice, type Control, look, type Seen } from './notice';
import type { Visit } from './visit';
import type { Kind } from './words';

/** So many buttons are pressed on one way, and no more. */
const LONGEST = 8;

/** What was pressed, in order, to come to the end of a way. */
export type Way = readonly string[];

/** Agrees to everything optional, with the notice's own button. */
export async function accept(visit: Visit): Promise<Way | undefined> {
  const agree = find(await look(visit), 'accept', true);
  return agree === undefined ? undefined : [await press(visit, agree)];
}

/** Refuses everything optional: with a button of the notice, or else behind the one that leads to the settings. */
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

/** Puts the notice away without an answer: with its button for that, or with the Escape key. Says which. */
export async function close(visit: Visit): Promise<Way> {
  const button = find(await look(visit), 'close', true);
  if (button !== undefined) return [await press(visit, button)];
  await visit.page.keyboard.press('Escape');
  await visit.settle();
  return ['Escape'];
}

/** Withdraws what was agreed to, beginning on a page that shows no notice any more. */
export async function withdraw(visit: Visit): Promise<Way | undefined> {
  const seen = await look(visit);
  const direct = seen.controls.filter(({ kind, inNotice }) => kind === 'withdraw' && !inNotice);
  // More than one is one for each purpose.
  if (direct.length > 0) return (await pressEach(visit, 'withdraw')) ?? undefined;
  const way = await openSettings(visit, seen);
  if (way === undefined) return undefined;
  const rest = await switchOff(visit);
  return rest === undefined ? undefined : [...way, ...rest];
}

/** Whether a page that shows no notice leads to a withdrawal at all. */
export function leadsToWithdrawal(seen: Seen): boolean {
  return seen.controls.some(({ kind }) => kind === 'withdraw') || settingsOf(seen) !== undefined;
}

/** What the settings say is chosen, without essential purposes; undefined where there are no settings or no choices in them. */
export async function readSettings(visit: Visit): Promise<Choice[] | undefined> {
  await visit.go(visit.subject.address);
  const way = await openSettings(visit, await look(visit));
  if (way === undefined) return undefined;
  const choices = (await look(visit)).choices.filter(({ isFree }) => isFree);
  return choices.length === 0 ? undefined : choices;
}

/** Opens the settings from a page, wherever it leads to them. */
async function openSettings(visit: Visit, seen: Seen): Promise<Way | undefined> {
  const settings = settingsOf(seen);
  return settings === undefined ? undefined : [await press(visit, settings)];
}

/** Outside of a notice, a control must say that its settings are those about cookies; in a notice they are. */
function settingsOf(seen: Seen): Control | undefined {
  return seen.controls.find(({ kind, inNotice, isAbout }) => kind === 'settings' && (inNotice || isAbout));
}

/** With the settings open: refuses all at once if that is offered, else each purpose. */
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
    // Many draw a switch over the box, so the box itself need not be in reach of a pointer.
    await choice.locator.dispatchEvent('click');
    way.push(choice.name);
  }
  return [...way, await press(visit, save)];
}

/** Presses controls of one kind until none is left. */
async function pressEach(visit: Visit, kind: Kind): Promise<Way | undefined> {
  const way: string[] = [];
  let left = (await look(visit)).controls.filter((control) => control.kind === kind);
  while (left[0] !== undefined && way.length < LONGEST) {
    const before = left.length;
    way.push(await press(visit, left[0]));
    left = (await look(visit)).controls.filter((control) => control.kind === kind);
    // It is still there, so pressing it does something else than its words say.
    if (left.length >= before) return way;
  }
  return way.length === 0 ? undefined : way;
}

function find(seen: Seen, kind: Kind, inNotice: boolean): Control | undefined {
  return seen.controls.find((control) => control.kind === kind && control.inNotice === inNotice);
}

/** Presses it as a person would, and waits for what comes of it. */
async function press(visit: Visit, control: Control): Promise<string> {
  await control.locator.click({ timeout: 4_000 });
  await visit.settle();
  return control.text;
}
