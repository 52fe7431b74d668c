using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// Ids of the small speech model: control tokens first, so that the CTC blank is class 0, then text units. CTC classes are token ids.
/// </summary>
internal static class SpeechTokens
{
    public const string Blank = "<|blank|>";
    public const string End = "<|endoftext|>";
    public const string Audio = "<|AUDIO|>";
    public const string Go = "<|go|>";

    private static readonly string[] Controls =
        [Blank, End, Audio, Go, "<|transcribe|>", "<|sound|>", "<|keyword|>", "<|digit|>", "<|speech|>"];

    /// <summary>Learns text units from texts.</summary>
    public static BytePairTokenizer Learn(IEnumerable<(string Text, int Weight)> texts, int merges)
    {
        var units = BytePairTrainer.Train(texts, merges).Shifted(Controls.Length);
        return new BytePairTokenizer(units, new TokenizerOptions
        {
            PrefixSpace = true,
            AddedTokens = [.. Controls.Select(AddedToken.Control)],
        });
    }

    /// <summary>The ids around audio and text.</summary>
    public static PromptTokens Of(BytePairTokenizer tokenizer) => new(
        tokenizer.ControlId(Audio), tokenizer.ControlId(Go), tokenizer.ControlId(End), Controls.Length, tokenizer.Size);

    /// <summary>The control token of a prompt.</summary>
    public static int TaskId(BytePairTokenizer tokenizer, TaskKind task) => tokenizer.ControlId(task switch
    {
        TaskKind.Transcribe => "<|transcribe|>",
        TaskKind.Sound => "<|sound|>",
        TaskKind.Keyword => "<|keyword|>",
        TaskKind.Digit => "<|digit|>",
        TaskKind.Speech => "<|speech|>",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "No such prompt."),
    });

    /// <summary>Encodes an example as ids.</summary>
    public static EncodedExample Encode(BytePairTokenizer tokenizer, TrainingExample example) => new(
        example.Features, example.Frames, TaskId(tokenizer, example.Task), tokenizer.Encode(example.Text), tokenizer.Encode(example.Spoken),
        example.Phones is null ? null : PhoneSet.Ids(example.Phones));
}
