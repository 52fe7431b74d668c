using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>What the tasks ask of a model with an encoder, a CTC head and a decoder. One caller at a time.</summary>
internal interface ISpeechNetwork
{
    /// <summary>Label sets and decoding settings.</summary>
    SpeechSettings Settings { get; }

    /// <summary>Text units; CTC classes are their ids.</summary>
    BytePairTokenizer Tokenizer { get; }

    /// <summary>Sampling rate that <see cref="Encode"/> takes.</summary>
    int SampleRate { get; }

    /// <summary>Longest audio that the encoder and the decoder take, in seconds.</summary>
    double LongestSeconds { get; }

    /// <summary>Most text units that fit into the decoder beside the longest audio.</summary>
    int LongestText { get; }

    /// <summary>What ends a pass between two layers with <see cref="OperationCanceledException"/>.</summary>
    CancellationToken Cancellation { get; set; }

    /// <summary>Runs the encoder on mono samples; null when they are too few for a single row of audio.</summary>
    EncodedPiece? Encode(ReadOnlySpan<float> samples, double start);

    /// <summary>
    /// For each text ln P(text and end mark | audio, task) by the decoder; <paramref name="task"/> names the prompt ("transcribe",
    /// "digit", …).
    /// </summary>
    double[] Score(EncodedPiece piece, string task, IReadOnlyList<int[]> texts);

    /// <summary>The text that the decoder finds by itself, with its log probability (end mark included).</summary>
    DecodedText Decode(EncodedPiece piece, string task, int width);
}

/// <summary>Text units and their log probability; <paramref name="Ended"/> is false when the length limit stopped it.</summary>
internal sealed record DecodedText(int[] Ids, double LogProbability, bool Ended);
