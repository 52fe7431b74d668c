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
    /// <param name="books">Number of codebooks.</param>
    /// <param name="dropout">Fraction of the frames that do not see the frame before.</param>
    /// <param name="random">Chooses them, for each recording.</param>
    /// <param name="isIdle">Whether they do not count.</param>
    public static SynthesisBatch Pack(IReadOnlyList<SynthesisClip> clips, int books, double dropout = 0, Func<int, CounterRandom>? random = null, bool isIdle = false)
    {
        List<FrameInput> inputs = [.. clips.Select((clip, i) => InputOf(clip, books, dropout, random?.Invoke(i) ?? default))];
        var rows = inputs.Sum(input => input.Rows);
        return new SynthesisBatch
        {
            IsIdle = isIdle,
            Input = new FrameInput(
                [.. Enumerable.Range(0, SynthesisConfig.Neighbours).SelectMany(k => inputs.SelectMany(input => input.Phones.Skip(k * input.Rows).Take(input.Rows)))],
                [.. inputs.SelectMany(input => input.Places)], [.. inputs.SelectMany(input => input.Voices)], [.. inputs.SelectMany(input => input.Previous)]),
            Frames = Layout.Of([.. clips.Select(clip => clip.Rows)]),
            Codes = [.. clips.SelectMany(clip => clip.Codes)],
            Phones = [.. clips.SelectMany(clip => clip.Phones)],
            Voices = [.. clips.SelectMany(clip => Enumerable.Repeat(clip.Voice, clip.Phones.Length))],
            Durations = [.. clips.SelectMany(clip => clip.Frames.Select(DurationPredictor.Log))],
            Texts = Layout.Of([.. clips.Select(clip => clip.Phones.Length)]),
        };
    }

    private static FrameInput InputOf(SynthesisClip clip, int books, double dropout, CounterRandom random)
    {
        var input = FrameInput.Of(clip.Phones, clip.Frames, clip.Voice, books);
        for (var row = 1; row < input.Rows; row++)
            if (!(dropout > 0 && random.Chance(dropout))) clip.Codes.AsSpan((row - 1) * books, books).CopyTo(input.Previous.AsSpan(row * books));
        return input;
    }
}
