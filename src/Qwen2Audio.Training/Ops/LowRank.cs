namespace Qwen2Audio.Training.Ops;

/// <summary>
/// An adapter's addition to the product of a weight [out, in]: <paramref name="Scaling"/> · B(A x) (LoRA, Hu et al. 2021).
/// </summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scaling">Factor of the product.</param>
/// <param name="Dropout">Dropout rate of x before A in training, in [0, 1).</param>
internal sealed record LowRank(Parameter A, Parameter B, float Scaling, float Dropout)
{
    internal bool Learns => A.Trained || B.Trained;
}
