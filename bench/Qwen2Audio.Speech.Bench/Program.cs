using System.Diagnostics;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;

// How soon speech begins and how fast it is made: from the call to the first piece of audio, in the first call after loading and in later ones, and the real-time factor, for a short and a
// long text. Arguments: folder of a model that speaks, number of calls (20), threads (2), guidance (the model's).
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0)
{
    Console.Error.WriteLine("Arguments: MODEL [CALLS [THREADS [GUIDANCE]]]");
    return 2;
}

var calls = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20;
var threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2;
var options = new SynthesisOptions { Guidance = args.Length > 3 ? double.Parse(args[3], CultureInfo.InvariantCulture) : null };
const string shortText = "Turn it on.";
var longText = string.Concat(Enumerable.Repeat(
    "The harbour was quiet when the first boats came back, and nobody on the pier said a word about the storm of January 21, 1976. It had taken $5 from every pocket and a roof from every third house. ", 4));
var loading = Stopwatch.StartNew();
using (var cold = Load())
{
    Console.WriteLine($"loading                                      {loading.Elapsed.TotalMilliseconds,6:F0} ms");
    Console.WriteLine($"first call of the program, first piece       {await First(cold)}");
}

using var synthesizer = Load();
Console.WriteLine($"first call after loading again, first piece  {await First(synthesizer)}");
foreach (var (name, text) in new[] { ("short", shortText), ("long", longText) })
{
    List<(double First, double Whole, double Processor, double Audio)> all = [];
    for (var i = 0; i < calls; i++) all.Add(await Spoken(synthesizer, text));
    var audio = all[0].Audio; // the same in each call
    Console.WriteLine($"{name} text, {audio,4:F1} s, {calls} calls: first piece        {Median(all.Select(call => call.First)),6:F0} ms, longest {all.Max(call => call.First):F0} ms; "
        + $"real-time factor {Median(all.Select(call => call.Whole)) / audio:F3}, processor time {Median(all.Select(call => call.Processor)) / audio:F3} of it");
}

return 0;

Synthesizer Load() => Synthesizer.Load(args[0], options: new ModelLoadOptions { Threads = threads });

async Task<string> First(Synthesizer model)
{
    var (began, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
    await foreach (var piece in model.SpeakAsync(shortText, options))
        if (piece.Samples.Length > 0) break;
    return $"{Stopwatch.GetElapsedTime(began).TotalMilliseconds,6:F0} ms, processor time {(Environment.CpuUsage.TotalTime - processor).TotalMilliseconds:F0} ms";
}

async Task<(double First, double Whole, double Processor, double Audio)> Spoken(Synthesizer synthesizer, string text)
{
    var (began, processor, first, samples) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.UserTime, 0.0, 0L);
    await foreach (var piece in synthesizer.SpeakAsync(text, options))
    {
        if (samples == 0 && piece.Samples.Length > 0) first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        samples += piece.Samples.Length;
    }

    return (first, Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.UserTime - processor).TotalSeconds, (double)samples / synthesizer.SampleRate);
}

static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
