using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Decides with the prompt <c>[speech]</c> whether audio is speech.</summary>
internal static class SpeechDetection
{
    /// <summary>The transcription task.</summary>
    public const string Transcribe = "transcribe";

    /// <summary>P("speech") among the labels of the set "speech", whose first label it is.</summary>
    public static double SpeechProbability(ISpeechNetwork model, EncodedPiece piece)
    {
        if (!model.Settings.LabelSets.TryGetValue(LabelSet.Speech, out var labels)) return 1;
        return piece.Speech ??= LogMath.Normalise(model.Score(piece, LabelSet.Speech, [.. labels.Select(label => model.Tokenizer.Encode(label))]))[0];
    }
}
