/** The time, as an argument: code that decides by time takes a Clock, so that it can be tried at any time. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
