using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>Recordings as one batch of frames, and their phones.</summary>
internal sealed class SynthesisBatch
{
    /// <summary>Frames of all recordings.</summary>
    public required FrameInput Input { get; init; }

    /// <summary>The recordings' frames.</summary>
    public required Layout Frames { get; init; }

    /// <summary>Codes that are to be predicted, [frames, books].</summary>
    public required int[] Codes { get; init; }

    /// <summary>Phones of all recordings.</summary>
    public required int[] Phones { get; init; }

    /// <summary>Their voices.</summary>
    public required int[] Voices { get; init; }

    /// <summary>How their speakers sound, null where it is unknown; null: the model takes no speaker embedding.</summary>
    public SpeakerEmbedding?[]? Speakers { get; init; }

    /// <summary>Their durations, as the predictor gives them.</summary>
    public required float[] Durations { get; init; }

    /// <summary>The recordings' phones.</summary>
    public required Layout Texts { get; init; }

    /// <summary>Whether the step has no recording for this rank, which then runs one that does not count.</summary>
    public bool IsIdle { get; init; }

    /// <summary>Packs recordings.</summary>
    /// <param name="clips">The recordings.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="recipe">What is hidden from the model.</param>
    /// <param name="random">Chooses it, for each recording; null: nothing is hidden.</param>
    /// <param name="isIdle">Whether they do not count.</param>
    /// <param name="speakers">Embeddings of speakers; null: the model takes none.</param>
    public static SynthesisBatch Pack(IReadOnlyList<SynthesisClip> clips, SynthesisConfig config, SpeakRecipe recipe, Func<int, CounterRandom>? random = null, bool isIdle = false, SpeakerReferences? speakers = null)
    {
        List<FrameInput> inputs = [.. clips.Select((clip, i) => random is null ? InputOf(clip, config.Books) : Hidden(clip, config, recipe, random(i), speakers))];
        return new SynthesisBatch
        {
            IsIdle = isIdle,
            Input = FrameInput.Join(inputs),
            Frames = Layout.Of([.. clips.Select(clip => clip.Rows)]),
            Codes = [.. clips.SelectMany(clip => clip.Codes)],
            Phones = [.. clips.SelectMany(clip => clip.Phones)],
            Voices = [.. clips.SelectMany((clip, i) => Enumerable.Repeat(inputs[i].Voices[0], clip.Phones.Length))],
            Speakers = speakers is null ? null : [.. clips.SelectMany((clip, i) => Enumerable.Repeat(inputs[i].Speakers?[0], clip.Phones.Length))],
            Durations = [.. clips.SelectMany(clip => clip.Frames.Select(DurationPredictor.Log))],
            Texts = Layout.Of([.. clips.Select(clip => clip.Phones.Length)]),
        };
    }

    private static FrameInput InputOf(SynthesisClip clip, int books)
    {
        var input = FrameInput.Of(clip.Phones, clip.Frames, clip.Voice, books);
        clip.Codes.AsSpan(..^books).CopyTo(input.Previous.AsSpan(books));
        return input;
    }

    private static FrameInput Hidden(SynthesisClip clip, SynthesisConfig config, SpeakRecipe recipe, CounterRandom random, SpeakerReferences? speakers)
    {
        var input = InputOf(clip, config.Books);
        if (random.Chance(recipe.UnknownPhones)) input = input.WithoutText(config.UnknownPhone);
        var isUnknown = random.Chance(recipe.UnknownVoices);
        if (isUnknown) Array.Fill(input.Voices, config.UnknownVoice);
        for (var row = 1; row < input.Rows; row++)
            if (random.Chance(recipe.PreviousDropout)) input.Previous.AsSpan(row * config.Books, config.Books).Fill(-1);
        if (speakers is null) return input;
        if (isUnknown || (clip.Voice != config.UnknownVoice && !random.Chance(recipe.EmbeddedVoices))) return input.By(null); // so that every rank has the same parameters in a step
        Array.Fill(input.Voices, config.UnknownVoice);
        return input.By(speakers.For(clip, ref random));
    }
}
