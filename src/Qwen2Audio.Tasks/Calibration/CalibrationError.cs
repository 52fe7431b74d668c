namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Compares confidences with how often words are right.</summary>
public sealed class CalibrationError
{
    private const int Bins = 10;
    private readonly double[] _confidences = new double[Bins];
    private readonly int[] _right = new int[Bins];

    /// <summary>Number of words.</summary>
    public int Words { get; private set; }

    /// <summary>Number of words that are right.</summary>
    public int Right => _right.Sum();

    /// <summary>Mean confidence; null without words.</summary>
    public double? MeanConfidence => Words == 0 ? null : _confidences.Sum() / Words;

    /// <summary>
    /// The expected calibration error (Naeini et al. 2015): the mean over the words of the difference between mean confidence and share of right words, in ten bins of confidence; null without words.
    /// </summary>
    public double? Value => Words == 0 ? null : Enumerable.Range(0, Bins).Sum(bin => Math.Abs(_confidences[bin] - _right[bin])) / Words;

    /// <summary>Adds a word.</summary>
    /// <param name="confidence">Its confidence, 0…1.</param>
    /// <param name="isRight">Whether it is right.</param>
    public void Add(double confidence, bool isRight)
    {
        var bin = Math.Clamp((int)(confidence * Bins), 0, Bins - 1);
        _confidences[bin] += confidence;
        if (isRight) _right[bin]++;
        Words++;
    }
}
