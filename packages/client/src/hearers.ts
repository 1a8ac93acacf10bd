// Who is told of something, now and whenever it is another.

/** Adds somebody who hears; at once, where there is something to hear already. What it returns ends that. */
export function heard<T>(hearers: Set<(it: T) => void>, hear: (it: T) => void, now: T | undefined): () => void {
  hearers.add(hear);
  if (now !== undefined) hear(now);
  return () => hearers.delete(hear);
}
