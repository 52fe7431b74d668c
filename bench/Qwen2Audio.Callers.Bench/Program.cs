using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Callers.Bench;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Results;

// Several callers use one model: a 3 s clip behind a 30-minute recording, waits that are cancelled, and eight callers of mixed lengths,
// some of them cancelled, whose results must be those that they have alone. Argument: a folder of WAV files (default: samples).
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var files = Directory.GetFiles(args.Length > 0 ? args[0] : "samples", "*.wav").Order(StringComparer.Ordinal).ToArray();
var sound = new List<float>();
foreach (var file in files) sound.AddRange(AudioFile.ReadMono(file, 16_000).Samples);
using var model = SpeechModel.LoadDefault();
var transcriber = new Transcriber(model);
await transcriber.TranscribeAsync(Clip(3)); // compiles

var alone = await Timed(() => transcriber.TranscribeAsync(Clip(3)));
var begun = new TaskCompletionSource();
using var cancel = new CancellationTokenSource();
var clock = Stopwatch.StartNew();
var recording = transcriber.TranscribeAsync(Clip(1800), new StartSignal(begun), cancel.Token);
await begun.Task;
var beside = new List<double>();
for (var i = 0; i < 20 && !recording.IsCompleted; i++) beside.Add(await Timed(() => transcriber.TranscribeAsync(Clip(3))));
var waits = new List<double>();
for (var i = 0; i < 20 && !recording.IsCompleted; i++)
{
    using var soon = new CancellationTokenSource();
    var waiting = transcriber.TranscribeAsync(Clip(3), cancellation: soon.Token);
    await Task.Delay(2);
    waits.Add(await Timed(async () =>
    {
        await soon.CancelAsync();
        try
        {
            await waiting;
        }
        catch (OperationCanceledException)
        {
        }
    }));
}

await recording;
Console.WriteLine($"30-minute recording beside others       {clock.Elapsed.TotalSeconds:F1} s");
Console.WriteLine($"3 s clip alone                          {alone * 1000:F0} ms");
Console.WriteLine($"3 s clip beside it, {beside.Count,2} times            median {Median(beside) * 1000:F0} ms, longest {beside.Max() * 1000:F0} ms");
Console.WriteLine($"cancelled beside it, {waits.Count,2} times           median {Median(waits) * 1000:F1} ms, longest {waits.Max() * 1000:F1} ms");

double[] lengths = [3, 60, 7, 20, 3, 120, 11, 5];
var expected = new List<string>();
clock.Restart();
foreach (var seconds in lengths) expected.Add(Written(await transcriber.TranscribeAsync(Clip(seconds))));
var oneByOne = clock.Elapsed.TotalSeconds;
var (equal, cancelled) = (0, 0);
clock.Restart();
for (var round = 0; round < 3; round++)
{
    using var some = new CancellationTokenSource();
    var calls = lengths.Select((seconds, i) => transcriber.TranscribeAsync(Clip(seconds), cancellation: (i + round) % 4 == 3 ? some.Token : default)).ToArray();
    some.CancelAfter(50);
    for (var i = 0; i < calls.Length; i++)
    {
        try
        {
            if (Written(await calls[i]) == expected[i]) equal++;
        }
        catch (OperationCanceledException)
        {
            cancelled++;
        }
    }
}

Console.WriteLine($"eight callers, three times              {equal} results as alone, {cancelled} cancelled, of {3 * lengths.Length}; {clock.Elapsed.TotalSeconds / 3:F1} s a time, one by one {oneByOne:F1} s");
return equal + cancelled == 3 * lengths.Length ? 0 : 1;

AudioClip Clip(double seconds)
{
    var samples = new float[(int)(seconds * 16_000)];
    for (var i = 0; i < samples.Length; i++) samples[i] = sound[i % sound.Count];
    return new AudioClip(samples, 16_000, 1, []);
}

static string Written(Transcription transcription) => string.Join(' ', transcription.Words.Select(word => $"{word.Text} {word.Start:R} {word.Confidence:R}"));

static async Task<double> Timed(Func<Task> work)
{
    var began = Stopwatch.GetTimestamp();
    await work();
    return Stopwatch.GetElapsedTime(began).TotalSeconds;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
