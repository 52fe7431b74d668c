using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>What a codec made of a step's sounds; lasts until the next <see cref="TrainingOps.Begin"/>.</summary>
/// <param name="Latent">[frames, dimension]: what was quantised.</param>
/// <param name="Codes">[frames, books], frames ordered by sound, then by time; −1: a book that is not used.</param>
/// <param name="Sound">[samples, 1]: what was made of them.</param>
internal readonly record struct CodecOutput(Variable Latent, int[] Codes, Variable Sound);

/// <summary>A codec that is trained: an encoder, a quantiser and a decoder on one tape.</summary>
internal interface ICodecNetwork
{
    /// <summary>Samples of a frame; sounds are whole frames.</summary>
    int Hop { get; }

    /// <summary>Sound [samples, 1] and back.</summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="sound">The samples.</param>
    /// <param name="rows">Which sound they belong to.</param>
    /// <param name="books">Of each sound, how many books it uses; empty: all.</param>
    CodecOutput Forward(TrainingOps ops, Variable sound, Layout rows, ReadOnlySpan<int> books);
}
