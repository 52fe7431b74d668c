using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>The samples of a step, or of a part of it, ready to be packed (<see cref="TokenBatch.Pack"/>); there may be none.</summary>
/// <param name="Step">The step.</param>
/// <param name="Documents">One for each of <paramref name="Samples"/>.</param>
/// <param name="Samples">Which ones they are.</param>
/// <param name="Skipped">Those that could not be loaded and are left out.</param>
internal sealed record LoadedSamples(
    long Step, IReadOnlyList<TokenDocument> Documents, IReadOnlyList<DrawnSample> Samples, IReadOnlyList<SkippedSample> Skipped);

/// <summary>Pairs: document i of the one is preferred to document i of the other. Both have the same clips.</summary>
/// <param name="Chosen">The better endings, with what could not be loaded.</param>
/// <param name="Rejected">The others.</param>
internal sealed record LoadedPairs(LoadedSamples Chosen, IReadOnlyList<TokenDocument> Rejected);
