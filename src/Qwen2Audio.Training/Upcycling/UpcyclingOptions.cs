namespace Qwen2Audio.Training.Upcycling;

/// <summary>How a dense model is converted into a mixture of experts.</summary>
public sealed record UpcyclingOptions
{
    /// <summary>Number of routed experts per layer, n.</summary>
    public required int Experts { get; init; }

    /// <summary>Width of a routed expert, h_E.</summary>
    public required int ExpertWidth { get; init; }

    /// <summary>Experts per token.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Width of the shared expert; 0: none. Null: the total width of a token's routed experts, as in the published models.</summary>
    public int? SharedWidth { get; init; }

    /// <summary>Fraction of each routed expert's elements that are reinitialised.</summary>
    public double Reinitialise { get; init; } = 0.5;

    /// <summary>Seed for permutations and reinitialised elements.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rows that are read at once; 0: one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Width of the shared expert.</summary>
    internal int Shared => SharedWidth ?? checked(ExpertsPerToken * ExpertWidth);

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public void Check()
    {
        if (Experts < 1) throw new ArgumentException($"{Experts} experts; at least 1 is allowed.");
        if (ExpertWidth < 1) throw new ArgumentException($"Experts of width {ExpertWidth}; at least 1 is allowed.");
        if (ExpertsPerToken < 1 || ExpertsPerToken > Experts) throw new ArgumentException($"{ExpertsPerToken} experts per token; 1 to {Experts} (the number of experts) are allowed.");
        if (SharedWidth < 0) throw new ArgumentException($"A shared expert of width {SharedWidth}; 0 (none) or more is allowed.");
        if (!(Reinitialise is >= 0 and <= 1)) throw new ArgumentException($"A reinitialised fraction of {Reinitialise}; 0 to 1 is allowed.");
    }
}
