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
    public static SynthesisBatch Pack(IReadOnlyList<SynthesisClip> clips, SynthesisConfig config, SpeakRecipe recipe, Func<int, CounterRandom>? random = null, bool isIdle = false)
    {
        List<FrameInput> inputs = [.. clips.Select((clip, i) => random is null ? InputOf(clip, config.Books) : Hidden(InputOf(clip, config.Books), config, recipe, random(i)))];
        return new SynthesisBatch
        {
            IsIdle = isIdle,
            Input = FrameInput.Join(inputs),
            Frames = Layout.Of([.. clips.Select(clip => clip.Rows)]),
            Codes = [.. clips.SelectMany(clip => clip.Codes)],
            Phones = [.. clips.SelectMany(clip => clip.Phones)],
            Voices = [.. clips.SelectMany((clip, i) => Enumerable.Repeat(inputs[i].Voices[0], clip.Phones.Length))],
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

    private static FrameInput Hidden(FrameInput input, SynthesisConfig config, SpeakRecipe recipe, CounterRandom random)
    {
        if (random.Chance(recipe.UnknownPhones)) input = input.WithoutText(config.UnknownPhone);
        if (random.Chance(recipe.UnknownVoices)) Array.Fill(input.Voices, config.UnknownVoice);
        for (var row = 1; row < input.Rows; row++)
            if (random.Chance(recipe.PreviousDropout)) input.Previous.AsSpan(row * config.Books, config.Books).Fill(-1);
        return input;
    }
}
