using Qwen2Audio.Fuzz.Mutation;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>Tries inputs on one reader, from a number on. The collection that inputs are made from grows with what the reader treats differently.</summary>
internal sealed class FuzzRun(FuzzTarget target, ulong seed)
{
    private const int MaxCached = 300;
    private const int LongestKept = 1 << 14;
    private readonly Mutator _mutator = new(target.Form, target.Tokens, target.Repair);
    private readonly List<byte[]> _collection = [.. target.Seeds];
    private readonly HashSet<string> _behaviours = new(StringComparer.Ordinal);

    /// <summary>Inputs that were tried.</summary>
    public long Tried { get; private set; }

    /// <summary>Inputs that were read, not refused.</summary>
    public long Accepted { get; private set; }

    /// <summary>Ways in which the reader treated them.</summary>
    public int Behaviours => _behaviours.Count;

    /// <summary>Called with the number and the bytes of each input before it is tried.</summary>
    public Action<long, byte[]> Before { get; init; } = (_, _) => { };

    /// <summary>The seeds, which the reader must take, then <paramref name="count"/> inputs; the faults as they are found.</summary>
    public IEnumerable<Finding> Run(long first, long count, Func<bool> goOn)
    {
        using var place = new Workspace();
        for (var i = 0; i < target.Seeds.Count; i++)
        {
            var verdict = Oracle.Try(target, target.Seeds[i], place);
            _behaviours.Add(verdict.Behaviour);
            if (verdict.Fault is { } fault) yield return Found(-1 - i, verdict.Kind, fault, target.Seeds[i]);
            else if (IsRefusal(verdict)) yield return Found(-1 - i, "seed", $"a good input is refused: {verdict.Behaviour}", target.Seeds[i]);
        }

        for (var number = first; number < first + count && goOn(); number++)
        {
            var input = _mutator.Make(seed, number, _collection);
            Before(number, input);
            var verdict = Oracle.Try(target, input, place);
            Tried++;
            if (!IsRefusal(verdict)) Accepted++;
            if (verdict.Fault is { } fault) yield return Found(number, verdict.Kind, fault, input);
            else if (_behaviours.Add(verdict.Behaviour) && _collection.Count < MaxCached && input.Length <= LongestKept) _collection.Add(input);
        }
    }

    private static bool IsRefusal(Verdict verdict) => verdict.Behaviour.Split(' ')[0].EndsWith("Exception", StringComparison.Ordinal);

    private Finding Found(long number, string kind, string fault, byte[] input) => new(target.Name, seed, number, kind, fault, input);
}
