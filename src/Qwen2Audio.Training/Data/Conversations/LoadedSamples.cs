using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>The samples of a step or a part of it, for <see cref="TokenBatch.Pack"/>; may be empty.</summary>
/// <param name="Step">The step.</param>
/// <param name="Documents">One for each of <paramref name="Samples"/>.</param>
/// <param name="Samples">The samples.</param>
/// <param name="Skipped">Samples that failed to load.</param>
internal sealed record LoadedSamples(
    long Step, IReadOnlyList<TokenDocument> Documents, IReadOnlyList<DrawnSample> Samples, IReadOnlyList<SkippedSample> Skipped);

/// <summary>Pairs: chosen document i is preferred to rejected document i. Both have the same clips.</summary>
/// <param name="Chosen">The chosen endings, with the samples that failed to load.</param>
/// <param name="Rejected">The rejected endings.</param>
internal sealed record LoadedPairs(LoadedSamples Chosen, IReadOnlyList<TokenDocument> Rejected);
