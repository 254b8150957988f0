/** The session and the folder in the message of the host to a hook; empty if the message cannot be read. */
export function messageOf(text) {
  try {
    const { session_id, cwd } = JSON.parse(text);
    return { session: textOr(session_id), cwd: textOr(cwd) };
  } catch {
    return {};
  }
}

function textOr(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
