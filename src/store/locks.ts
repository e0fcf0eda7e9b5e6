// Names of the locks that transactions of one detector share.

/** Shared by every batch, held alone by whoever closes one of its days, so that a page and the minutes that it counts agree. */
export const daysLock = (detector: string) => `days ${detector}`
