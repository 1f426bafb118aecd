// Whether staff look at an account in this page: the banner above it says so.

/** What only its person may do is not even asked for then, as each try goes on record before that person's eyes. */
export const isLooking = document.querySelector('[data-impersonation]') !== null;
