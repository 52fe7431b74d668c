using System.Text.Json.Serialization;
using Qwen2Audio.Model.Synthesis;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The section <c>speak</c> of a speech recipe: the decoder also learns to speak recordings of the recipe's manifests in the tokens of a codec. Paths are relative to the recipe's folder.</summary>
internal sealed record SpeakRecipe
{
    /// <summary>Files of the command align with the phones' times in the recordings. Empty: the run aligns them first, with the model that it begins from.</summary>
    public string[] Alignments { get; init; } = [];

    /// <summary>Folder of the codec, whose tokens are learned.</summary>
    public string Codec { get; init; } = "";

    /// <summary>Number of the codec's codebooks that are spoken.</summary>
    public int Books { get; init; } = 4;

    /// <summary>Voices to learn, by <c>speaker</c> or, where that is unknown, dataset; recordings of others are learned with the unknown voice. Empty: all.</summary>
    public string[] Voices { get; init; } = [];

    /// <summary>Relative weight of each of the manifests' datasets.</summary>
    public Dictionary<string, double> Draws { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>A step draws recordings until it has so many frames.</summary>
    public int FramesPerBatch { get; init; } = 1500;

    /// <summary>Weight of the losses of speaking.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Fraction of the recordings whose phones are unknown to the model.</summary>
    public double UnknownPhones { get; init; } = 0.15;

    /// <summary>Fraction of the recordings whose voice and speaker are unknown to the model.</summary>
    public double UnknownVoices { get; init; } = 0.1;

    /// <summary>Whether the model also learns to speak like a recording: a recording whose speaker is no voice is learned with the <see cref="Model.Synthesis.SpeakerEmbedding"/> of another of the same speaker.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that runs from before this setting can resume
    public bool SpeakerEmbedding { get; init; }

    /// <summary>Fraction of the recordings of voices that are learned with a speaker embedding instead of the voice; only with <see cref="SpeakerEmbedding"/>.</summary>
    [JsonIgnore] // the conditions have it if it counts
    public double EmbeddedVoices { get; init; } = 0.3;

    /// <summary>
    /// Fraction of the recordings that go on with another one of the same speaker, as one sequence: so the model learns texts that are longer than its recordings. The first
    /// one's phones are unknown in half of them.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Joined { get; init; }

    /// <summary>Fraction of the frames that do not see the frame before, so that the model learns to go on after its own mistakes.</summary>
    public double PreviousDropout { get; init; } = 0.15;

    /// <summary>Weight of the loss of durations among those of speaking.</summary>
    public double DurationWeight { get; init; } = 1;

    public int HeadWidth { get; init; } = 256;

    public int DurationWidth { get; init; } = 128;

    /// <summary>Number of validation recordings of each dataset that are measured, evenly spaced.</summary>
    [JsonIgnore]
    public int ValidationClips { get; init; } = 30;

    /// <summary>Scale of the model's classifier-free guidance unless the caller says otherwise: how strongly the text guides the draws. 1: no guidance; any other number takes longer.</summary>
    [JsonIgnore]
    public double Guidance { get; init; } = 1;

    /// <summary>The same for the voice, compared with the unknown one.</summary>
    [JsonIgnore]
    public double VoiceGuidance { get; init; } = 1;

    /// <summary>The model's temperature of the draws unless the caller says otherwise.</summary>
    [JsonIgnore]
    public double Temperature { get; init; } = 0.7;

    /// <summary>Settings that are out of range.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Codec.Length == 0) yield return "speak.codec is empty: name the folder of a codec of ours";
        if (!Draws.Values.Any(weight => weight > 0)) yield return "speak.draws is empty: give at least one dataset a weight";
        foreach (var (dataset, weight) in Draws)
            foreach (var problem in Between($"speak.draws.{dataset}", weight, 0, 1e6)) yield return problem;
        foreach (var (name, value, least, most) in new[]
        {
            ("books", Books, 1, 64), ("frames_per_batch", FramesPerBatch, 1, 1 << 20), ("head_width", HeadWidth, 1, 1 << 14), ("duration_width", DurationWidth, 2, 1 << 14),
            ("validation_clips", ValidationClips, 0, 1 << 20),
        })
            foreach (var problem in Between($"speak.{name}", value, least, most)) yield return problem;
        if (DurationWidth % 2 != 0) yield return $"speak.duration_width is {DurationWidth}: an even number is allowed";
        foreach (var (name, value) in new[] { ("unknown_phones", UnknownPhones), ("unknown_voices", UnknownVoices), ("embedded_voices", EmbeddedVoices), ("joined", Joined), ("previous_dropout", PreviousDropout) })
            foreach (var problem in Share($"speak.{name}", value)) yield return problem;
        foreach (var (name, value, most) in new[]
        {
            ("weight", Weight, 1000), ("duration_weight", DurationWeight, 1000), ("guidance", Guidance, SynthesisConfig.MostGuidance), ("voice_guidance", VoiceGuidance, SynthesisConfig.MostGuidance), ("temperature", Temperature, SynthesisConfig.MostTemperature),
        })
            foreach (var problem in Between($"speak.{name}", value, 0, most)) yield return problem;
    }
}
