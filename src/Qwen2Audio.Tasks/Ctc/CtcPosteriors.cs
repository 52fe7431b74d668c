namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Log probabilities of the classes in each row of a clip. Class 0 is the blank; the others are token ids.</summary>
internal sealed class CtcPosteriors
{
    private readonly float[] _logs;

    /// <summary>Wraps log probabilities [rows, classes], row-major.</summary>
    public CtcPosteriors(float[] logProbabilities, int rows, int classes)
    {
        if (classes < 1 || (long)rows * classes != logProbabilities.Length)
            throw new ArgumentException($"{logProbabilities.Length} numbers are not {rows} rows of {classes} classes.", nameof(logProbabilities));
        (_logs, Rows, Classes) = (logProbabilities, rows, classes);
    }

    /// <summary>Rows by which the priors of a short clip are smoothed.</summary>
    public const int PriorRows = 200;

    /// <summary>The blank class.</summary>
    public const int Blank = 0;

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of classes, including the blank.</summary>
    public int Classes { get; }

    /// <summary>Log probabilities of one row.</summary>
    public ReadOnlySpan<float> Row(int row) => _logs.AsSpan(row * Classes, Classes);

    /// <summary>The row-wise log softmax of logits [rows, classes].</summary>
    public static CtcPosteriors FromLogits(ReadOnlySpan<float> logits, int rows, int classes)
    {
        var logs = logits.ToArray();
        for (var row = 0; row < rows; row++) LogMath.LogSoftmax(logs.AsSpan(row * classes, classes));
        return new CtcPosteriors(logs, rows, classes);
    }

    /// <summary>
    /// ln p − weight · ln prior: posteriors become scaled likelihoods, as in hybrid recognisers (Bourlard and Morgan 1994; for CTC Miao et al., arXiv 1507.08240). Otherwise the blank, frequent and sure in
    /// models trained on little, makes a search drop words.
    /// </summary>
    /// <param name="weight">Exponent of the priors.</param>
    /// <param name="priors">One for each class; null: those of the clip.</param>
    public CtcPosteriors DividedByPriors(double weight, IReadOnlyList<double>? priors = null)
    {
        priors ??= OwnPriors();
        var logs = _logs.ToArray();
        for (var c = 0; c < Classes; c++)
        {
            var divisor = (float)(weight * Math.Log(priors[c]));
            for (var row = 0; row < Rows; row++) logs[row * Classes + c] -= divisor;
        }

        return new CtcPosteriors(logs, Rows, Classes);
    }

    /// <summary>The mean probability of each class over the rows and <see cref="PriorRows"/> more, in which half is the blank's and the others share the rest.</summary>
    private double[] OwnPriors()
    {
        var priors = new double[Classes];
        for (var row = 0; row < Rows; row++)
            for (var c = 0; c < Classes; c++) priors[c] += Math.Exp(Row(row)[c]);
        for (var c = 0; c < Classes; c++) priors[c] = (priors[c] + PriorRows * (c == Blank ? 0.5 : 0.5 / (Classes - 1))) / (Rows + PriorRows);
        return priors;
    }

    /// <summary>The most probable class of each row, with repeats merged and blanks removed.</summary>
    public int[] Greedy(IReadOnlySet<int>? excluded = null)
    {
        var ids = new List<int>();
        var last = Blank;
        for (var row = 0; row < Rows; row++)
        {
            var logs = Row(row);
            var best = Blank;
            for (var c = 1; c < Classes; c++)
                if (logs[c] > logs[best] && excluded?.Contains(c) != true) best = c;
            if (best != Blank && best != last) ids.Add(best);
            last = best;
        }

        return [.. ids];
    }
}
