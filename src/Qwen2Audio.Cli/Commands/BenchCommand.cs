using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference.Benchmarks;
using Qwen2Audio.Training.Benchmarks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command bench.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var training = new Option<bool>("--training") { Description = "Time one training step of a Qwen2-MoE model on 8 × 256 tokens." };
        var model = CommonOptions.Model();
        model.Description = "Time the parts of a checkpoint on noise: load, encoder, prompt, tokens. Random weights will do; see the random command.";
        var audio = CommonOptions.Number("--audio-seconds", "Length of the clip for an audio model.", 0.1, 30.0, 10.0);
        var prompt = CommonOptions.Number("--prompt-tokens", "Text tokens in the prompt.", 1, 32768, 32);
        var tokens = CommonOptions.Number("--new-tokens", "Tokens to generate.", 1, 32768, 20);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("bench",
            """
            Measures a training step, or the parts of a checkpoint, on this machine and compares them with its peak arithmetic and memory speed.

            Example:
              qwen2audio bench --training --threads 2 --json
              qwen2audio bench --model Qwen2-Audio-7B --audio-seconds 10 --new-tokens 20
            """)
        {
            training, model, audio, prompt, tokens, threads, json,
        };
        command.SetAction(parsed =>
        {
            var other = new Option[] { audio, prompt, tokens }.FirstOrDefault(option => ModelKindOptions.IsGiven(parsed, option));
            if (parsed.GetValue(training) && (parsed.GetValue(model) is not null || other is not null))
                throw new UsageException($"{(other ?? model).Name} cannot be used with --training, which measures a built-in model.");
            if (parsed.GetValue(model) is { } folder)
            {
                var found = CommonOptions.ModelFolder(folder);
                Require(found, parsed.GetValue(prompt), parsed.GetValue(tokens), parsed.GetValue(audio), ModelKindOptions.IsGiven(parsed, audio));
                var options = new ModelBenchmarkOptions
                {
                    Threads = parsed.GetValue(threads),
                    AudioSeconds = parsed.GetValue(audio),
                    PromptTokens = parsed.GetValue(prompt),
                    NewTokens = parsed.GetValue(tokens),
                };
                Action<string>? show = Console.IsErrorRedirected ? null : part => Console.Error.WriteLine($"… {part}");
                Show(ModelBenchmark.Run(found, options, show), parsed.GetValue(json));
                return ExitCodes.Success;
            }

            if (!parsed.GetValue(training)) throw new UsageException("bench needs --training or --model DIR.");
            var result = TrainingBenchmark.Run(parsed.GetValue(threads));
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteLine(new
                {
                    result.Parameters,
                    milliseconds = Math.Round(result.Milliseconds, 2),
                    gflops = Math.Round(result.Gflops, 1),
                    peak_gflops = Math.Round(result.PeakGflops, 1),
                    tokens_per_second = Math.Round(result.TokensPerSecond),
                    result.Threads,
                });
                return ExitCodes.Success;
            }

            Console.Out.WriteLine($"training step, Qwen2-MoE of {result.Parameters / 1e6:0.00} M parameters, 8 × 256 tokens, {result.Threads} threads");
            Console.Out.WriteLine($"  {result.Milliseconds:0.0} ms (median of 10)   {result.TokensPerSecond:0} tokens/s");
            Console.Out.WriteLine($"  {result.Gflops:0} GF/s of {result.PeakGflops:0} GF/s measured in registers ({100 * result.Gflops / result.PeakGflops:0} %)");
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>Refuses settings that the model does not support, before it is loaded.</summary>
    private static void Require(string folder, int prompt, int tokens, double seconds, bool clipAsked)
    {
        using var source = ModelSource.Open(folder);
        var model = source.Description;
        if (model.Text is not { } text)
            throw new NotSupportedException($"{folder}: bench does not support {model.Kind} models; it supports {string.Join(", ", ModelKinds.All.Where(kind => kind != ModelKinds.Whisper))}.");
        var rows = prompt;
        if (model.Encoder is { } encoder)
        {
            var steps = encoder.Conv1Stride * encoder.Conv2Stride;
            var longest = encoder.MaxSourcePositions * steps / 100.0;
            if (seconds > longest) throw new UsageException($"--audio-seconds is {seconds}: {folder} takes at most {longest} s at once.");
            rows += (int)(seconds * 100 / steps / (encoder.AveragePooling ? 2 : 1));
        }
        else if (clipAsked) throw new UsageException($"--audio-seconds cannot be used with a {model.Kind} model, which takes no audio.");
        if (rows + tokens > text.MaxPositionEmbeddings)
            throw new UsageException($"{rows} prompt tokens{(rows > prompt ? ", clip included," : "")} and {tokens} new ones exceed the context of {folder}, which holds {text.MaxPositionEmbeddings}; give a smaller --prompt-tokens or --new-tokens.");
    }

    private static void Show(ModelBenchmarkResult result, bool json)
    {
        if (json)
        {
            JsonOutput.WriteLine(result);
            return;
        }

        Console.Out.WriteLine($"{result.Kind}, {Bytes.Shown(result.FileBytes)}, {result.Threads} threads; "
            + $"limits {result.PeakGflops:0} GF/s, {result.PeakGigabytesPerSecond:0.0} GB/s");
        Console.Out.WriteLine($"  {"load",-10} {result.LoadSeconds,8:0.000} s");
        foreach (var part in result.Parts)
        {
            Console.Out.WriteLine($"  {part.Name,-10} {part.Seconds,8:0.000} s {part.Rows,6} rows {part.Rows / part.Seconds,8:0.0} rows/s "
                + $"{part.Gflops,7:0.0} GF/s {100 * part.Gflops / result.PeakGflops,3:0} %  {part.GigabytesPerSecond,6:0.0} GB/s "
                + $"{100 * part.GigabytesPerSecond / result.PeakGigabytesPerSecond,3:0} %");
        }

        // With a small file most of the memory is the program's own.
        var share = result.FileBytes < 1L << 30 ? "" : $", {(double)result.PeakBytes / result.FileBytes:0.00} × the file";
        Console.Out.WriteLine($"  memory {Bytes.Shown(result.PeakBytes)} at peak{share}; "
            + $"including intermediate results {result.ActivationBytes / 1e6:0.0} MB, keys and values {result.CacheBytes / 1e6:0.0} MB");
    }
}
