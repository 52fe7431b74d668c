namespace Qwen2Audio.Inference.Parity;

/// <summary>Accumulates the difference of one tensor, piece by piece.</summary>
internal sealed class Comparison(string tensor, string part, int order, ParityMeasure measure, double bound)
{
    private double _largest;
    private double _squares;
    private double _recordedSquares;
    private long _count;
    private bool _seen;

    /// <summary>Its place in the order of computation.</summary>
    public int Order => order;

    public string Tensor => tensor;

    public ParityResult Result => new(tensor, part, measure, Difference(), bound, _count);

    public void Add(ReadOnlySpan<float> ours, ReadOnlySpan<float> recorded)
    {
        _seen = true; // a clip too short for one row has an empty tensor, which still counts as compared
        if (ours.Length != recorded.Length) throw new ArgumentException($"{tensor}: {ours.Length} values against {recorded.Length}.");
        for (var i = 0; i < ours.Length; i++) Add(ours[i], recorded[i]);
    }

    public void Add(double ours, double recorded)
    {
        var difference = Math.Abs(ours - recorded);
        _largest = measure == ParityMeasure.Places ? _largest + (ours == recorded ? 0 : 1) : Math.Max(_largest, difference);
        _squares += difference * difference;
        _recordedSquares += recorded * recorded;
        _count++;
        _seen = true;
    }

    private double Difference()
    {
        if (!_seen) return double.NaN;
        if (measure != ParityMeasure.Relative) return _largest;
        return _squares == 0 ? 0 : Math.Sqrt(_squares / _recordedSquares);
    }
}
