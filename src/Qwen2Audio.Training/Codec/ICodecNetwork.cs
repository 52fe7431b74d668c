using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>A codec's output for a step's crops; valid until the next <see cref="TrainingOps.Begin"/>.</summary>
/// <param name="Latent">Latents before quantisation, [frames, dimension].</param>
/// <param name="Codes">[frames, codebooks], ordered by crop, then by time; −1: the codebook is not used.</param>
/// <param name="Sound">The reconstruction, [samples, 1].</param>
internal readonly record struct CodecOutput(Variable Latent, int[] Codes, Variable Sound);

/// <summary>A codec in training: encoder, quantiser and decoder on one tape.</summary>
internal interface ICodecNetwork
{
    /// <summary>Samples per frame; crops are whole frames.</summary>
    int Hop { get; }

    /// <summary>Encodes, quantises and decodes audio [samples, 1].</summary>
    /// <param name="sound">The samples.</param>
    /// <param name="rows">Layout of the crops.</param>
    /// <param name="books">Number of codebooks that each crop uses; empty: all.</param>
    CodecOutput Forward(TrainingOps ops, Variable sound, Layout rows, ReadOnlySpan<int> books);
}
