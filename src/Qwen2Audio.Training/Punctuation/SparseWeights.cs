using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>Weights of hashed features for some outputs, changed by gradients (AdaGrad).</summary>
/// <param name="rows">Rows of the table; features share them.</param>
/// <param name="outputs">Weights of a row.</param>
/// <param name="rate">The first step of a weight.</param>
/// <param name="least">How often a feature is seen before its weights change.</param>
internal sealed class SparseWeights(int rows, int outputs, double rate, int least)
{
    private const int SeenBits = 26;
    private readonly byte[] _seen = new byte[1 << SeenBits]; // how often a feature would have been changed
    private readonly float[] _table = new float[2 * rows * outputs]; // of each row the weights, then their sums of squared gradients
    private readonly float _rate = (float)rate;

    /// <summary>The sums of the features' weights.</summary>
    public void Scores(ReadOnlySpan<ulong> features, Span<double> scores)
    {
        scores.Clear();
        foreach (var feature in features)
        {
            var row = _table.AsSpan(PunctuationFeatures.Row(feature, rows) * 2 * outputs, outputs);
            for (var i = 0; i < row.Length; i++) scores[i] += row[i];
        }
    }

    /// <summary>Changes the weights of the features against a gradient, except those of features that were rare so far: most features are, and would only disturb those with which they share a row.</summary>
    public void Change(ReadOnlySpan<ulong> features, ReadOnlySpan<double> gradient)
    {
        foreach (var feature in features)
        {
            ref var seen = ref _seen[feature & ((1 << SeenBits) - 1)];
            if (seen < least)
            {
                seen++;
                continue;
            }

            var row = _table.AsSpan(PunctuationFeatures.Row(feature, rows) * 2 * outputs, 2 * outputs);
            for (var i = 0; i < gradient.Length; i++)
            {
                var slope = (float)gradient[i];
                var square = row[outputs + i] += slope * slope;
                row[i] -= _rate * slope / MathF.Sqrt(1 + square);
            }
        }
    }

    /// <summary>All weights, row by row, as whole numbers.</summary>
    public sbyte[] Rounded(Func<double, sbyte> round)
    {
        var result = new sbyte[rows * outputs];
        for (var i = 0; i < result.Length; i++) result[i] = round(_table[(i / outputs * 2 * outputs) + (i % outputs)]);
        return result;
    }
}
