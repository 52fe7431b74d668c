using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>What a quantiser made of a step's rows; lasts until the next <see cref="TrainingOps.Begin"/>.</summary>
internal sealed class QuantisedRows
{
    internal QuantisedRows(Variable quantised, int[] codes, double loss, IReadOnlyList<Matrix> inputs)
    {
        Quantised = quantised;
        Codes = codes;
        CommitmentLoss = loss;
        Inputs = inputs;
    }

    /// <summary>[rows, width]: the sum over the stages.</summary>
    public Variable Quantised { get; }

    /// <summary>[rows, stages], a row behind the other: which entry each stage chose.</summary>
    public int[] Codes { get; }

    /// <summary>Σ over stages of the mean squared distance of the stage's input, which moves, from the chosen entry, which stands.</summary>
    public double CommitmentLoss { get; }

    /// <summary>The same number: here the entries move, and the inputs stand.</summary>
    public double CodebookLoss => CommitmentLoss;

    /// <summary>What each stage searched with, [rows, entry width].</summary>
    internal IReadOnlyList<Matrix> Inputs { get; }
}
