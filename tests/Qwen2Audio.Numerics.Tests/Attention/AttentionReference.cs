using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

/// <summary>Attention by its definition, in double loops over double precision.</summary>
internal sealed class AttentionReference
{
    private readonly AttentionShape _shape;
    private readonly int _offset;

    public AttentionReference(AttentionShape shape, AttentionSegment segment)
    {
        _shape = shape;
        _offset = segment.Offset;
        (Q, K, V) = (ToDouble(segment.Q), ToDouble(segment.K), ToDouble(segment.V));
        Y = new double[segment.Q.Rows, segment.Q.Columns];
        LogSumExp = new double[shape.Heads, segment.Q.Rows];
        Probabilities = new double[shape.Heads * segment.Q.Rows, segment.K.Rows];
        Run();
    }

    public double[,] Q { get; }

    public double[,] K { get; }

    public double[,] V { get; }

    public double[,] Y { get; }

    public double[,] LogSumExp { get; }

    public double[,] Probabilities { get; }

    public static double[,] ToDouble(Matrix matrix)
    {
        var numbers = new double[matrix.Rows, matrix.Columns];
        for (var i = 0; i < matrix.Rows; i++)
        {
            for (var j = 0; j < matrix.Columns; j++) numbers[i, j] = matrix.Row(i)[j];
        }

        return numbers;
    }

    /// <summary>‖a − b‖ / ‖b‖; an expected 0 must be matched exactly.</summary>
    public static double Error(Matrix found, double[,] expected)
    {
        double difference = 0, norm = 0;
        for (var i = 0; i < found.Rows; i++)
        {
            for (var j = 0; j < found.Columns; j++)
            {
                if (double.IsInfinity(expected[i, j]) && found.Row(i)[j] == expected[i, j]) continue;
                difference += Math.Pow(found.Row(i)[j] - expected[i, j], 2);
                norm += expected[i, j] * expected[i, j];
            }
        }

        return difference == 0 ? 0 : Math.Sqrt(difference / norm);
    }

    /// <summary>Σ ⟨upstream, Y⟩ for other inputs, for finite differences.</summary>
    public double Objective(double[,] upstream)
    {
        Run();
        var sum = 0.0;
        for (var i = 0; i < Y.GetLength(0); i++)
        {
            for (var j = 0; j < Y.GetLength(1); j++) sum += upstream[i, j] * Y[i, j];
        }

        return sum;
    }

    public double[,] Gradient(double[,] of, double[,] upstream)
    {
        const double Step = 1e-5;
        var gradient = new double[of.GetLength(0), of.GetLength(1)];
        for (var i = 0; i < of.GetLength(0); i++)
        {
            for (var j = 0; j < of.GetLength(1); j++)
            {
                var value = of[i, j];
                of[i, j] = value + Step;
                var above = Objective(upstream);
                of[i, j] = value - Step;
                gradient[i, j] = (above - Objective(upstream)) / (2 * Step);
                of[i, j] = value;
            }
        }

        return gradient;
    }

    private void Run()
    {
        Array.Clear(Y);
        Array.Clear(Probabilities);
        for (var head = 0; head < _shape.Heads; head++)
        {
            for (var i = 0; i < Q.GetLength(0); i++) Query(head, i);
        }
    }

    private void Query(int head, int i)
    {
        var dim = _shape.HeadDim;
        var kv = head / (_shape.Heads / _shape.KvHeads);
        var scores = new double[K.GetLength(0)];
        for (var j = 0; j < scores.Length; j++)
        {
            var distance = (int)Math.Floor((i + _offset) / (double)_shape.Chunk) - j / _shape.Chunk;
            var visible = (!_shape.Causal || distance >= 0) && (_shape.Window == 0 || distance < _shape.Window);
            for (var d = 0; d < dim; d++) scores[j] += Q[i, head * dim + d] * K[j, kv * dim + d] / Math.Sqrt(dim);
            if (!visible) scores[j] = double.NegativeInfinity;
        }

        var max = scores.Length == 0 ? double.NegativeInfinity : scores.Max();
        LogSumExp[head, i] = double.NegativeInfinity;
        if (double.IsNegativeInfinity(max)) return;
        var sum = scores.Sum(score => Math.Exp(score - max));
        LogSumExp[head, i] = max + Math.Log(sum);
        for (var j = 0; j < scores.Length; j++)
        {
            var weight = Math.Exp(scores[j] - max) / sum;
            Probabilities[head * Q.GetLength(0) + i, j] = weight;
            for (var d = 0; d < dim; d++) Y[i, head * dim + d] += weight * V[j, kv * dim + d];
        }
    }
}
