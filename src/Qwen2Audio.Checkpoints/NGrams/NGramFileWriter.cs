using System.Buffers.Binary;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Writes the compact format of <see cref="NGramFile"/>.</summary>
internal sealed class NGramFileWriter
{
    private const double Tolerance = 2e-3; // of the sum of a distribution

    private readonly NGramModel _model;
    private readonly float _step;
    private readonly AnsEncoder _coder;

    // of the level above the one that is written
    private float[] _joint = [];
    private int[] _suffixes = [];

    // what a reader finds, and what the model has
    private float[] _probabilities = [];

    public NGramFileWriter(NGramModel model, float step)
    {
        if (!(step is >= 1e-3f and <= 4)) throw new ArgumentException($"A step of {step}; allowed: 0.001 to 4.", nameof(step));
        (_model, _step, _coder) = (model, step, new AnsEncoder(NGramCoding.Tables(model.Orders.Count)));
    }

    public byte[] ToBytes()
    {
        using var output = new MemoryStream();
        output.Write(NGramFile.Magic);
        output.WriteByte(NGramFile.Version);
        output.WriteByte((byte)_model.Orders.Count);
        Span<byte> step = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(step, _step);
        output.Write(step);
        CompressedLines.Write(output, _model.Words);
        Words();
        for (var n = 2; n <= _model.Orders.Count; n++) Level(n);
        output.Write(_coder.ToBytes());
        return SealedFile.Seal(output.ToArray());
    }

    private void Words()
    {
        var order = _model.Orders[0];
        var (steps, before, start) = (new int[order.Count], 0, _model.IdOf(NGramModel.Start));
        Check(order.LogProbabilities.Where((_, id) => id != start).Sum(log => Math.Exp(log)), "of single words");
        var sum = 0.0;
        for (var id = 0; id < order.Count; id++)
        {
            if (id == start) continue;
            steps[id] = (int)Math.Round(-order.LogProbabilities[id] / NGramCoding.WordStep);
            NGramCoding.AddSteps(_coder, NGramCoding.StepTable(1, 0), steps[id] - before);
            before = steps[id];
            sum += Math.Exp(-steps[id] * NGramCoding.WordStep);
        }

        (_probabilities, _joint, _suffixes) = (new float[order.Count], new float[order.Count], []);
        for (var id = 0; id < order.Count; id++) _joint[id] = (float)(-steps[id] * NGramCoding.WordStep - Math.Log(sum));
        _joint[start] = _joint[_model.EndId]; // as many sentences begin as end
        for (var id = 0; id < order.Count; id++) _probabilities[id] = id == start ? 0 : MathF.Exp(_joint[id]);
        for (var id = 0; id < order.Count; id++) Children(1, id);
    }

    private void Children(int n, int entry)
    {
        if (n == _model.Orders.Count) return;
        var children = _model.Orders[n - 1].Children;
        NGramCoding.Add(_coder, NGramCoding.ChildrenTable(n, _joint[entry]), children[entry + 1] - children[entry]);
    }

    private void Level(int n)
    {
        var (order, above) = (_model.Orders[n - 1], _model.Orders[n - 2]);
        var (joint, suffixes, probabilities) = (new float[order.Count], new int[order.Count], new float[order.Count]);
        for (var context = 0; context < above.Count; context++)
        {
            var (first, end) = (above.Children[context], above.Children[context + 1]);
            var (from, to) = n == 2 ? (0, above.Count) : (_model.Orders[n - 3].Children[_suffixes[context]], _model.Orders[n - 3].Children[_suffixes[context] + 1]);
            Check(n, context, first, end, from, to, suffixes);
            var steps = Round(n, first, end, suffixes, probabilities);
            var place = from;
            for (var i = first; i < end; i++)
            {
                if (to - place > end - i) NGramCoding.Add(_coder, NGramCoding.GapTable(n, end - i, to - place), suffixes[i] - place);
                place = suffixes[i] + 1;
                var lower = _joint[context] + MathF.Log(_probabilities[suffixes[i]]);
                NGramCoding.AddSteps(_coder, NGramCoding.StepTable(n, lower), steps[i - first]);
                joint[i] = _joint[context] + MathF.Log(probabilities[i]);
            }
        }

        (_joint, _suffixes, _probabilities) = (joint, suffixes, probabilities);
        for (var i = 0; i < order.Count; i++) Children(n, i);
    }

    /// <summary>Finds the shorter n-grams, and checks that the distribution sums to 1.</summary>
    private void Check(int n, int context, int first, int end, int from, int to, int[] suffixes)
    {
        var (order, below) = (_model.Orders[n - 1], _model.Orders[n - 2]);
        var (sum, sumBelow) = (0.0, 0.0);
        for (var i = first; i < end; i++)
        {
            var found = n == 2 ? order.Words[i] : Array.BinarySearch(below.Words, from, to - from, order.Words[i]);
            if (found < 0) throw new ArgumentException($"The model has a {n}-gram that ends in \"{_model.Words[order.Words[i]]}\", but not the n-gram without its first word; allowed: models that have both.", nameof(context));
            suffixes[i] = found;
            sum += Math.Exp(order.LogProbabilities[i]);
            sumBelow += Math.Exp(below.LogProbabilities[found]);
        }

        Check(sum + (Math.Exp(below.Backoffs[context]) * (1 - sumBelow)), $"after {n - 1} words, of which the last is \"{_model.Words[below.Words[context]]}\",");
    }

    private static void Check(double sum, string place)
    {
        if (Math.Abs(sum - 1) > Tolerance) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The distribution {place} has the sum {sum:0.0000}; allowed: 1."));
    }

    /// <summary>The steps of each n-gram after a context. The probability that is left for other words is at least half of what it was.</summary>
    private int[] Round(int n, int first, int end, int[] suffixes, float[] probabilities)
    {
        var (logs, steps) = (_model.Orders[n - 1].LogProbabilities, new int[end - first]);
        var (sum, rounded) = (0.0, 0.0);
        for (var i = first; i < end; i++)
        {
            var (p, lower) = (Math.Exp(logs[i]), (double)_probabilities[suffixes[i]]);
            steps[i - first] = (int)Math.Clamp(Math.Round((Math.Log(p / Math.Max(1 - p, 1e-9)) - Math.Log(lower / Math.Max(1 - lower, 1e-9))) / _step), short.MinValue, short.MaxValue);
            sum += p;
            rounded += Set(i);
        }

        while (end > first && 1 - rounded < Math.Max(1 - sum, 1e-6) / 2)
        {
            var most = first;
            for (var i = first; i < end; i++) most = probabilities[i] > probabilities[most] ? i : most;
            rounded -= probabilities[most];
            steps[most - first]--;
            rounded += Set(most);
        }

        return steps;

        float Set(int i) => probabilities[i] = NGramCoding.Raised(_probabilities[suffixes[i]], MathF.Exp(_step * steps[i - first]));
    }
}
