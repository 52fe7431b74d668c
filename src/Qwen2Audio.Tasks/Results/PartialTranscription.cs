namespace Qwen2Audio.Tasks.Results;

/// <summary>The text of an utterance of a stream, as far as it is known.</summary>
/// <param name="Text">The words so far; later audio may change them, their marks and their capitals until the utterance is final.</param>
/// <param name="Start">Where the utterance's audio begins, in seconds of the stream.</param>
/// <param name="End">The end of the audio that was recognised, in seconds of the stream.</param>
public sealed record PartialTranscription(string Text, double Start, double End)
{
    /// <summary>The result of the utterance, with times in the stream; null: it goes on. The last one of a stream has the warnings of the whole stream.</summary>
    public Transcription? Final { get; init; }
}
