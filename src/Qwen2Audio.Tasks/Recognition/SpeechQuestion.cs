using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Questions to the decoder whose answer is one of a closed set of labels.</summary>
internal static class SpeechQuestion
{
    /// <summary>The task that tells speech from other sounds.</summary>
    public const string Speech = "speech";

    /// <summary>The task that writes down what is said.</summary>
    public const string Transcribe = "transcribe";

    /// <summary>Probability that a piece is speech: P("speech") among the labels of the set "speech", of which it is the first.</summary>
    public static double SpeechProbability(ISpeechNetwork model, EncodedPiece piece)
    {
        if (!model.Settings.LabelSets.TryGetValue(Speech, out var labels)) return 1;
        return LogMath.Normalise(model.Score(piece, Speech, [.. labels.Select(label => model.Tokenizer.Encode(label))]))[0];
    }

    /// <summary>Mean of <see cref="SpeechProbability(ISpeechNetwork, EncodedPiece)"/> over the pieces by their length; 0 without any.</summary>
    public static double SpeechProbability(ISpeechNetwork model, IReadOnlyList<EncodedPiece> pieces)
    {
        var seconds = pieces.Sum(piece => piece.Seconds);
        return seconds > 0 ? pieces.Sum(piece => piece.Seconds * SpeechProbability(model, piece)) / seconds : 0;
    }
}
