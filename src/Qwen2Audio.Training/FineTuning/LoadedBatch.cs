using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>A piece of a step for next-token prediction.</summary>
/// <param name="Batch">The rows computed at once; may be empty.</param>
/// <param name="Skipped">Samples that failed to load.</param>
internal sealed record LoadedBatch(TokenBatch Batch, IReadOnlyList<SkippedSample> Skipped);
