import { type Choice, type Control, detectBanner, type DetectedBanner } from './banner-detector';
import type { PageSession } from './page-session';
import type { ControlKind } from './vocabulary';

/** The maximum number of presses in one interaction. */
const MAX_PRESSES = 8;

/** The controls pressed in one interaction, in order. */
export type Interaction = readonly string[];

/** Accepts everything optional with the notice's own button. */
export async function accept(session: PageSession): Promise<Interaction | undefined> {
  const agree = find(await detectBanner(session), 'accept', true);
  return agree === undefined ? undefined : [await press(session, agree)];
}

/** Refuses everything optional with a button of the notice, or else in the settings. */
export async function refuse(session: PageSession): Promise<Interaction | undefined> {
  const seen = await detectBanner(session);
  const refusal = find(seen, 'reject', true);
  if (refusal !== undefined) return [await press(session, refusal)];
  const settings = find(seen, 'settings', true);
  if (settings === undefined) return undefined;
  const interaction = [await press(session, settings)];
  const rest = await switchOff(session);
  return rest === undefined ? undefined : [...interaction, ...rest];
}

/** Dismisses the notice without an answer, with its close button or the Escape key. Returns which. */
export async function close(session: PageSession): Promise<Interaction> {
  const button = find(await detectBanner(session), 'close', true);
  if (button !== undefined) return [await press(session, button)];
  await session.page.keyboard.press('Escape');
  await session.settle();
  return ['Escape'];
}

/** Withdraws consent, starting on a page without a notice. */
export async function withdraw(session: PageSession): Promise<Interaction | undefined> {
  const seen = await detectBanner(session);
  const direct = seen.controls.filter(({ kind, inNotice }) => kind === 'withdraw' && !inNotice);
  // Several controls mean one for each purpose.
  if (direct.length > 0) return (await pressEach(session, 'withdraw')) ?? undefined;
  const interaction = await openSettings(session, seen);
  if (interaction === undefined) return undefined;
  const rest = await switchOff(session);
  return rest === undefined ? undefined : [...interaction, ...rest];
}

/** Whether a page without a notice links to withdrawal. */
export function leadsToWithdrawal(seen: DetectedBanner): boolean {
  return seen.controls.some(({ kind }) => kind === 'withdraw') || settingsOf(seen) !== undefined;
}

/** The choices in the settings, without essential purposes; undefined if there are no settings or no choices. */
export async function readSettings(session: PageSession): Promise<Choice[] | undefined> {
  await session.go(session.target.address);
  const interaction = await openSettings(session, await detectBanner(session));
  if (interaction === undefined) return undefined;
  const choices = (await detectBanner(session)).choices.filter(({ isFree }) => isFree);
  return choices.length === 0 ? undefined : choices;
}

/** Opens the settings from a page. */
async function openSettings(session: PageSession, seen: DetectedBanner): Promise<Interaction | undefined> {
  const settings = settingsOf(seen);
  return settings === undefined ? undefined : [await press(session, settings)];
}

/** Outside a notice, the text of a settings control must mention cookies. */
function settingsOf(seen: DetectedBanner): Control | undefined {
  return seen.controls.find(({ kind, inNotice, isAbout }) => kind === 'settings' && (inNotice || isAbout));
}

/** In the open settings: refuses all at once if possible, else each purpose. */
async function switchOff(session: PageSession): Promise<Interaction | undefined> {
  const seen = await detectBanner(session);
  const refusal = find(seen, 'reject', true) ?? find(seen, 'reject', false);
  if (refusal !== undefined) return [await press(session, refusal)];
  const each = await pressEach(session, 'withdraw');
  if (each !== undefined) return each;
  const on = seen.choices.filter(({ isOn, isFree }) => isOn === true && isFree);
  const save = find(seen, 'save', true) ?? find(seen, 'save', false);
  if (save === undefined) return undefined;
  const interaction: string[] = [];
  for (const choice of on) {
    // Many sites draw a switch over the checkbox, so a pointer may not reach it.
    await choice.locator.dispatchEvent('click');
    interaction.push(choice.name);
  }
  return [...interaction, await press(session, save)];
}

/** Presses the controls of one kind until none is left. */
async function pressEach(session: PageSession, kind: ControlKind): Promise<Interaction | undefined> {
  const interaction: string[] = [];
  let left = (await detectBanner(session)).controls.filter((control) => control.kind === kind);
  while (left[0] !== undefined && interaction.length < MAX_PRESSES) {
    const before = left.length;
    interaction.push(await press(session, left[0]));
    left = (await detectBanner(session)).controls.filter((control) => control.kind === kind);
    // It is still there, so it does not do what its text says.
    if (left.length >= before) return interaction;
  }
  return interaction.length === 0 ? undefined : interaction;
}

function find(seen: DetectedBanner, kind: ControlKind, inNotice: boolean): Control | undefined {
  return seen.controls.find((control) => control.kind === kind && control.inNotice === inNotice);
}

/** Presses a control like a person would, and waits for the result. */
async function press(session: PageSession, control: Control): Promise<string> {
  await control.locator.click({ timeout: 4_000 });
  await session.settle();
  return control.text;
}
