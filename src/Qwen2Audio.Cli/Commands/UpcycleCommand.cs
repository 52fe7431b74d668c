using System.CommandLine;
using Qwen2Audio.Training.Upcycling;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command upcycle.</summary>
internal static class UpcycleCommand
{
    public static Command Create()
    {
        var dense = new Argument<string>("DENSE") { Description = "Folder of a dense Qwen2 model, or its name in the download cache." };
        var experts = Required("--experts", "Routed experts per layer.");
        var width = Required("--expert-width", "Intermediate size of a routed expert.");
        var chosen = Required("--top-k", "Experts per token.");
        var shared = CommonOptions.Number("--shared-width", "Intermediate size of the shared expert; 0: none; default: top-k times expert-width, as in the published models.", 0, int.MaxValue);
        var share = CommonOptions.Number("--reinit", "Share of each routed expert's weights that is re-initialised.", 0.0, 1.0, 0.5);
        var seed = CommonOptions.Number("--seed", "The same seed gives the same weights.", 0, int.MaxValue, 0);
        var folder = CommonOptions.NewFolder();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("upcycle",
            """
            Makes a mixture of experts (Qwen2-MoE) from a dense Qwen2 model, for further training: its feed-forward layers are copied,
            shuffled and cut into experts, and a random share of their weights is re-initialised. The rest of the model, its number types and
            its tokenizer are unchanged. The model is written tensor by tensor.

            Example:
              qwen2audio upcycle Qwen/Qwen2-7B --experts 64 --expert-width 2560 --top-k 8 --shared-width 20480 --out qwen2-57b-a14b
            """)
        {
            dense, experts, width, chosen, shared, share, seed, folder, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var target = parsed.GetValue(folder)!;
            var options = new UpcyclingOptions
            {
                Experts = parsed.GetValue(experts),
                ExpertWidth = parsed.GetValue(width),
                ExpertsPerToken = parsed.GetValue(chosen),
                SharedWidth = parsed.GetValue(shared),
                Reinitialise = parsed.GetValue(share),
                Seed = (ulong)parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
            };
            if (options.ExpertsPerToken > options.Experts) throw new UsageException($"--top-k is {options.ExpertsPerToken}: it must be at most --experts, {options.Experts}.");
            var source = CommonOptions.ModelFolder(parsed.GetValue(dense)!);
            Leftovers.Clear(target);
            var (bytes, warnings) = TensorProgress.Show(onTensor => Upcycler.Write(source, target, options, onTensor), cancellation);
            foreach (var warning in warnings) Warnings.Write(warning);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { Folder = target, Bytes = bytes });
            else Console.Out.WriteLine($"{target}: {Bytes.Shown(bytes)} of weights, {options.Experts} experts per layer");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static Option<int> Required(string name, string description)
    {
        var option = CommonOptions.Number(name, description, 1, 1_000_000, 0);
        option.DefaultValueFactory = null;
        option.Required = true;
        return option;
    }
}
