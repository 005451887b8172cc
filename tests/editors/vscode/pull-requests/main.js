// Keeps what is registered, for the tests to call.
exports.activate = () => {
  const kept = {};
  const keep = (kind) => (title, provider) => {
    kept[kind] = { title, provider };
    return { dispose: () => delete kept[kind] };
  };
  return { kept, registerTitleAndDescriptionProvider: keep('description'), registerReviewerCommentsProvider: keep('review') };
};
