namespace Qwen2Audio.Training.Upcycling;

/// <summary>What a mixture of experts is to be made of a dense model.</summary>
public sealed record UpcyclingOptions
{
    /// <summary>Routed experts of a layer, n.</summary>
    public required int Experts { get; init; }

    /// <summary>Neurons of a routed expert, h_E.</summary>
    public required int ExpertWidth { get; init; }

    /// <summary>Experts that a token goes to.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Neurons of the shared expert; 0: none. Null: as many as a token's routed experts have together, as in the published models.</summary>
    public int? SharedWidth { get; init; }

    /// <summary>Share of each routed expert's numbers that begin anew.</summary>
    public double Reinitialise { get; init; } = 0.5;

    /// <summary>Chooses permutations, numbers that begin anew, and their values.</summary>
    public ulong Seed { get; init; }

    /// <summary>Neurons of the shared expert.</summary>
    internal int Shared => SharedWidth ?? checked(ExpertsPerToken * ExpertWidth);

    /// <summary>Refuses what makes no model.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public void Check()
    {
        if (Experts < 1) throw new ArgumentException($"{Experts} experts; at least 1 is allowed.");
        if (ExpertWidth < 1) throw new ArgumentException($"Experts of width {ExpertWidth}; at least 1 is allowed.");
        if (ExpertsPerToken < 1 || ExpertsPerToken > Experts) throw new ArgumentException($"{ExpertsPerToken} experts a token; 1 to {Experts} (the number of experts) are allowed.");
        if (SharedWidth < 0) throw new ArgumentException($"A shared expert of width {SharedWidth}; 0 (none) or more is allowed.");
        if (!(Reinitialise is >= 0 and <= 1)) throw new ArgumentException($"A share of {Reinitialise} that begins anew; 0 to 1 is allowed.");
    }
}
