using Qwen2Audio.Fuzz.Targets;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>Shows findings again, in this process, so that a debugger sees them.</summary>
internal static class Replays
{
    /// <summary>1 when a fault is still there.</summary>
    public static int Run(IEnumerable<string> files)
    {
        var wrong = 0;
        foreach (var file in files)
        {
            var finding = Finding.Read(file);
            using var place = new Workspace();
            var verdict = Oracle.Try(AllTargets.Named(finding.Target), finding.Input, place);
            if (verdict.Fault is not null) wrong++;
            Console.WriteLine($"{file}: {verdict.Fault ?? $"no fault any more ({verdict.Behaviour})"}");
        }

        return wrong == 0 ? 0 : 1;
    }
}
