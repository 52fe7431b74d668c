using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Training.Benchmarks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>bench --training</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var training = new Option<bool>("--training") { Description = "Time a training step of a Qwen2-MoE model on 8 × 256 tokens." };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("bench",
            """
            Measures this machine: the training step beside the peak of its arithmetic.

            Example:
              qwen2audio bench --training --threads 2 --json
            """)
        {
            training, threads, json,
        };
        command.SetAction(parsed =>
        {
            if (!parsed.GetValue(training)) throw new UsageException("bench needs to know what to measure: --training.");
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
}
