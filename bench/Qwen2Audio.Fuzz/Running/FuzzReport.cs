namespace Qwen2Audio.Fuzz.Running;

/// <summary>Runs targets one by one, writes what is found and prints a table.</summary>
internal sealed class FuzzReport(ulong seed, long count, TimeSpan most, string folder)
{
    /// <summary>Of findings with the same cause, how many are written.</summary>
    private const int WrittenOfAKind = 2;

    /// <summary>1 when something was found.</summary>
    public int Run(IReadOnlyList<FuzzTarget> targets)
    {
        var all = 0;
        Console.WriteLine($"{"reader",-26} {"inputs",8} {"read",8} {"ways",5} {"peak MiB",8}  faults");
        foreach (var target in targets)
        {
            if (target.Missing is { } missing)
            {
                Console.WriteLine($"{target.Name,-26} {missing}");
                continue;
            }

            var kinds = new Dictionary<string, (int Count, string Fault, string File)>(StringComparer.Ordinal);
            var outcome = ReaderProcess.Run(target, seed, count, most, finding =>
            {
                var known = kinds.GetValueOrDefault(finding.Kind);
                var file = known.Count < WrittenOfAKind ? finding.Write(folder) : known.File;
                kinds[finding.Kind] = (known.Count + 1, known.Fault ?? finding.Fault.Split('\n')[0], known.File ?? file);
            });
            all += kinds.Count;
            Console.WriteLine($"{target.Name,-26} {outcome.Tried,8} {outcome.Accepted,8} {outcome.Behaviours,5} {outcome.PeakBytes >> 20,8}  {(kinds.Count == 0 ? "none" : $"{kinds.Count} kinds")}");
            foreach (var (kind, (times, fault, file)) in kinds) Console.WriteLine($"    {times} × {(fault.Length > 240 ? fault[..240] + "…" : fault)}\n      {kind}\n      {file}");
        }

        return all == 0 ? 0 : 1;
    }
}
