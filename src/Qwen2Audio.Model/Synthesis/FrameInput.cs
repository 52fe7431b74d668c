namespace Qwen2Audio.Model.Synthesis;

/// <summary>What the decoder gets in each frame.</summary>
/// <param name="Phones">Phones of the frames, [neighbours, rows]: the current one, the one before, the next, the next but one; 0: silence.</param>
/// <param name="Places">Where in its phone a frame is, [rows, places].</param>
/// <param name="Voices">Voices, [rows].</param>
/// <param name="Previous">Codes of the frame before, [rows, books]; −1 in the first one and wherever it is to be ignored.</param>
public sealed record FrameInput(int[] Phones, float[] Places, int[] Voices, int[] Previous)
{
    private const float Long = 8; // frames

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

    /// <summary>One frame, with the codes of the one before.</summary>
    public FrameInput Frame(int row, ReadOnlySpan<int> previous)
    {
        var rows = Rows;
        return new FrameInput([.. Enumerable.Range(0, SynthesisConfig.Neighbours).Select(k => Phones[k * rows + row])],
            Places.AsSpan(SynthesisConfig.Places * row, SynthesisConfig.Places).ToArray(), [Voices[row]], previous.ToArray());
    }

    private static int At(ReadOnlySpan<int> phones, int index) => index >= 0 && index < phones.Length ? phones[index] : 0;
}
