import type { MailDetails, MailKind } from './message.ts';

/** What a mail says, in plain sentences. */
export type Wording = {
  readonly subject: string;
  readonly happened: string;
  /** What to do, above all when it was somebody else. */
  readonly advice: string;
  /** Where to do it, below the address of the installation. */
  readonly path: string;
};

const SETTINGS = '/settings/security';
const NOT_YOU =
  'If it was not you, end the sessions and revoke the keys that you do not know, and secure the account that you sign in with:';
const CHANGES = {
  turned_on: changed('Signing in now needs a second factor.'),
  turned_off: changed('Signing in no longer needs a second factor.'),
  codes_renewed: changed('The recovery codes were renewed; the old ones no longer work.'),
  recovery_code_used: {
    subject: 'A recovery code of your clipt account was used',
    happened:
      'Somebody used one of the recovery codes of your clipt account. That code does not work again.',
  },
  reset: {
    subject: 'Your two-factor sign-in was removed',
    happened:
      'Whoever runs this installation removed the second factor of your clipt account, because they were told that it was lost. You were signed out everywhere, and signing in no longer needs a second factor.',
    advice:
      'If you asked for this, sign in and set up two-factor again. If you did not, tell them at once, and secure the account that you sign in with:',
  },
  locked: {
    subject: 'Wrong codes for your clipt account',
    happened:
      'Somebody who had signed in to your clipt account typed ten wrong codes. For 15 minutes no code is taken.',
  },
} as const;

const WORDINGS: { readonly [Kind in MailKind]: (details: MailDetails) => Omit<Wording, 'path'> } = {
  new_sign_in: () => ({
    subject: 'New sign-in to your clipt account',
    happened: 'Somebody signed in to your clipt account.',
    advice: `If it was you, there is nothing to do. ${NOT_YOU}`,
  }),
  two_factor_changed: ({ change }) => ({
    advice: `If it was you, there is nothing to do. ${NOT_YOU}`,
    ...(change === undefined ? changed() : CHANGES[change]),
  }),
  key_created: () => ({
    subject: 'New API key for your clipt account',
    happened: 'An API key was made for your clipt account.',
    advice: `If it was you, there is nothing to do. ${NOT_YOU}`,
  }),
  export_ready: () => ({
    subject: 'Your clipt export is ready',
    happened: 'The copy of your data that was asked for is ready.',
    advice: `Fetch it where you asked for it, signed in as yourself. ${NOT_YOU}`,
  }),
  deletion_scheduled: () => ({
    subject: 'Your clipt account will be deleted',
    happened:
      'Your clipt account is going to be deleted. Sessions, keys and running work have ended already.',
    advice:
      'If you want this, there is nothing to do. If you do not, or if it was not you, sign in and restore the account in time:',
  }),
  deletion_done: () => ({
    subject: 'Your clipt account was deleted',
    happened: 'Your clipt account and all that was stored for it were deleted.',
    advice:
      'It cannot be brought back, and no more mail will come. If you did not want this, tell whoever runs this installation:',
  }),
  staff_access: () => ({
    subject: 'Staff looked at your clipt account',
    happened: 'Somebody who runs this installation looked at your clipt account.',
    advice: 'If you did not ask for help, you can ask why. What staff looked at is listed here:',
  }),
};

function changed(how = ''): Pick<Wording, 'subject' | 'happened'> {
  const happened = `The second factor of your clipt account was changed. ${how}`.trimEnd();
  return { subject: 'Two-factor sign-in was changed', happened };
}

export function wordingOf(kind: MailKind, details: MailDetails): Wording {
  // Of a deleted account there are no settings.
  return { ...WORDINGS[kind](details), path: kind === 'deletion_done' ? '/' : SETTINGS };
}
