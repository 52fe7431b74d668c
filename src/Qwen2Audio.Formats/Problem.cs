namespace Qwen2Audio.Formats;

/// <summary>One problem in a file: where it is, what was found, and what is allowed.</summary>
public readonly record struct Problem(string Place, string Found, string Allowed)
{
    public override string ToString() => $"{Place}: found {Found}; allowed: {Allowed}";
}

/// <summary>Collects problems so that they can be reported together; keeps the first <see cref="Kept"/> and counts the rest.</summary>
internal sealed class ProblemList
{
    public const int Kept = 50;
    private readonly List<Problem> _kept = [];

    public int Count { get; private set; }

    public IReadOnlyList<Problem> First => _kept;

    /// <summary>Oddities that have no effect, each once.</summary>
    public List<string> Warnings { get; } = [];

    public void Add(string place, string found, string allowed)
    {
        Count++;
        if (_kept.Count < Kept) _kept.Add(new Problem(place, found, allowed));
    }
}
