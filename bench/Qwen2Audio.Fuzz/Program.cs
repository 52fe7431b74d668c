using System.CommandLine;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Fuzz.Targets;

// Tries readers with changed files; see bench/README.md. Ends with 1 when a fault was found.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [ReaderProcess.Option, var name, var seedText, var firstText, var countText, var ticks, var record])
{
    ReaderProcess.Serve(AllTargets.Named(name), ulong.Parse(seedText), long.Parse(firstText), long.Parse(countText), new TimeSpan(long.Parse(ticks)), record);
    return 0;
}

var targets = new Option<string[]>("--target") { Description = "Readers to try, by name or the beginning of names; none: all", AllowMultipleArgumentsPerToken = true };
var count = new Option<long>("--count") { Description = "Inputs for each", DefaultValueFactory = _ => 100_000 };
var seed = new Option<ulong>("--seed") { Description = "Decides the inputs", DefaultValueFactory = _ => 1 };
var seconds = new Option<double>("--seconds") { Description = "At most so long for each", DefaultValueFactory = _ => 3600 };
var folder = new Option<string>("--out") { Description = "Where findings are written", DefaultValueFactory = _ => "fuzz-findings" };
var replay = new Option<string[]>("--replay") { Description = "Shows findings again", AllowMultipleArgumentsPerToken = true };
var list = new Option<bool>("--list") { Description = "Names the readers" };
var root = new RootCommand("Tries each reader with changed files, in a process of its own.") { targets, count, seed, seconds, folder, replay, list };
root.SetAction(parsed =>
{
    if (parsed.GetValue(list))
    {
        foreach (var target in AllTargets.List) Console.WriteLine(target.Missing is { } missing ? $"{target.Name}: {missing}" : target.Name);
        return 0;
    }

    if (parsed.GetValue(replay) is { Length: > 0 } files) return Replays.Run(files);
    return new FuzzReport(parsed.GetValue(seed), parsed.GetValue(count), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(folder)!)
        .Run(AllTargets.Chosen(parsed.GetValue(targets) ?? []));
});
return root.Parse(args).Invoke();
