using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Encodes one utterance of a stream as its audio arrives. One caller at a time, who holds the model's gate.</summary>
internal interface IUtteranceEncoder : IDisposable
{
    /// <summary>Rows of the encoder that are known.</summary>
    int Rows { get; }

    /// <summary>Rows that become known together.</summary>
    int ChunkRows { get; }

    /// <summary>Number of samples with which the next rows become known.</summary>
    int NextAt { get; }

    /// <summary>CTC classes.</summary>
    int Classes { get; }

    /// <summary>Samples of a row.</summary>
    int RowSamples { get; }

    /// <summary>Adds samples; all rows become known if the utterance <paramref name="ends"/>.</summary>
    void Add(ReadOnlySpan<float> samples, bool ends);

    /// <summary>CTC log probabilities of a row.</summary>
    ReadOnlySpan<float> Row(int row);

    /// <summary>CTC log probabilities of the phones in the rows from <paramref name="first"/> on; null without a phone head.</summary>
    CtcPosteriors? Phones(int first);

    /// <summary>The first rows as an encoded piece; null when they are too few for one audio row.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="samples">The samples that they stand for.</param>
    /// <param name="start">Start in seconds within the stream.</param>
    EncodedPiece? Piece(int rows, ReadOnlySpan<float> samples, double start);
}
