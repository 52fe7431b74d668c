namespace Qwen2Audio.Inference.Parity;

/// <summary>How far two tensors are apart.</summary>
public enum ParityMeasure
{
    /// <summary>The largest |ours − recorded|.</summary>
    Absolute,

    /// <summary>‖ours − recorded‖ / ‖recorded‖ over the compared rows.</summary>
    Relative,

    /// <summary>The number of places that differ.</summary>
    Places,
}

/// <summary>How one recorded tensor compares.</summary>
/// <param name="Tensor">Its name in expected.safetensors.</param>
/// <param name="Part">The part of the model that it comes out of, such as "decoder layer 2".</param>
/// <param name="Measure">What <paramref name="Difference"/> is.</param>
/// <param name="Difference">The difference; NaN when a number is NaN or nothing came out at all.</param>
/// <param name="Bound">The largest difference that is allowed.</param>
/// <param name="Compared">Numbers that were compared; padding is left out.</param>
public sealed record ParityResult(string Tensor, string Part, ParityMeasure Measure, double Difference, double Bound, long Compared)
{
    /// <summary>True within the bound.</summary>
    public bool Ok => Difference <= Bound;
}

/// <summary>What came out of running a folder's recorded inputs.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Kind">The model's type.</param>
/// <param name="Results">The recorded tensors in the order in which a model computes them.</param>
/// <param name="NotCompared">Recorded tensors that are not outputs known here.</param>
public sealed record ParityReport(string Folder, string Kind, IReadOnlyList<ParityResult> Results, IReadOnlyList<string> NotCompared)
{
    /// <summary>True when every recorded tensor is within its bound.</summary>
    public bool Ok => Results.Count > 0 && Results.All(result => result.Ok);

    /// <summary>The first result that is not within its bound: where the computation begins to differ.</summary>
    public ParityResult? FirstDifference => Results.FirstOrDefault(result => !result.Ok);
}
