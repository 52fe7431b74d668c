using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Prompts;

/// <summary>A piece of audio for one prompt.</summary>
/// <param name="Whole">The recording, mono.</param>
/// <param name="First">Index of the first sample.</param>
/// <param name="Count">Number of samples.</param>
internal sealed record PromptPiece(AudioClip Whole, int First, int Count)
{
    /// <summary>Start in seconds within the recording.</summary>
    public double Start => (double)First / Whole.SampleRate;

    /// <summary>End in seconds within the recording.</summary>
    public double End => (double)(First + Count) / Whole.SampleRate;

    /// <summary>The piece as a clip; copied on each call, so that only one piece of a long recording is in memory.</summary>
    public AudioClip Clip => new(Whole.Samples[First..(First + Count)], Whole.SampleRate, 1, []);
}

/// <summary>Splits audio for prompts and creates the prompts.</summary>
internal static class PromptPieces
{
    private const int MinSamples = 1600; // 0.1 s: shorter sounds give hardly one encoder row, and no words

    /// <summary>Pieces of at most the model's window, split at pauses, without silent ones.</summary>
    public static List<PromptPiece> Of(AudioClip clip, ChatModel model, double maxSeconds, List<TaskWarning> warnings)
    {
        if (!(maxSeconds >= 1)) throw new ArgumentOutOfRangeException(nameof(maxSeconds), maxSeconds, "The longest piece must be 1 second at least.");
        if (!model.AcceptsAudio) throw new NotSupportedException($"{model.Path}: a {model.Kind} model does not take audio; qwen2_audio does.");
        var sound = PreparedClip.Of(clip);
        warnings.AddRange(sound.Warnings);
        var prepared = sound.Clip;
        var pieces = new List<PromptPiece>();
        if (!sound.IsAudible) return pieces;
        if (prepared.Samples.Length < MinSamples)
        {
            warnings.Add(new TaskWarning("too-short", $"Audio of {prepared.Seconds:F4} s is too short for the model, which needs 0.1 s."));
            return pieces;
        }

        var longest = (int)(Math.Min(maxSeconds, model.WindowSeconds) * prepared.SampleRate);
        var starts = PauseSplitter.Split(sound.Levels, prepared.Samples.Length, prepared.SampleRate, longest, warnings);
        for (var i = 0; i + 1 < starts.Length; i++)
        {
            var piece = new PromptPiece(prepared, starts[i], starts[i + 1] - starts[i]);
            if (!new SoundLevels(prepared.Samples.AsSpan(piece.First, piece.Count), prepared.SampleRate).IsSilent) pieces.Add(piece);
        }

        return pieces;
    }

    /// <summary>
    /// A clip, a task text and a language code in the form of Qwen2-Audio's pretraining, without turns. Without a language, the model
    /// continues with the language it detects.
    /// </summary>
    public static int[] Plain(BytePairTokenizer tokenizer, string text, string? language)
    {
        var written = $"<|{language}|>";
        var asked = language is null ? tokenizer.Encode(text)
            : tokenizer.AddedTokens.FirstOrDefault(token => token.Content == written) is { } token ? [.. tokenizer.Encode(text), token.Id]
            : tokenizer.Encode(text + written);
        return [tokenizer.ControlId(ControlNames.AudioStart), tokenizer.ControlId(ControlNames.Audio), tokenizer.ControlId(ControlNames.AudioEnd), .. asked];
    }

    /// <summary>The code of a language; null: the model detects it.</summary>
    /// <exception cref="OptionException">The text is not a language, or the model does not have it.</exception>
    public static string? Language(BytePairTokenizer tokenizer, string? given)
    {
        var codes = tokenizer.AddedTokens.Select(token => CodeOf(token.Content)).OfType<string>().ToList();
        if (codes.Count > 0 || given is null || SpokenLanguage.IsAuto(given)) return SpokenLanguage.Choose(given, codes);
        return SpokenLanguage.Find(given, SpokenLanguage.IsCode)
            ?? throw new OptionException($"Language \"{given}\"; allowed: a code of two or three letters such as en, a name such as English, or {SpokenLanguage.Auto}.");
    }

    /// <summary>The language code in a token's name; null for other tokens.</summary>
    public static string? CodeOf(string name) =>
        name.StartsWith("<|", StringComparison.Ordinal) && name.EndsWith("|>", StringComparison.Ordinal) && name.Length > 4 && SpokenLanguage.IsCode(name[2..^2]) ? name[2..^2] : null;

    /// <summary>A user turn with a clip and a question, and the start of the answer.</summary>
    public static int[] Turn(ChatModel model, string question) =>
        model.Template.Render([ChatTurn.User([new AudioPart(), new TextPart(question)])]).Encode(model.Tokenizer);
}
