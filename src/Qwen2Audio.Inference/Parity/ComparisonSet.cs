using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>The recorded outputs that a model is compared with, in computation order.</summary>
internal sealed class ComparisonSet(Recording recording)
{
    public const double FloatBound = 2e-4;
    public const double MelBound = 1e-4;
    private readonly Dictionary<string, Comparison> _comparisons = new(StringComparer.Ordinal);

    public IReadOnlyList<ParityResult> Results =>
        [.. _comparisons.Values.OrderBy(comparison => comparison.Order).Select(comparison => comparison.Result)];

    /// <summary>Adds a tensor if the recording has it.</summary>
    public void Expect(string name, string part, int order, ParityMeasure measure, double bound)
    {
        if (recording.Has(name)) _comparisons.Add(name, new Comparison(name, part, order, measure, bound));
    }

    /// <summary>The comparison of a recorded tensor; null when it was not recorded.</summary>
    public Comparison? Of(string name) => _comparisons.GetValueOrDefault(name);

    public bool Knows(string name) => _comparisons.ContainsKey(name);

    /// <summary>Recorded tensors that are neither compared, nor <paramref name="inputs"/>, nor waveforms.</summary>
    public string[] Unknown(IReadOnlyCollection<string> inputs) =>
    [
        .. recording.Names.Where(name => !Knows(name) && !inputs.Contains(name)
            && !name.StartsWith("waveform.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Compares our rows with a recorded [batch, positions, width].</summary>
    public void Rows(string name, Matrix value)
    {
        if (Of(name) is { } comparison)
            Rows(comparison, recording.Floats(name, recording.Batch, recording.Positions, value.Columns), value);
    }

    /// <summary>Compares our rows with the same rows of a recorded batch.</summary>
    public void Rows(Comparison comparison, float[] recorded, Matrix value)
    {
        for (var row = 0; row < value.Rows; row++)
            comparison.Add(value.Row(row), recorded.AsSpan(recording.Places[row] * value.Columns, value.Columns));
    }

    /// <summary>Compares one sequence's [heads · rows, keys] with a recorded [batch, heads, positions, positions].</summary>
    public void Attention(Comparison comparison, int sequence, Matrix value)
    {
        var rows = recording.Rows;
        var (start, count, all) = (rows.Starts[sequence], rows.Length(sequence), recording.Positions);
        var heads = value.Rows / count;
        var recorded = recording.Floats(comparison.Tensor, recording.Batch, heads, all, all);
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < count; i++)
            {
                var ours = value.Row(head * count + i);
                var theirs = recorded.AsSpan(((sequence * heads + head) * all + recording.Places[start + i] % all) * all, all);
                for (var j = 0; j < count; j++) comparison.Add(ours[j], theirs[recording.Places[start + j] % all]);
            }
        }
    }
}
