namespace Qwen2Audio.Training.Ops;

/// <summary>
/// What an adapter adds to the product of a weight [out, in]: <paramref name="Scaling"/> · B(A x) (LoRA, Hu et al. 2021).
/// </summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scaling">Factor of the product.</param>
/// <param name="Dropout">Share of the numbers of x that are left out before A while training; from 0 to below 1.</param>
internal sealed record LowRank(Parameter A, Parameter B, float Scaling, float Dropout)
{
    internal bool Learns => A.Trained || B.Trained;
}
