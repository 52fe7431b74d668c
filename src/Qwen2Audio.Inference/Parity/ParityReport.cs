namespace Qwen2Audio.Inference.Parity;

/// <summary>How the difference of two tensors is measured.</summary>
public enum ParityMeasure
{
    /// <summary>The largest |ours − recorded|.</summary>
    Absolute,

    /// <summary>‖ours − recorded‖ / ‖recorded‖ over the compared rows.</summary>
    Relative,

    /// <summary>Number of elements that differ.</summary>
    Places,
}

/// <summary>The comparison of one recorded tensor.</summary>
/// <param name="Tensor">Its name in expected.safetensors.</param>
/// <param name="Part">The part of the model that produces it, such as "decoder layer 2".</param>
/// <param name="Measure">How <paramref name="Difference"/> is measured.</param>
/// <param name="Difference">The difference; NaN when a value is NaN or the model produced none.</param>
/// <param name="Bound">The largest difference allowed.</param>
/// <param name="Compared">Number of elements compared, without padding.</param>
public sealed record ParityResult(string Tensor, string Part, ParityMeasure Measure, double Difference, double Bound, long Compared)
{
    /// <summary>Whether the difference is within the bound.</summary>
    public bool Ok => Difference <= Bound;
}

/// <summary>The result of running a folder's recorded inputs.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Kind">The model type.</param>
/// <param name="Results">The recorded tensors in computation order.</param>
/// <param name="NotCompared">Recorded tensors that are not known outputs.</param>
public sealed record ParityReport(string Folder, string Kind, IReadOnlyList<ParityResult> Results, IReadOnlyList<string> NotCompared)
{
    /// <summary>Whether every recorded tensor is within its bound.</summary>
    public bool Ok => Results.Count > 0 && Results.All(result => result.Ok);

    /// <summary>The first result outside its bound: where the computation begins to differ.</summary>
    public ParityResult? FirstDifference => Results.FirstOrDefault(result => !result.Ok);
}
