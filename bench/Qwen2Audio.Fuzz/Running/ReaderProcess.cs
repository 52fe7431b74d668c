using System.Diagnostics;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>What came of a reader's inputs.</summary>
/// <param name="Tried">Inputs.</param>
/// <param name="Accepted">Those that were read, not refused.</param>
/// <param name="Behaviours">Ways in which the reader treated them.</param>
/// <param name="PeakBytes">The most memory that the process had.</param>
internal sealed record Outcome(long Tried, long Accepted, int Behaviours, long PeakBytes);

/// <summary>
/// Tries inputs in a process of its own, so that one that ends the process (a full stack, a fault in native code) or never comes back is a
/// finding like any other. After such an end another process goes on with the next input.
/// </summary>
internal static class ReaderProcess
{
    public const string Option = "--in-process-of-its-own";
    private static readonly TimeSpan MostProcessorTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MostWaiting = TimeSpan.FromMinutes(10);

    /// <summary>The parent's side: starts processes until all inputs are tried.</summary>
    public static Outcome Run(FuzzTarget target, ulong seed, long count, TimeSpan most, Action<Finding> found)
    {
        using var place = new Workspace();
        using var record = new InputRecord(Path.Combine(place.Folder, "input"));
        var (started, total) = (Stopwatch.StartNew(), new Outcome(0, 0, 0, 0));
        for (long first = 0; first < count && started.Elapsed < most;)
        {
            record.Write(-1, []);
            using var process = Start(target, seed, first, count - first, most - started.Elapsed, Path.Combine(place.Folder, "input"));
            var error = process.StandardError.ReadToEndAsync();
            Outcome? outcome = null;
            for (var line = process.StandardOutput.ReadLine(); line is not null; line = process.StandardOutput.ReadLine())
            {
                if (line.StartsWith("finding ", StringComparison.Ordinal)) found(JsonSerializer.Deserialize<Finding>(line["finding ".Length..])!);
                else if (line.StartsWith("outcome ", StringComparison.Ordinal)) outcome = JsonSerializer.Deserialize<Outcome>(line["outcome ".Length..]);
            }

            process.WaitForExit();
            var (number, input) = record.Read();
            if (outcome is null)
            {
                found(new Finding(target.Name, seed, number, $"end of the process {process.ExitCode}", $"the process ended with {process.ExitCode}\n{Shown(error.Result)}", input));
                outcome = new Outcome(Math.Max(0, number - first + 1), 0, 0, 0);
            }

            total = new Outcome(total.Tried + outcome.Tried, total.Accepted + outcome.Accepted, Math.Max(total.Behaviours, outcome.Behaviours), Math.Max(total.PeakBytes, outcome.PeakBytes));
            first = number < first ? count : number + 1; // an end before the first input is not tried again
        }

        return total;
    }

    /// <summary>The process's side.</summary>
    public static void Serve(FuzzTarget target, ulong seed, long first, long count, TimeSpan most, string recordPath)
    {
        using var record = new InputRecord(recordPath);
        var started = Stopwatch.StartNew();
        var (since, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var run = new FuzzRun(target, seed)
        {
            Before = (number, input) =>
            {
                record.Write(number, input);
                (since, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            },
        };
        using var watch = new Timer(_ =>
        {
            if (Environment.CpuUsage.TotalTime - used < MostProcessorTime && Stopwatch.GetElapsedTime(since) < MostWaiting) return;
            Console.Error.WriteLine("the reader does not come back");
            Environment.Exit(99);
        }, null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        foreach (var finding in run.Run(first, count, () => started.Elapsed < most)) Console.WriteLine("finding " + JsonSerializer.Serialize(finding));
        using var self = Process.GetCurrentProcess();
        Console.WriteLine("outcome " + JsonSerializer.Serialize(new Outcome(run.Tried, run.Accepted, run.Behaviours, self.PeakWorkingSet64)));
    }

    private static Process Start(FuzzTarget target, ulong seed, long first, long count, TimeSpan most, string record)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(ReaderProcess).Assembly.Location);
        foreach (var argument in new[] { Option, target.Name, $"{seed}", $"{first}", $"{count}", $"{most.Ticks}", record }) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    // of a full stack the program prints thousands of frames
    private static string Shown(string error) => error.Length <= 3000 ? error : error[..2000] + "\n…\n" + error[^900..];
}
