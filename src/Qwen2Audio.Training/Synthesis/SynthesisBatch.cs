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
    /// <param name="drawn">The recordings; those that are spoken as one are together.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="recipe">What is hidden from the model.</param>
    /// <param name="random">Chooses it, for each entry of <paramref name="drawn"/>; null: nothing is hidden.</param>
    /// <param name="isIdle">Whether they do not count.</param>
    /// <param name="speakers">Embeddings of speakers; null: the model takes none.</param>
    public static SynthesisBatch Pack(
        IReadOnlyList<IReadOnlyList<SynthesisClip>> drawn, SynthesisConfig config, SpeakRecipe recipe, Func<int, CounterRandom>? random = null, bool isIdle = false, SpeakerReferences? speakers = null)
    {
        List<FrameInput> inputs = [.. drawn.Select((clips, i) => random is null ? InputOf(clips, config) : Hidden(clips, config, recipe, random(i), speakers))];
        List<SynthesisClip> all = [.. drawn.SelectMany(clips => clips)];
        return new SynthesisBatch
        {
            IsIdle = isIdle,
            Input = FrameInput.Join(inputs),
            Frames = Layout.Of([.. inputs.Select(input => input.Rows)]),
            Codes = [.. all.SelectMany(clip => clip.Codes)],
            Phones = [.. all.SelectMany(clip => clip.Phones)],
            Voices = [.. drawn.SelectMany((clips, i) => Enumerable.Repeat(inputs[i].Voices[0], clips.Sum(clip => clip.Phones.Length)))],
            Speakers = speakers is null ? null : [.. drawn.SelectMany((clips, i) => Enumerable.Repeat(inputs[i].Speakers?[0], clips.Sum(clip => clip.Phones.Length)))],
            Durations = [.. all.SelectMany(clip => clip.Frames.Select(DurationPredictor.Log))],
            Texts = Layout.Of([.. all.Select(clip => clip.Phones.Length)]),
        };
    }

    private static FrameInput InputOf(IReadOnlyList<SynthesisClip> clips, SynthesisConfig config, bool firstIsUnknown = false)
    {
        var input = FrameInput.Join([.. clips.Select((clip, i) => FrameInput.Of(clip.Phones, clip.Frames, clip.Voice, config.Books) is var own && i == 0 && firstIsUnknown ? own.WithoutText(config.UnknownPhone) : own)]);
        int[] codes = [.. clips.SelectMany(clip => clip.Codes)];
        codes.AsSpan(..^config.Books).CopyTo(input.Previous.AsSpan(config.Books));
        return input;
    }

    private static FrameInput Hidden(IReadOnlyList<SynthesisClip> clips, SynthesisConfig config, SpeakRecipe recipe, CounterRandom random, SpeakerReferences? speakers)
    {
        var isWithoutText = random.Chance(recipe.UnknownPhones);
        var input = InputOf(clips, config, firstIsUnknown: clips.Count > 1 && random.Chance(0.5));
        if (isWithoutText) input = input.WithoutText(config.UnknownPhone);
        var isUnknown = random.Chance(recipe.UnknownVoices);
        if (isUnknown) Array.Fill(input.Voices, config.UnknownVoice);
        for (var row = 1; row < input.Rows; row++)
            if (random.Chance(recipe.PreviousDropout)) input.Previous.AsSpan(row * config.Books, config.Books).Fill(-1);
        if (speakers is null) return input;
        if (isUnknown || (clips[0].Voice != config.UnknownVoice && !random.Chance(recipe.EmbeddedVoices))) return input.By(null); // so that every rank has the same parameters in a step
        Array.Fill(input.Voices, config.UnknownVoice);
        return input.By(speakers.For(clips, ref random));
    }
}
