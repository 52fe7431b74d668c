namespace Qwen2Audio.Model.Synthesis;

/// <summary>What the decoder gets in each frame.</summary>
/// <param name="Phones">Phones of the frames, [neighbours, rows]: the current one, the one before, the next, the next but one; 0: silence.</param>
/// <param name="Places">Where in its phone a frame is, [rows, places].</param>
/// <param name="Voices">Voices, [rows].</param>
/// <param name="Previous">Codes of the frame before, [rows, books]; −1 in the first one and wherever it is to be ignored.</param>
public sealed record FrameInput(int[] Phones, float[] Places, int[] Voices, int[] Previous)
{
    private const float Long = 8; // frames

    /// <summary>How the speaker of each frame sounds, null where it is unknown; null: unknown everywhere.</summary>
    public SpeakerEmbedding?[]? Speakers { get; init; }

    /// <summary>Number of frames.</summary>
    public int Rows => Voices.Length;

    /// <summary>The frames of phones in a voice; nothing is known yet of the frames before.</summary>
    /// <param name="phones">The phones, 0 for silence.</param>
    /// <param name="frames">Number of frames of each; with none a phone is only a neighbour.</param>
    /// <param name="voice">The voice.</param>
    /// <param name="books">Number of codebooks.</param>
    public static FrameInput Of(ReadOnlySpan<int> phones, ReadOnlySpan<int> frames, int voice, int books)
    {
        if (phones.Length != frames.Length) throw new ArgumentException($"{phones.Length} phones and {frames.Length} durations.", nameof(frames));
        var rows = 0;
        foreach (var count in frames) rows = checked(rows + count);
        var input = new FrameInput(new int[SynthesisConfig.Neighbours * rows], new float[SynthesisConfig.Places * rows], new int[rows], new int[books * rows]);
        Array.Fill(input.Voices, voice);
        Array.Fill(input.Previous, -1);
        var row = 0;
        for (var i = 0; i < phones.Length; i++)
        {
            ReadOnlySpan<int> around = [phones[i], At(phones, i - 1), At(phones, i + 1), At(phones, i + 2)];
            for (var (j, n) = (0, frames[i]); j < n; j++, row++)
            {
                for (var k = 0; k < around.Length; k++) input.Phones[k * rows + row] = around[k];
                ReadOnlySpan<float> place = [(j + 0.5f) / n, j / Long, (n - 1 - j) / Long, n / Long];
                place.CopyTo(input.Places.AsSpan(SynthesisConfig.Places * row));
            }
        }

        return input;
    }

    /// <summary>Frames of which only the voice is known.</summary>
    public static FrameInput Unknown(SynthesisConfig config, int rows, int voice) =>
        Of([0], [rows], voice, config.Books).WithoutText(config.UnknownPhone);

    /// <summary>The same frames without their text: their phones are unknown, and so is the place in them.</summary>
    /// <param name="unknown">The unknown phone.</param>
    public FrameInput WithoutText(int unknown) => this with { Phones = [.. Enumerable.Repeat(unknown, Phones.Length)], Places = new float[Places.Length] };

    /// <summary>The same frames of a speaker of whom nothing is known.</summary>
    /// <param name="unknown">The unknown voice.</param>
    public FrameInput WithoutVoice(int unknown) => this with { Voices = [.. Enumerable.Repeat(unknown, Rows)], Speakers = null };

    /// <summary>The same frames of a speaker who sounds so; null: unknown.</summary>
    public FrameInput By(SpeakerEmbedding? speaker)
    {
        var speakers = new SpeakerEmbedding?[Rows];
        Array.Fill(speakers, speaker);
        return this with { Speakers = speakers };
    }

    /// <summary>Some of the frames, with the codes [count, books] of those before each.</summary>
    public FrameInput Part(int first, int count, ReadOnlySpan<int> previous)
    {
        var phones = new int[SynthesisConfig.Neighbours * count];
        for (var k = 0; k < SynthesisConfig.Neighbours; k++) Phones.AsSpan(k * Rows + first, count).CopyTo(phones.AsSpan(k * count));
        return new FrameInput(phones, Places.AsSpan(SynthesisConfig.Places * first, SynthesisConfig.Places * count).ToArray(), Voices.AsSpan(first, count).ToArray(), previous.ToArray())
        {
            Speakers = Speakers?.AsSpan(first, count).ToArray(),
        };
    }

    /// <summary>The frames of several texts, one after another.</summary>
    public static FrameInput Join(IReadOnlyList<FrameInput> texts) => new(
        [.. Enumerable.Range(0, SynthesisConfig.Neighbours).SelectMany(k => texts.SelectMany(text => text.Phones.Skip(k * text.Rows).Take(text.Rows)))],
        [.. texts.SelectMany(text => text.Places)], [.. texts.SelectMany(text => text.Voices)], [.. texts.SelectMany(text => text.Previous)])
    {
        Speakers = texts.All(text => text.Speakers is null) ? null : [.. texts.SelectMany(text => text.Speakers ?? new SpeakerEmbedding?[text.Rows])],
    };

    private static int At(ReadOnlySpan<int> phones, int index) => index >= 0 && index < phones.Length ? phones[index] : 0;
}
