namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Levels a stream's log-mel, whose maximum is not known yet: the largest value so far becomes 0. It begins with a level below that of speech, so that
/// noise before the first word stays low.
/// </summary>
/// <param name="start">The level that counts as heard before the stream, log10 of the mel power.</param>
/// <param name="decades">Values this far below the level are raised.</param>
public sealed class RunningLevel(float start = RunningLevel.Start, float decades = 8)
{
    /// <summary>The level at which a stream begins: about that of speech with its peak at −36 dB of full scale.</summary>
    public const float Start = -1;

    private float _level = start;

    /// <summary>Levels the next frames in place: the level is the largest value up to their last.</summary>
    public void Apply(Span<float> values)
    {
        foreach (var value in values) _level = Math.Max(_level, value);
        foreach (ref var value in values) value = Math.Max(value - _level, -decades);
    }
}
