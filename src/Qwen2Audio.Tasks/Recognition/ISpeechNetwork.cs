using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A model with an encoder, a CTC head and a decoder, as the tasks use it. One caller at a time.</summary>
internal interface ISpeechNetwork
{
    /// <summary>Label sets and decoding settings.</summary>
    SpeechSettings Settings { get; }

    /// <summary>Text units; CTC classes are their ids.</summary>
    BytePairTokenizer Tokenizer { get; }

    /// <summary>Sampling rate that <see cref="Encode"/> takes.</summary>
    int SampleRate { get; }

    /// <summary>Maximum audio length of encoder and decoder, in seconds.</summary>
    double LongestSeconds { get; }

    /// <summary>Maximum text units that fit into the decoder after the longest audio.</summary>
    int LongestText { get; }

    /// <summary>Encodes mono samples; null when they are too few for one audio row.</summary>
    EncodedPiece? Encode(ReadOnlySpan<float> samples, double start);

    /// <summary>The delay of streaming recognition in seconds; null: the model was trained for whole clips only.</summary>
    double? StreamingDelay { get; }

    /// <summary>Begins an utterance of streaming recognition; only with a <see cref="StreamingDelay"/>.</summary>
    IUtteranceEncoder Begin();

    /// <summary>
    /// ln P(text and end token | audio, task) by the decoder for each text; <paramref name="task"/> names the prompt ("transcribe",
    /// "digit", …).
    /// </summary>
    double[] Score(EncodedPiece piece, string task, IReadOnlyList<int[]> texts);

    /// <summary>The text found by beam search with the decoder alone, and its log probability including the end token.</summary>
    DecodedText Decode(EncodedPiece piece, string task, int width);
}

/// <summary>Text units and their log probability; <paramref name="Ended"/> is false when the length limit was reached.</summary>
internal sealed record DecodedText(int[] Ids, double LogProbability, bool Ended);
