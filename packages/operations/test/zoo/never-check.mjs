// A check of a project's own that never returns.
export default { id: 'never', title: 'it returns', inspect: () => new Promise(() => {}) };
